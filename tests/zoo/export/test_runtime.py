import copy
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.errors import InputError

pytest.importorskip("onnxruntime")

SAMPLE = """
import sys
import zoo

events = zoo.load("toy", runtime="onnx").sample(5, seed=2, energy=50.0)
slow = {"tensorflow", "keras", "jax", "scipy", "sklearn", "matplotlib"} & set(sys.modules)
assert not slow, slow
print(float(events["layer_0"].sum()))
"""


def test_the_events_are_those_of_keras_without_tensorflow(toy_weights):
    keras, onnx = zoo.load("toy"), zoo.load("toy", runtime="onnx")
    energy = np.linspace(1, 100, 300)
    expected = keras.sample(300, seed=3, energy=energy)
    for found in (onnx, copy.copy(onnx)):
        for name, values in found.sample(300, seed=3, batch_size=70, energy=energy).items():
            np.testing.assert_allclose(values, expected[name], rtol=1e-5, atol=1e-4)
    done = subprocess.run([sys.executable, "-c", SAMPLE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(keras.sample(5, seed=2, energy=50.0)["layer_0"].sum(), rel=1e-5)

    cached = Path(onnx.path)
    assert json.loads((cached.parent / "model.json").read_text())["weights"] == cached.parent.name
    cached.write_bytes(cached.read_bytes()[:-10])
    again = zoo.load("toy", runtime="onnx")  # a damaged file is made anew
    np.testing.assert_array_equal(again.sample(5, energy=9)["layer_1"], onnx.sample(5, energy=9)["layer_1"])


def test_what_cannot_be_is_a_sentence(toy_weights, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="runtime is 'torch', expected keras or onnx"):
        zoo.load("toy", runtime="torch")
    with pytest.raises(InputError, match="dtype is 'bfloat16', expected float32 with the runtime onnx"):
        zoo.load("toy", dtype="bfloat16", runtime="onnx")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(InputError, match="toy: cannot be made ONNX on its first use .*cannot be made"):
        zoo.load("toy", runtime="onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match="the runtime onnx needs onnxruntime: pip install"):
        zoo.load("toy", runtime="onnx")
