"""Without an extra: what only simulators or trainings import is missed by them, in a sentence, and by nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from zoo import optional

ROOT = Path(__file__).parents[2]
MISSING = ("geant4_pybind", "pythia8mc", "vegas", "tensorflow_probability", "tf_keras")
RUN = "import runpy; runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"


def python(code, *arguments, without=MISSING):
    """`code` in a process of its own, as if the packages `without` were not installed."""
    missing = f"import sys; sys.modules |= dict.fromkeys({without})"
    command = [sys.executable, "-c", f"{missing}\n{code}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("calogan", "--particle", "eplus", "--events", "1"),
        ("ecal_gan", "--events", "1"),
        ("top_pair_gan", "--events", "1"),
        ("tpc_gan", "--events", "1"),
        ("rich_gan", "--particle", "kaon", "--events", "1"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_simulation_says_what_to_install(arguments, tmp_path):
    room, *flags = arguments
    out = tmp_path / "events.h5"
    ended = python(RUN, f"reproductions.{room}", "simulate", *flags, "--out", str(out))
    assert ended.returncode == 2, ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert "'.[simulate]'" in last
    assert list(tmp_path.iterdir()) == []


def test_the_simulation_of_force_carriers_says_what_to_install(monkeypatch):
    from reproductions.mfc_cgan.simulate import Process, generate
    from zoo.errors import InputError

    monkeypatch.setitem(sys.modules, "vegas", None)  # its processes would not inherit it
    with pytest.raises(InputError, match=r"force carriers needs more packages: pip install -e '\.\[simulate\]'"):
        generate(Process(50.0, 0.5), 1, 1)


def test_training_generating_and_judging_do_without():
    ended = python(
        """
from importlib import import_module
from pathlib import Path
rooms = sorted(path.parent.name for path in Path("reproductions").glob("*/config.py"))
assert len(rooms) >= 6
for room in rooms:
    for part in ("room", "train", "evaluate"):
        import_module(f"reproductions.{room}.{part}")
import zoo
assert zoo.load("rich_gan_kaon_plus").sample(2, P=5e4, eta=3.0, nspdhits=200)["RichDLLk"].shape == (2,)
"""
    )
    assert ended.returncode == 0, ended.stderr


def test_sampling_does_without_what_trains(tmp_path):
    flags = [word for name in ("crossing_angle", "dip_angle", "pad_coordinate") for word in (f"--{name}", "1")]
    flags = [word.replace("_", "-") for word in flags] + ["--drift-length", "50"]
    options = ["-n", "2", "-o", str(tmp_path / "events.h5"), *flags]
    ended = python(RUN, "zoo", "generate", "tpc_gan", *options, without=optional.TRAIN)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "events.h5").exists()


@pytest.mark.parametrize("arguments", [("reproductions.tpc_gan",), ("zoo", "evaluate", "a.h5", "--reference", "b.h5")])
def test_trainings_and_comparisons_say_what_to_install(arguments):
    ended = python(RUN, *arguments, without=("sklearn", "mplhep"))
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.endswith("needs sklearn, mplhep: pip install 'hep-generative-zoo[train]'\n")
