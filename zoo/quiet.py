"""TensorFlow's first words, no concern of who runs a command: that there is no CUDA, and that there is oneDNN.

They are written to the file descriptor by its C++ before any setting of a log level counts.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

KNOWN = re.compile(
    rb"All log messages before absl::InitializeLog|oneDNN custom operations are on|Could not find cuda drivers"
    rb"|failed call to cuInit|Unable to register cu\w+ factory|This TensorFlow binary is optimized"
    rb"|^To enable the following instructions|Cannot dlopen some GPU libraries|^Skipping registering GPU devices"
    rb"|retrieving CUDA diagnostic|cuda_diagnostics"
)


@contextmanager
def known_lines_dropped() -> Iterator[None]:
    """Keep what is written to the descriptor of stderr, and afterwards write it there but for the `KNOWN` lines."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            kept.seek(0)
            for line in kept:
                if not KNOWN.search(line):
                    os.write(2, line)


class TensorFlow(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """On sys.meta_path: imports TensorFlow, and lets it look for devices, without the `KNOWN` lines."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The specification of TensorFlow alone, once."""
        if fullname != "tensorflow" or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None:
            self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """The module as its own loader makes it."""
        return self.loader.create_module(spec) if self.loader else None

    def exec_module(self, module: ModuleType) -> None:
        """Import TensorFlow and find the devices."""
        assert self.loader is not None and module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self.loader
        with known_lines_dropped():
            self.loader.exec_module(module)
            module.config.list_physical_devices()
