"""The G4VFastSimulationModel of examples/geant4, run against the part of Geant4's interface that it uses."""

import re
import shutil
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.fakes.cells import CARD
from zoo.generator import Generator
from zoo.registry import CHECKOUT

pytest.importorskip("onnx")
pytestmark = [
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow exports"),
    pytest.mark.skipif(not shutil.which("g++"), reason="there is no compiler of C++"),
]
ROOT = CHECKOUT.parent
SOURCES = ROOT / "examples" / "geant4"
FAKES = ROOT / "tests" / "fakes"


@pytest.fixture(scope="module")
def generator():
    """Cells that grow with the noise, the momentum and the point, each cell in a way of its own; some are 0."""
    z, momentum, point = (keras.Input((size,), name=name) for name, size in (("z", 2), ("momentum", 3), ("point", 2)))
    initial = keras.initializers.RandomNormal(seed=3)
    cells = keras.layers.Dense(900, "relu", kernel_initializer=initial)(
        keras.ops.concatenate([z, momentum, point], axis=1)
    )
    model = keras.Model(
        {"z": z, "momentum": momentum, "point": point}, {"energy": keras.layers.Reshape((30, 30))(cells)}
    )
    return Generator(model, CARD | {"title": "", "summary": "", "paper": {}})


def test_the_hits_are_the_generators_cells_in_the_frame_of_the_calorimeter(generator, tmp_path):
    import onnxruntime

    exported = generator.export(tmp_path / "model", layout="flat")
    (library,) = (Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*")
    (tmp_path / "libonnxruntime.so.1").symlink_to(library)  # the name it is linked by
    includes = [f"-I{path}" for path in (SOURCES, FAKES / "geant4", FAKES / "onnxruntime")]
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", *includes, Path(__file__).parent / "program.cc"]
    command += [SOURCES / "ZooFastSimModel.cc", library, f"-Wl,-rpath,{tmp_path}", "-o", tmp_path / "program"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([tmp_path / "program", exported / "model.onnx", "2"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")

    head, *electrons = re.split(r"\nstep 1 0 20200\n", done.stdout)  # killed where it is, with all of its energy
    assert head == "10 111 0000000"
    momenta, points = np.array([[3.0, 1, 20], [-3, 1, 20]]), np.array([[2.0, -3], [-2, -3]])
    noise = np.tile(np.float32([0.01, 0.02]), (2, 1))  # as the engine of the program draws
    asked = {"z": noise, "momentum": momenta.astype(np.float32), "point": points.astype(np.float32)}
    expected = np.asarray(generator.model(asked)["energy"])
    assert len(electrons) == 2 and 100 < np.count_nonzero(expected[0]) < 800
    for number, (printed, cells) in enumerate(zip(electrons, expected, strict=True)):
        hits = np.array([line.split() for line in printed.splitlines()], float)
        if not number:  # what Geant4's hit maker puts elsewhere is nothing
            assert hits[0, 3] == 1e-9
            hits = hits[1:]
        assert np.all(hits[:, 2] == -198 + 20 * 6 + 4)  # the middle of a scintillator
        found = np.zeros((30, 30))
        rows, columns = np.round((hits[:, :2] + 290) / 20).astype(int).T
        np.testing.assert_allclose(hits[:, :2], np.column_stack([rows, columns]) * 20.0 - 290)
        np.add.at(found, (rows, columns), hits[:, 3])
        np.testing.assert_allclose(found, cells, rtol=1e-5, atol=1e-6)


def test_the_numbers_of_the_calorimeter_are_those_of_the_room():
    from reproductions.ecal_gan import simulate
    from reproductions.ecal_gan.data import CELL, ROWS
    from zoo.registry import read_card

    text = (SOURCES / "ZooFastSimModel.cc").read_text()
    values = {name: float(value) for name, value in re.findall(r"(k[A-Z]\w+) = (-?[\d.]+)", text)}
    asked = read_card(CHECKOUT / "ecal_gan")["conditions"]
    assert (values["kFace"], values["kCell"], values["kRows"]) == (-simulate.DEPTH / 2, CELL, ROWS)
    assert [values["kLeast"], values["kLargest"]] == asked["momentum"]["magnitude"]
    assert values["kSteepest"] == asked["momentum"]["angle"][1]
    assert values["kSpot"] == asked["point"]["range"][1][0]
    assert list(asked) == ["momentum", "point"]
