"""Names for what layers and losses take and give."""

from typing import Any, TypeAlias

Tensor: TypeAlias = Any  # of the backend, or Keras's symbolic one: Keras declares no types
Shape: TypeAlias = tuple[Any, ...]  # whole numbers, and None where the batch is free
