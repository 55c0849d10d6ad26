"""Stand-ins for what tests cannot have, under the real one's name."""

import importlib.util
from pathlib import Path
from types import ModuleType

from zoo.data import geant4

HERE = Path(__file__).parent


def install_geant4(monkeypatch, folder: Path) -> None:
    """Put the fake geant4_pybind, with (stand-in) tables, where workers and subprocesses find it: under `folder`."""
    metadata = folder / "site" / "geant4_pybind-9.8.7.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: geant4-pybind\nVersion: 9.8.7\n")
    for name in geant4.TABLES.values():
        (folder / "tables" / f"{name}1.0").mkdir(parents=True)
    monkeypatch.syspath_prepend(HERE)
    monkeypatch.syspath_prepend(folder / "site")
    monkeypatch.setenv("PYTHONPATH", f"{folder / 'site'}:{HERE}")
    monkeypatch.setenv("GEANT4_DATA_DIR", str(folder / "tables"))
    for variable in (*geant4.TABLES, "FAKE_GEANT4"):
        monkeypatch.delenv(variable, raising=False)


def fresh_geant4() -> ModuleType:
    """A fake geant4_pybind of its own, for use in this process."""
    spec = importlib.util.spec_from_file_location("geant4_pybind", HERE / "geant4_pybind.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
