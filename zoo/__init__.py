"""A zoo of generative models for fast particle-physics simulation: list_models, describe, load."""

from zoo.registry import describe, list_models, load

__all__ = ["describe", "list_models", "load"]
__version__ = "0.1.0"
