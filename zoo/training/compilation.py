"""What XLA compiles for a training, kept in the user's cache: the next one like it begins after seconds."""

import hashlib
import os
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from zoo import registry

LARGEST = 2**29  # bytes of what is kept; then the oldest goes


def keep() -> Path | None:
    """Let TensorFlow and JAX keep what they compile, in the folder returned; has no effect on one that has compiled.

    None where nothing can be kept: the cache cannot be written, or has a name that the flags of TensorFlow do not take.
    """
    folder = registry.cache() / "compiled" / _kind()
    if len(str(folder).split()) > 1:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _tidy(folder)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
    flags = os.environ.get("TF_XLA_FLAGS", "")
    if "persistent_cache" not in flags:
        os.environ["TF_XLA_FLAGS"] = f"{flags} --tf_xla_persistent_cache_directory={folder}"
    return folder


def _kind() -> str:
    """Says for which versions and which processor a program was compiled."""
    found = [_version(name) for name in ("tensorflow", "keras", "jaxlib")]
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        found += [line for line in lines if line.startswith(("model name", "flags", "Features"))][:2]
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _tidy(folder: Path) -> None:
    """Remove the oldest files of `folder` beyond `LARGEST` bytes in all."""
    total = 0
    for file in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True):
        total += file.stat().st_size
        if total > LARGEST:
            file.unlink(missing_ok=True)
