import dataclasses
from pathlib import Path

import pytest

from zoo.cli import flag
from zoo.errors import InputError
from zoo.training import settings
from zoo.training.settings import DATA, LENGTH, Settings


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(Settings):
    particle: str = flag("piplus", "", DATA)
    epochs: int = flag(50, "", LENGTH)
    depth: int = flag(3, "how deep")
    falls: bool = flag(False, "")

    @property
    def name(self):
        return "toy"


def test_a_field_says_by_its_group_what_it_is():
    assert settings.names(Config, LENGTH) == ["epochs", "cpu_minutes", "score_every"]
    assert set(settings.fixed(Config())) == {
        "data", "events", "start", "seed", "batch_size", "average", "opponent_first", "particle", "depth", "falls",
    }  # fmt: skip
    assert "epochs" in settings.fixed(Config(falls=True))
    assert settings.sample(Config()) == ["data", "particle"]
    changed = Config(particle="gamma", depth=2, epochs=3, out=Path("here"), jit=False, seed=4)
    assert settings.deviations(changed) == {"depth": 2}


def test_as_json_files_have_no_folders_and_the_folder_of_the_run_is_left_out():
    found = settings.plain(Config(data=Path("x/a.h5"), out=Path("here"), start=Path("runs/before")))
    assert found["data"] == "a.h5"
    assert found["start"] == "before"
    assert found["depth"] == 3
    assert not {"out", "resume", "jit"} & set(found)


def test_the_folder_is_that_of_the_name_unless_another_is_given():
    assert Config().folder == Path("runs/toy")
    assert Config(out=Path("there")).folder == Path("there")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"events": 0}, "--events is 0, expected at least 1"),
        ({"epochs": 0}, "--epochs is 0, expected at least 1"),
        ({"seed": -1}, "--seed is -1, expected at least 0"),
        ({"seed": 2**40}, "--seed is 1099511627776, expected at most 2147483647"),
        ({"average": 1.0}, "--average is 1.0, expected at least 0 and below 1"),
    ],
)
def test_values_without_sense_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        Config(**changes)
