"""Which backends of Keras the zoo runs on, asked without importing Keras: another may not even be installed."""

import json
import os
from pathlib import Path

from zoo.errors import InputError

BACKENDS = ("tensorflow", "jax")


def check_backend() -> None:
    """Raise InputError if Keras is told, by KERAS_BACKEND or its own configuration, to use another backend."""
    backend = os.environ.get("KERAS_BACKEND")
    where = "KERAS_BACKEND"
    if not backend:
        path = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
        where = f"the backend in {path}"
        try:
            backend = json.loads(path.read_text()).get("backend")
        except (OSError, ValueError, AttributeError):
            return
    if backend and backend not in BACKENDS:
        raise InputError(f"{where} is {backend}, expected {' or '.join(BACKENDS)}")
