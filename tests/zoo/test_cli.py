import argparse
import dataclasses
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from zoo import cli
from zoo.cli import add_flags, changed, check_seed, config_from, flag, flags, from_plain, portable, run
from zoo.errors import InputError


@dataclass(frozen=True)
class Config:
    """A config with a field of every kind."""

    particle: tuple[str, ...] = flag(("piplus",), "particles", choices=("piplus", "eplus"))
    epochs: int = flag(50, "passes over the data", "how long")
    learning_rate: float = flag(2e-4, "of Adam, exact to 0.3 %")
    attention: bool = flag(True, "between layers")
    data: Path | None = flag(None, "HDF5 file")
    out: Path = flag(Path("runs"), "folder")


def parsed(command=""):
    parser = argparse.ArgumentParser()
    add_flags(parser, Config)
    return config_from(parser.parse_args(command.split()), Config)


def test_without_flags_the_config_has_its_defaults():
    assert parsed() == Config()


def test_every_kind_of_field_is_read_as_its_type():
    command = "--particle eplus piplus --epochs 3 --learning-rate 1e-3 --no-attention --data a.h5 --out b"
    assert parsed(command) == Config(("eplus", "piplus"), 3, 1e-3, False, Path("a.h5"), Path("b"))
    assert parsed("--attention").attention is True


@pytest.mark.parametrize("command", ["--particle muon", "--epochs many", "--unknown 1", "--particle"])
def test_what_does_not_fit_a_field_ends_with_a_usage_message(command, capsys):
    with pytest.raises(SystemExit) as ended:
        parsed(command)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_help_has_texts_defaults_and_percent_signs(capsys):
    with pytest.raises(SystemExit):
        parsed("--help")
    text = " ".join(capsys.readouterr().out.split())
    for expected in ("passes over the data (50)", "0.3 % (0.0002)", "between layers (yes)", "particles (piplus)"):
        assert expected in text
    assert "HDF5 file (" not in text
    assert "how long: --epochs" in text
    assert "--no-attention" in text


def test_run_turns_mistakes_into_a_sentence_and_interrupts_into_an_exit_code(capsys):
    def mistaken():
        raise InputError("a.h5: no such file")

    def interrupted():
        raise KeyboardInterrupt

    def refused():
        Path("n" * 300).read_bytes()

    cases = [(mistaken, 2, "error: a.h5: no such file\n"), (interrupted, 130, ""), (dict, 0, "")]
    cases.append((refused, 2, f"error: {'n' * 300}: File name too long\n"))
    for main, code, message in cases:
        with pytest.raises(SystemExit) as ended:
            run(main)
        assert ended.value.code == code
        assert capsys.readouterr().err == message


def test_an_output_that_takes_no_more_is_a_sentence():
    command = "from zoo import cli; cli.run(lambda: print('η'))"
    for where, told in (("/dev/full", "error: the output: No space left on device\n"), ("/dev/null", "")):
        with open(where, "w") as out:
            ended = subprocess.run(
                [sys.executable, "-c", command], stdout=out, stderr=subprocess.PIPE, text=True,
                env=os.environ | {"PYTHONIOENCODING": "ascii"},
            )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (2 if told else 0, told)


def test_run_lets_other_errors_show_where_they_happened():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)
    with pytest.raises(OSError, match="no file's"):
        run(lambda: (_ for _ in ()).throw(OSError("no file's")))


@pytest.mark.parametrize(("seed", "message"), [(-1, "at least 0"), (2**31, "at most 2147483647")])
def test_seeds_are_those_that_every_library_takes(seed, message):
    for allowed in (0, 2**31 - 1):
        check_seed("--seed", allowed)
    with pytest.raises(InputError, match=f"^--seed is {seed}, expected {message}$"):
        check_seed("--seed", seed)


def test_flags_and_json_make_the_same_configuration_again():
    config = Config(("eplus", "piplus"), 3, 1e-3, False, Path("/somewhere/a.h5"))
    words = flags(changed(config))
    assert " ".join(words) == "--particle eplus piplus --epochs 3 --learning-rate 0.001 --no-attention --data a.h5"
    assert parsed(" ".join(words)) == dataclasses.replace(config, data=Path("a.h5"))
    assert from_plain(json.loads(json.dumps(dataclasses.asdict(config), default=str)), Config) == config
    assert changed(Config()) == {}
    with pytest.raises(InputError, match="the configuration has depth, which this version does not know"):
        from_plain({"epochs": 3, "depth": 2}, Config)


def test_paths_are_told_from_the_working_folder_and_without_what_is_above(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (Path("runs/a.h5"), tmp_path / "runs" / "a.h5", Path("./x/../runs/a.h5")):
        assert portable(path) == "runs/a.h5"
    assert portable(tmp_path.parent / "a.h5") == portable(Path("../a.h5")) == "a.h5"
    assert flags({"data": (Path("runs/a.h5"), Path("/b.h5"))}) == ["--data", "runs/a.h5", "b.h5"]


def test_the_first_field_that_breaks_a_rule_is_told():
    @dataclasses.dataclass
    class Settings:
        batch_size: int = 0
        events: int | None = None
        rate: float = float("nan")

    rules = {"at least 1": (lambda x: x >= 1, "batch_size events"), "positive": (lambda x: x > 0, "rate")}
    with pytest.raises(InputError, match="^--batch-size is 0, expected at least 1$"):
        cli.check(Settings(), rules)
    with pytest.raises(InputError, match="^--rate is nan, expected positive$"):
        cli.check(Settings(batch_size=1), rules)
    cli.check(Settings(batch_size=1, rate=0.5), rules)


def test_flags_begin_where_another_configuration_is_and_some_can_be_left_out():
    parser = argparse.ArgumentParser()
    add_flags(parser, Config, start=Config(epochs=7, attention=False))
    assert config_from(parser.parse_args(["--learning-rate", "1"]), Config) == Config(
        epochs=7, attention=False, learning_rate=1.0
    )
    parser = argparse.ArgumentParser()
    add_flags(parser, Config, only=("data",))
    assert vars(parser.parse_args([])) == {"data": None}


def test_every_command_has_the_help_of_the_house():
    """What it does, an example, options in groups: argparse's own parser has neither."""
    root = Path(cli.__file__).parents[1]
    files = [path for place in ("zoo", "reproductions", "benchmarks") for path in (root / place).rglob("*.py")]
    assert [path.name for path in files if "argparse.ArgumentParser(" in path.read_text()] == []


def test_flags_stand_in_the_order_of_their_groups_which_begin_with_what_has_none(capsys):
    @dataclass(frozen=True)
    class Ordered:
        late: int = flag(1, "how late", "second")
        early: int = flag(2, "how early")

    parser = cli.Parser(prog="it", usage="it [flags]", what="Does it.", example="it --early 3")
    cli.add_flags(parser, Ordered, order=("first", "second"))
    text = parser.format_help()
    places = [
        text.index(part)
        for part in ("Does it.", "example:\n  it --early 3", "first:", "--early N", "second:", "--late N")
    ]
    assert places == sorted(places) and "--help" not in text
    with pytest.raises(SystemExit, match="0"):
        parser.parse_args(["-h"])
    assert capsys.readouterr().out == text
