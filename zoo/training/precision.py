"""Mixed precision for some networks of a program and not for others."""

from contextlib import contextmanager

import keras


@contextmanager
def precision(policy):
    """Networks built in this block compute in `policy`, "float32" or "mixed_bfloat16"; their weights are float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
