"""Batches shared among two devices of a process, and of two processes, against one device: on processors, by JAX."""

import contextlib
import csv
import json
import os
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest

from tests.fakes.toy_room import Config
from zoo import backend
from zoo.errors import InputError
from zoo.training.batches import Batches

RUN = {"best.keras", "checkpoint.weights.h5", "config.json", "history.csv", ".lock"}


def start(folder, *devices, virtual=1, **environment):
    """tests.fakes.shared_training in a process of its own, with so many `virtual` devices."""
    flags = f"--xla_force_host_platform_device_count={virtual}"
    environment = os.environ | {"KERAS_BACKEND": "jax", "XLA_FLAGS": flags} | environment
    command = [sys.executable, "-m", "tests.fakes.shared_training", folder, *map(str, devices)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(process):
    with process:
        try:
            out, err = process.communicate(timeout=1800)
        finally:
            process.kill()
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def one_process(tmp_path_factory):
    """The folder of runs on one device and on two of one process, and what was told of both."""
    pytest.importorskip("jax")
    folder = tmp_path_factory.mktemp("one")
    return folder, told(start(folder, 1, 2, virtual=2))


def assert_same_training(one, other):
    for name, losses in one["losses"].items():
        np.testing.assert_allclose(other["losses"][name], losses, rtol=0, atol=1e-5)
    for weights, expected in zip(other["weights"], one["weights"], strict=True):
        np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-5)


def history(folder):
    with (folder / "history.csv").open() as file:
        return [[float(row[name]) for name in ("distance", "score")] for row in csv.DictReader(file)]


def test_two_devices_train_as_one(one_process):
    folder, (one, two) = one_process
    assert (one["devices"], two["devices"]) == (1, 2)
    assert set(one["losses"]) == {"critic", "game", "mmd", "energy distance"}
    assert all(len(losses) == 12 for losses in one["losses"].values())
    assert_same_training(one, two)
    np.testing.assert_allclose(history(folder / "2"), history(folder / "1"), rtol=0, atol=1e-5)
    assert {path.name for path in (folder / "2").iterdir()} == RUN


def test_two_processes_train_as_one_and_the_first_writes(one_process, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    together = {"KERAS_DISTRIBUTION_JOB_ADDRESSES": address, "KERAS_DISTRIBUTION_NUM_PROCESSES": "2"}
    processes = [start(tmp_path, 2, **together, KERAS_DISTRIBUTION_PROCESS_ID=number) for number in "01"]
    with contextlib.ExitStack() as stack:
        for process in processes:
            stack.enter_context(process)
            stack.callback(process.kill)
        both = [told(process) for process in processes]
    for (found,) in both:
        assert found["devices"] == 2
        assert_same_training(one_process[1][0], found)
    np.testing.assert_allclose(history(tmp_path / "2"), history(one_process[0] / "1"), rtol=0, atol=1e-5)
    assert {path.name for path in (tmp_path / "2").iterdir()} == RUN


def test_a_batch_that_cannot_be_shared_is_a_sentence():
    with pytest.raises(InputError, match="--devices is 3, expected a divisor of --batch-size 4"):
        Config(devices=3)
    with pytest.raises(InputError, match="--devices is 0, expected at least 1"):
        Config(devices=0)


def test_devices_that_are_not_there_are_a_sentence():
    expected = "and there are cpu:0: XLA_FLAGS=" if backend.JAX else "expected KERAS_BACKEND=jax for more than one"
    if backend.JAX and len(keras.distribution.list_devices()) > 1:
        pytest.skip("there are several")
    with pytest.raises(InputError, match=f"--devices is 64, {expected}"):
        backend.distribute(64)


def test_one_process_has_the_whole_batch():
    batches = Batches({"x": np.arange(8)}, batch_size=4, seed=1)
    assert len(batches[0]["x"]) == 4
