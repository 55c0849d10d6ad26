import os
import subprocess
import sys

import pytest

from zoo.training import compilation

TRAINING = """
from zoo.training import compilation
compilation.keep()
import keras
from zoo import backend
keras.utils.set_random_seed(1)
layer = keras.layers.Dense(3)
layer.build((5, 4))
step = backend.compiled_once(lambda x: keras.ops.sum(keras.ops.tanh(layer(x))), jit=True)
print(float(step(keras.random.normal((5, 4), seed=1))))
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("TF_XLA_FLAGS", "JAX_COMPILATION_CACHE_DIR"):
        monkeypatch.setenv(name, "")  # which monkeypatch then takes back, whatever was set between
        monkeypatch.delenv(name)


def test_a_second_process_finds_what_the_first_compiled(tmp_path):
    def run():
        environment = os.environ | {"KERAS_BACKEND": "tensorflow"}
        done = subprocess.run(
            [sys.executable, "-c", TRAINING], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout, {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.pb")}

    value, kept = run()
    assert kept
    assert run() == (value, kept)


def test_flags_of_the_user_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_clustering_debug")
    folder = compilation.keep()
    flags = os.environ["TF_XLA_FLAGS"].split()
    assert flags == ["--tf_xla_clustering_debug", f"--tf_xla_persistent_cache_directory={folder}"]
    assert compilation.keep() == folder
    assert os.environ["TF_XLA_FLAGS"].split() == flags


@pytest.mark.parametrize("place", ["a folder", "file"])
def test_keeps_nothing_where_it_cannot(tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / place))
    assert compilation.keep() is None
    assert "TF_XLA_FLAGS" not in os.environ


def test_the_oldest_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(compilation, "LARGEST", 250)
    folder = compilation.keep()
    for age in range(4):
        file = folder / f"{age}.pb"
        file.write_bytes(bytes(100))
        os.utime(file, (1e9 - age, 1e9 - age))
    compilation.keep()
    assert sorted(file.name for file in folder.iterdir()) == ["0.pb", "1.pb"]
