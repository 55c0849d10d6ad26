import json
import os
import re
import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest

import zoo
from zoo import citation, headline, registry
from zoo.__main__ import main
from zoo.errors import InputError


def test_help_and_list_import_neither_keras_nor_numpy():
    script = """
import sys
from zoo.__main__ import main
commands = "--help", "--version", "generate --help", "report --help", "completion bash"
commands += "list", "list --json", "list --markdown", "cite tpc_gan"
for command in commands:
    try:
        main(command.split())
    except SystemExit as ended:
        assert ended.code == 0
slow = {"tensorflow", "keras", "jax", "matplotlib", "sklearn", "scipy", "numpy", "h5py"} & set(sys.modules)
assert not slow, slow
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


COMMANDS = [
    "list",
    "describe",
    "report",
    "generate",
    "verify",
    "export",
    "evaluate",
    "cite",
    "pack",
    "add",
    "completion",
]


@pytest.mark.parametrize("command", [[], *([one] for one in COMMANDS), ["generate", "tpc_gan"]])
def test_help_says_what_a_command_does_then_an_example_then_its_options(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    usage, what, example, *rest = capsys.readouterr().out.split("\n\n")
    assert usage.startswith(f"usage: python -m zoo{' ' if command else ''}{' '.join(command)}")
    assert what.endswith(".")
    assert example.startswith(f"example:\n  python -m zoo {command[0] if command else 'list'}")
    titles = [line for part in rest for line in part.splitlines() if re.fullmatch(r"[a-z ]+:", line)]
    assert titles and "positional arguments:" not in titles
    assert titles == (["options:", "commands:"] if not command else [one for one in titles if one != "options:"])


def test_commands_come_in_the_order_of_a_newcomer(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    listed = re.findall(r"^    (\w+)(?: |$)", capsys.readouterr().out, re.MULTILINE)
    assert listed == COMMANDS


def test_mistakes_are_a_sentence_on_stderr_and_exit_code_2():
    ended = subprocess.run([sys.executable, "-m", "zoo", "describe", "nothing"], capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: there is no model named 'nothing'")
    assert ended.stderr.count("\n") == 1


def test_list_shows_names_with_titles_and_describe_the_card(toy_weights, capsys):
    main(["list", "toy*"])
    assert capsys.readouterr().out == "toy  Two layers of cells\n"
    with pytest.raises(InputError, match=r"no model 'nothing\*' \(looked in .*; \$ZOO_WEIGHTS names more folders\)"):
        main(["list", "nothing*"])
    assert capsys.readouterr().out == ""
    main(["describe", "toy"])
    assert capsys.readouterr().out == zoo.describe("toy") + "\n"


def test_a_broken_card_is_named_and_the_others_are_listed(toy_weights, capsys):
    for name, text in (("a_broken", "{"), ("z_broken", "[]")):
        (toy_weights.parent / name).mkdir()
        (toy_weights.parent / name / "card.json").write_text(text)
    with pytest.raises(InputError, match="a_broken/card.json: is not JSON .*; .*z_broken/card.json: is not a card"):
        main(["list"])
    assert "toy  " in capsys.readouterr().out


def test_a_warning_is_a_line_without_python(toy_weights):
    out = str(toy_weights / "a.h5")
    argv = ["-m", "zoo", "generate", "toy", "-n", "2", "--energy", "500", "-o", out]
    ended = subprocess.run([sys.executable, *argv], capture_output=True, text=True)
    told = "warning: energy 500 GeV is outside the range of the training, 1.0 to 100.0 GeV: the generator extrapolates"
    assert ended.returncode == 0
    assert [line for line in ended.stderr.splitlines() if "energy" in line or "UserWarning" in line] == [told]


def test_another_backend_is_a_sentence_before_keras_is_asked(toy_weights):
    def run(*argv):
        environment = os.environ | {"KERAS_BACKEND": "torch"}
        return subprocess.run([sys.executable, *argv], env=environment, capture_output=True, text=True)

    told = "KERAS_BACKEND is torch, expected tensorflow or jax"
    ended = run("-m", "zoo", "generate", "toy", "-n", "1", "--energy", "5", "-o", str(toy_weights / "a.h5"))
    assert (ended.returncode, ended.stderr) == (2, f"error: {told}\n")
    ended = run("-m", "reproductions.ecal_gan", "--epochs", "1")
    assert (ended.returncode, ended.stderr) == (2, f"error: {told}\n")
    assert run("-c", "import zoo; zoo.load('toy')").stderr.splitlines()[-1] == f"zoo.errors.InputError: {told}"
    assert run("-m", "zoo", "list", "toy").returncode == 0


def test_list_has_a_form_for_programs_and_one_for_pages(toy_weights, capsys):
    card = zoo.registry.read_card("toy")
    main(["list", "toy*", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert found == {
        key: card[key] for key in ("name", "title", "reproduction", "paper", "summary", "conditions", "outputs")
    }
    with pytest.raises(InputError, match="there is no model"):
        main(["list", "nothing*", "--json"])
    assert json.loads(capsys.readouterr().out) == []
    main(["list", "toy", "--markdown"])
    assert capsys.readouterr().out == headline.table([card]) + "\n"
    with pytest.raises(SystemExit):
        main(["list", "--json", "--markdown"])


def test_version_and_citation_are_printed(toy_weights, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"hep-generative-zoo {zoo.__version__}\n"
    main(["cite", "toy"])
    assert capsys.readouterr().out == citation.bibtex(zoo.registry.read_card("toy")) + "\n"


def test_generate_writes_the_layout_of_the_training_data(toy_weights, tmp_path, capsys):
    out = tmp_path / "new" / "toy.h5"
    main(["generate", "toy", "-n", "25", "--energy", "50", "--seed", "3", "--batch-size", "10", "-o", str(out)])
    expected = zoo.load("toy").sample(25, seed=3, batch_size=10, energy=50)
    with h5py.File(out) as file:
        assert set(file) == {"energy", "layer_0", "layer_1"}
        np.testing.assert_array_equal(file["energy"], np.full((25, 1), 50, np.float32))
        for name, values in expected.items():
            np.testing.assert_array_equal(file[name], values)
        assert {dataset.dtype for dataset in file.values()} == {np.dtype(np.float32)}
        assert file.attrs["seed"] == 3
        assert file.attrs["generator"] == f"toy@1 of hep-generative-zoo {zoo.__version__}"
        assert file.attrs["units"] == "energy GeV, layer_0 MeV, layer_1 MeV"
        assert file.attrs["weights"] == zoo.registry.read_card("toy")["sha256"]["generator.keras"]
    captured = capsys.readouterr()
    assert captured.out == f"{out}: 25 events\n"


def test_two_values_are_a_uniform_range(toy_weights, tmp_path):
    out = tmp_path / "toy.h5"
    main(["generate", "toy", "-n", "2000", "--energy", "20", "80", "-o", str(out)])
    with h5py.File(out) as file:
        energy = file["energy"][:, 0]
    assert energy.min() >= 20
    assert energy.max() <= 80
    assert energy.mean() == pytest.approx(50, abs=4 * 60 / 12**0.5 / 2000**0.5)


def test_an_existing_file_is_kept_unless_told(toy_weights, tmp_path):
    out = tmp_path / "toy.h5"
    out.write_text("precious")
    argv = ["generate", "toy", "-n", "2", "--energy", "50", "-o", str(out)]
    with pytest.raises(InputError, match=r"toy.h5: exists already \(--overwrite replaces it\)"):
        main(argv)
    assert out.read_text() == "precious"
    main([*argv, "--overwrite"])
    assert h5py.is_hdf5(out)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-n 0 --energy 50", "-n is 0, expected at least 1"),
        ("-n 5 --energy 50 --seed -1", "--seed is -1, expected at least 0"),
        ("-n 5 --energy 50 --batch-size 0", "batch_size is 0, expected at least 1"),
        ("-n 5 --energy nan", "--energy is nan, expected finite numbers"),
        ("-n 5 --energy 1 inf", "--energy is inf, expected finite numbers"),
        ("-n 5 --energy 80 20", "--energy is the range 80.0 to 20.0, expected the lower bound first"),
        ("-n 5 --energy 1 2 3", "--energy has 3 values, expected 1, or 2 for a range"),
        ("-n 5 --energy -5", "energy is -5 GeV, expected no negative number"),
    ],
)
def test_nonsense_writes_nothing(toy_weights, tmp_path, options, message):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=message):
        main(["generate", "toy", *options.split(), "-o", str(tmp_path / "toy.h5")])
    assert sorted(tmp_path.rglob("*")) == before


def test_the_help_of_a_model_names_its_conditions_and_a_missing_one_is_a_usage_error(toy_weights, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["generate", "toy", "--help"])
    assert ended.value.code == 0
    assert "in GeV, trained on 1 to 100" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit) as ended:
        main(["generate", "toy", "-n", "5", "-o", "a.h5"])
    assert ended.value.code == 2
    assert "required: --energy" in capsys.readouterr().err


def test_the_sample_does_not_depend_on_the_batches(toy_weights, tmp_path):
    files = []
    for size in ("7", "100"):
        files.append(tmp_path / f"{size}.h5")
        main(["generate", "toy", "-n", "300", "--energy", "20", "80", "--batch-size", size, "-o", str(files[-1])])
    with h5py.File(files[0]) as one, h5py.File(files[1]) as other:
        np.testing.assert_array_equal(one["energy"], other["energy"])
        for name in ("layer_0", "layer_1"):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-4, atol=1e-3)


def test_more_than_the_disk_holds_is_refused(toy_weights, tmp_path):
    with pytest.raises(InputError, match=r"-n is 1000000000000000: 4.4e\+07 GB of events, and .* has .* GB free"):
        main(["generate", "toy", "-n", str(10**15), "--energy", "50", "-o", str(tmp_path / "new" / "toy.h5")])
    assert not (tmp_path / "new").exists()


def test_export_writes_a_folder_for_other_programs(toy_weights, tmp_path, capsys, monkeypatch):
    pytest.importorskip("onnx")
    if keras.backend.backend() != "tensorflow":
        with pytest.raises(InputError, match="expected KERAS_BACKEND=tensorflow for an export"):
            main(["export", "toy", "-o", str(tmp_path / "new")])
        return
    main(["export", "toy", "-o", str(tmp_path / "new"), "--layout", "flat", "--opset", "16"])
    said = "CMakeLists.txt, example.cpp, golden.bin, model.json, model.onnx, par04.txt"
    assert capsys.readouterr().out == f"{tmp_path / 'new'}: {said}\n"
    monkeypatch.setattr(registry, "load", None)  # what can be refused is, before the model is loaded
    with pytest.raises(InputError, match="new: exists already, expected a new folder"):
        main(["export", "toy", "-o", str(tmp_path / "new")])
