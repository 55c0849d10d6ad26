"""One contract for every room: what a run leaves, how it goes on, what a release is, and what the command line does."""

import dataclasses
import json
import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import h5py
import numpy as np
import pytest

import zoo
import zoo.generator
from reproductions.tpc_gan.data import SAMPLE as PAD_ROWS
from zoo import cli, headline, registry, report
from zoo.data import distributions, splits
from zoo.data.files import sha256
from zoo.errors import InputError
from zoo.training import commands, comparison, page, release, runs, settings

ROOMS = {path.parent.name for path in Path(import_module("reproductions").__path__[0]).glob("*/room.py")}
SAMPLES = Path(import_module("reproductions").__path__[0])
# A few batches of small networks.
TINY: dict[str, dict] = {
    "calogan": {"events": 40, "batch_size": 8, "latent_size": 4, "score_every": 1},
    "ecal_gan": {
        "events": 150,
        "batch_size": 16,
        "latent_size": 4,
        "filters": 2,
        "critic_steps": 1,
        "iterations_per_epoch": 2,
        "regressor_epochs": 1,
        "metric": "surrogate",
    },
    "mfc_cgan": {
        "batch_size": 50,
        "latent_size": 4,
        "generator_widths": (8,),
        "discriminator_widths": (8,),
        "iterations_per_epoch": 3,
        "decay": 0.5,
    },
    "rich_gan": {
        "data": SAMPLES / "rich_gan/sample/kaon.h5",
        "batch_size": 100,
        "latent_size": 6,
        "depth": 1,
        "width": 8,
        "critic_size": 4,
        "critic_steps": 2,
        "iterations_per_epoch": 2,
    },
    "top_pair_gan": {
        "data": SAMPLES / "top_pair_gan/sample/mg5.h5",
        "events": 2000,
        "batch_size": 64,
        "units": 8,
        "depth": 2,
        "iterations_per_epoch": 3,
    },
    "tpc_gan": {"data": PAD_ROWS, "events": 300, "batch_size": 20, "latent_size": 4, "critic_steps": 2},
}


def test_every_room_is_tested():
    assert set(TINY) == ROOMS


@pytest.fixture(scope="module")
def muons_file(tmp_path_factory):
    """Events of the two lowest beam energies of the independent sample."""
    from reproductions.mfc_cgan.simulate import Process, generate, write

    path = tmp_path_factory.mktemp("events") / "events.h5"
    write(path, [generate(Process(energy), 400, seed=1) for energy in (50, 100)], {"carrier_mass": 0.5, "seed": 1})
    return path


@pytest.fixture(scope="module", autouse=True)
def small_discriminator():
    """Stands in for CaloGAN's, whose hundreds of operations take a minute to trace; its test_model.py tests it."""
    from reproductions.calogan import model
    from tests.fakes.discriminator import small_discriminator

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "discriminator", small_discriminator)
        yield


def test_a_file_that_cannot_be_written_is_refused_before_events_are_made(room, tmp_path, monkeypatch):
    simulation = room.module("simulate").SIMULATION

    def simulate(flags, command):
        raise AssertionError("the work began")

    monkeypatch.setattr(room.module("simulate"), "SIMULATION", dataclasses.replace(simulation, simulate=simulate))
    (tmp_path / "file").touch()
    needed = ["--particle", "eplus"] if room.package.endswith("calogan") else []
    with pytest.raises(InputError, match="the folder .*file cannot be made"):
        commands.simulate(room, ["--events", "5", "--out", str(tmp_path / "file" / "a.h5"), *needed])


@pytest.fixture(scope="module", params=sorted(TINY))
def room(request):
    return import_module(f"reproductions.{request.param}.room").ROOM


@pytest.fixture(scope="module")
def tiny(room, request):
    """A configuration of two epochs."""
    name = room.package.rpartition(".")[2]
    changes = {"data": request.getfixturevalue("muons_file")} if name == "mfc_cgan" else {}
    return room.config(**{"epochs": 2, "average": 0.9, "jit": False, **TINY[name], **changes})


@pytest.fixture(scope="module")
def run(room, tiny, tmp_path_factory):
    """(configuration, generator) of a finished run."""
    config = dataclasses.replace(tiny, out=tmp_path_factory.mktemp("run") / "tiny")
    return config, room.train(config)


@pytest.fixture
def copy(run, tmp_path):
    """The configuration of a copy of the finished run."""
    config, _ = run
    return dataclasses.replace(config, out=shutil.copytree(config.folder, tmp_path / "copy"))


def middle(generator):
    """Conditions in the middle of their ranges."""
    return {name: (one.low + one.high) / 2 for name, one in generator.conditions.items()}


def test_a_run_leaves_everything_behind(room, run):
    config, generator = run
    files = {path.name for path in config.folder.iterdir()}
    assert files >= {runs.CONFIG, runs.CHECKPOINT, runs.HISTORY, runs.BEST}
    assert runs.read_config(config.folder, room.config) == config
    rows = runs.read_history(config.folder)
    assert len(rows) == config.epochs
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    events = generator.sample(3, seed=1, **middle(generator))
    assert {name: values.shape[1:] for name, values in events.items()} == generator.shapes


def test_what_ways_to_teach_are_compared_by_is_told_of_every_model(room, run):
    config, generator = run
    # CaloGAN correlates shapes at about fixed energy, which takes forty held-out showers in one of four slices.
    number = config.events and max(config.events, 1500 if room.package.endswith("calogan") else 100)
    enough = dataclasses.replace(config, events=number)
    measures = room.compared(generator, room.load(enough), config)
    assert all(np.isfinite(one.value) and one.uncertainty >= 0 for one in measures.values()), measures


def test_a_game_begins_with_the_generator_of_a_run_without_one(room, tiny, tmp_path):
    if not hasattr(tiny, "adversary") or room.package.endswith("calogan"):  # CaloGAN's needs another form for that
        pytest.skip("its runs are all games")
    other = {"metric": "none"} if hasattr(tiny, "metric") else {}
    changes = {"adversary": False, "lambda_score": 1.0, "epochs": 1, **other}
    scored = dataclasses.replace(tiny, out=tmp_path / "score", **changes)
    room.train(scored)
    game = dataclasses.replace(tiny, start=scored.folder, opponent_first=10**6, epochs=1, out=tmp_path / "game")
    room.train(game)
    before, after = (runs.best_of(one.folder) for one in (scored, game))
    for one, other in zip(before.weights, after.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_run_ends_with_the_epoch_in_which_its_budget_is_used_up(room, tiny, tmp_path):
    config = dataclasses.replace(tiny, epochs=1000, cpu_minutes=1e-6, score_every=500, out=tmp_path / "run")
    room.train(config)
    (row,) = runs.read_history(config.folder)
    assert float(row["score"]) > 0  # else all of the training would be lost
    room.train(dataclasses.replace(config, resume=True))
    assert len(runs.read_history(config.folder)) == 1


def test_a_run_resumes_bit_for_bit(room, run, tmp_path, assert_same_weights):
    config, _ = run
    part = dataclasses.replace(config, epochs=1, out=tmp_path / "part")
    room.train(part)
    room.train(dataclasses.replace(part, epochs=config.epochs, resume=True))
    assert_same_weights(config.folder, part.folder)
    scores = [[row["score"] for row in runs.read_history(one.folder)] for one in (config, part)]
    assert scores[0] == scores[1]


def test_a_run_is_not_overwritten_nor_resumed_by_another_recipe(room, run, tmp_path):
    config, _ = run
    before = {path: path.stat().st_mtime_ns for path in config.folder.iterdir()}
    with pytest.raises(InputError, match="holds a run already; continue it with --resume or name another folder"):
        room.train(config)
    with pytest.raises(InputError, match="was trained with another average; see its config.json"):
        room.train(dataclasses.replace(config, resume=True, average=0.5))
    assert {path: path.stat().st_mtime_ns for path in config.folder.iterdir()} == before
    with pytest.raises(InputError, match="holds no checkpoint, expected a run to resume"):
        room.train(dataclasses.replace(config, resume=True, out=tmp_path))


def test_too_few_events_for_a_batch_leave_nothing_behind(room, tiny, tmp_path):
    config = dataclasses.replace(tiny, batch_size=100_000, out=tmp_path / "run")
    with pytest.raises(InputError, match="to train on, expected at least"):
        room.train(config)
    assert not config.out.exists()


def test_too_few_events_to_be_judged_by_are_refused_before_the_training(room, tiny, tmp_path, monkeypatch):
    parts = room.load(tiny)
    few = parts["test"][:2] if isinstance(parts["test"], np.ndarray) else splits.take(parts["test"], slice(2))
    monkeypatch.setattr(type(room), "load", lambda self, config: {**parts, "test": few})
    with pytest.raises(InputError, match=r"(events|showers|tracks).* expected at least [0-9]+"):
        commands.train(room, ["--out", str(tmp_path / "run")])
    assert not (tmp_path / "run").exists()


@pytest.fixture
def judged(room):
    """The room with a headline that needs no real metrics."""
    line = headline.headline(
        "toys", game=True, score=False, measure="distance", distance={"value": 0.1, "uncertainty": 0.01}, paper="none"
    )
    return dataclasses.replace(room, headline=lambda config, metrics: line)


@pytest.fixture
def evaluated(room, monkeypatch):
    """Takes the place of the evaluation; the events that it was given to judge."""
    module, seen = room.module("evaluate"), []

    def evaluate(generator, parts, config, out, seed):
        seen.append(generator.sample(3, seed=5, **middle(generator)))
        (out / "figures").mkdir(parents=True)
        for name in ("figures/overview.png", "figures/other.png"):
            (out / name).write_text(f"{name} of {len(seen)}")
        metrics = dict.fromkeys(room.summaries, {"value": 0.1 * len(seen), "uncertainty": 0.01})
        metrics |= {"by_energy": [{"low": 1.0, "high": 2.0, "events": {}, "observables": {}}]}
        counts = {"x": np.arange(3) + len(seen)}
        saved = distributions.Distributions({}, {"x": np.arange(4.0)}, counts, counts, {"particle": "eplus"})
        distributions.record(out, metrics, saved)
        return metrics

    monkeypatch.setattr(module, "evaluate", evaluate)
    monkeypatch.setattr(module, "format_table", str)
    return seen


def test_a_release_loads_and_is_what_was_judged(room, judged, copy, evaluated, tmp_path):
    folder = release.release(judged, copy.folder, tmp_path / "weights", "renamed")
    assert {path.name for path in folder.iterdir()} == {
        "card.json",
        "distributions.h5",
        "generator.keras",
        "overview.png",
    }
    assert (copy.folder / "figures/other.png").exists()
    assert (copy.folder / "metrics.json").exists()
    generator = zoo.load(folder)
    for name, values in generator.sample(3, seed=5, **middle(generator)).items():
        np.testing.assert_allclose(values, evaluated[0][name], rtol=1e-4, atol=1e-5)
    card = registry.read_card(folder)
    assert card["name"] == folder.name == "renamed"
    assert card["version"] == 1
    assert card["metrics"].keys() == set(room.summaries)
    assert card["slices"] == {"by energy": [{"low": 1.0, "high": 2.0, "events": {}, "observables": {}}]}
    assert len(card["training"]["curve"]["score"]) == copy.epochs
    assert card["training"]["deviations"] == json.loads(json.dumps(settings.deviations(copy)))
    assert card["training"]["epochs"] == copy.epochs
    assert card["data"]["sha256"] == sha256(room.source(copy))
    assert card["data"]["events"] == {name: room.size(part) for name, part in room.load(copy).items()}
    recorded = commands.recorded(room, card)
    assert dataclasses.replace(recorded, data=copy.data, out=copy.out, jit=copy.jit) == copy


def test_evaluate_splits_as_the_training_did_and_refuses_other_data(room, judged, copy, evaluated, tmp_path, capsys):
    folder = release.release(judged, copy.folder, tmp_path / "weights")
    source = room.source(copy)
    commands.evaluate(room, [str(folder), "--data", str(source), "--out", str(tmp_path / "judged")])
    page = tmp_path / "judged/report.html"
    assert f"distributions.h5 are in {page.parent}; all of it on a page: {page}" in capsys.readouterr().out
    assert "by energy" in page.read_text()
    for name, values in evaluated[0].items():
        np.testing.assert_array_equal(evaluated[1][name], values)
    other = tmp_path / "other.h5"
    shutil.copyfile(source, other)
    with h5py.File(other, "a") as file:
        file.attrs["seed"] = 99
    with pytest.raises(InputError, match=r"other\.h5: is not the file that .* was trained on"):
        commands.evaluate(room, [str(folder), "--data", str(other), "--out", str(tmp_path / "again")])
    with pytest.raises(InputError, match="--seed is -1, expected at least 0"):
        commands.evaluate(room, [str(folder), "--seed", "-1"])
    if {"seed", "sha256"} & set(registry.read_card(folder)["data"]["provenance"]):
        shutil.copyfile(source, other)
        with h5py.File(other, "a") as file:
            file["more"] = 0
            file.attrs["licence"] = "one that was learnt of later"
        again = [str(folder), "--data", str(other), "--out", str(tmp_path / "alike")]
        parts = room.load(dataclasses.replace(copy, data=commands.configuration(room, ["--data", str(other)]).data))
        if {name: room.size(part) for name, part in parts.items()} == registry.read_card(folder)["data"]["events"]:
            commands.evaluate(room, again)
            assert "has other bytes than the file of the training" in capsys.readouterr().out
        else:  # the room's own sample has its own split
            with pytest.raises(InputError, match="is not the file that"):
                commands.evaluate(room, again)
    if room.fresh:
        seed = registry.read_card(folder)["data"]["provenance"]["seed"]
        with pytest.raises(InputError, match=f"--fresh is {seed}, the seed of the events that were trained on"):
            commands.evaluate(room, [str(folder), "--fresh", seed])


def test_a_run_has_a_page_which_can_be_made_again(room, judged, copy, evaluated, tmp_path):
    parts = room.load(copy)
    metrics = room.module("evaluate").evaluate(
        zoo.generator.Generator(*best(room, copy, parts)), parts, copy, copy.folder, 1
    )
    text = page.of_run(judged, copy, parts, metrics).read_text()
    assert "a training run" in text and f"release {copy.folder}" in text
    assert text.count('<figure id="curve-') == len([*runs.read_history(copy.folder)[0]]) - 3  # epoch, batches, seconds
    assert report.model(report.subject(copy.folder)) == text


def best(room, config, parts):
    """The best model of a run and its card."""
    return zoo.generator.read_model(config.folder / runs.BEST), room.card(config, parts)


def test_every_histogram_has_a_panel(room):
    """Of every released model: a name of its own would be shown for one that the room's panels.py forgot."""
    for name in registry.list_models():
        if registry.read_card(name)["reproduction"] == room.package:
            saved = distributions.read(registry.verified(name, "distributions.h5"))
            panels = room.module("panels").panels(saved)
            assert panels.keys() >= saved.generated.keys()
            for key, panel in panels.items():
                for counts, sigma in panel.published.values():
                    edges = saved.edges[key] if panel.edges is None else panel.edges
                    assert len(counts) == len(sigma) == len(edges) - 1


def test_a_model_that_is_judged_again_keeps_its_weights_and_has_new_numbers(room, judged, copy, evaluated, tmp_path):
    folder = release.release(judged, copy.folder, tmp_path / "weights")
    before = registry.read_card(folder)
    source = str(room.source(copy))
    asked = [str(folder), "--data", source, "--out", str(tmp_path / "judged"), "--seed", "3", "--record"]
    commands.evaluate(judged, asked)
    after = registry.read_card(folder)
    assert {key for key in after if after[key] != before.get(key)} == {"metrics", "judged", "sha256"}
    assert all(one["value"] == 0.2 for one in after["metrics"].values())
    assert after["judged"]["command"].startswith(f"{room.command} evaluate {folder.name} --data ")
    assert after["judged"]["command"].endswith(" --seed 3")
    assert after["judged"]["test"] == room.size(room.load(copy)["test"])
    for name, digits in after["sha256"].items():
        assert sha256(folder / name) == digits
    assert after["sha256"]["generator.keras"] == before["sha256"]["generator.keras"]
    assert (folder / "overview.png").read_text() == "figures/overview.png of 2"


HELD_OUT = {
    name
    for name in sorted(card.parent.name for card in registry.CHECKOUT.glob("*/card.json"))
    if import_module(f"{registry.read_card(registry.CHECKOUT / name)['reproduction']}.room").ROOM.held_out
}


def rows(part):
    """The numbers of each event of a part, one behind the other."""
    arrays = part.values() if isinstance(part, dict) else [part]
    return np.concatenate([values.reshape(len(values), -1) for values in arrays], axis=1)


@pytest.mark.parametrize("name", sorted(HELD_OUT))
def test_a_released_model_is_judged_by_what_comes_with_the_repository(name):
    card = registry.read_card(registry.CHECKOUT / name)
    room = import_module(f"{card['reproduction']}.room").ROOM
    config = commands.recorded(room, card)
    parts = room.held_out(config, card)
    room.check_parts(parts, config)
    assert room.size(parts["test"]) >= 400
    known, fresh = map(rows, (parts["train"], parts["test"]))
    assert len(np.unique(np.concatenate([known, fresh]), axis=0)) == len(known) + len(fresh)  # none is in both
    for other in ({"data": {**card["data"], "sha256": "0" * 64}}, {"training": {**card["training"], "seed": 99}}):
        assert room.held_out(config, {**card, **other}) is None


@pytest.mark.parametrize("name", ["top_pair_gan_plus", "mfc_cgan_plus", "rich_gan_kaon_plus"])
def test_tables_alone_are_what_noise_gives_without_the_network(name, monkeypatch, tmp_path):
    """The network's contribution is gone: other weights before its last layer change nothing any more."""
    seen = []

    def evaluate(self, generator, parts, config, out, seed):
        asked = middle(generator)
        seen.append(generator.sample(5, seed=1, **asked))
        for variable in generator.model.trainable_variables:
            if variable.path.endswith("kernel") and not variable.path.endswith(("shift/kernel", "coordinates/kernel")):
                variable.assign(2 * np.array(variable))
        seen.append(generator.sample(5, seed=1, **asked))

    folder = registry.CHECKOUT / name
    room = import_module(f"{registry.read_card(folder)['reproduction']}.room").ROOM
    monkeypatch.setattr(commands, "_events", lambda *_: ({"train": [], "test": []}, "none"))
    monkeypatch.setattr(type(room), "evaluate", evaluate)
    room = dataclasses.replace(room, size=len)
    commands.evaluate(room, [str(folder), "--tables-only", "--out", str(tmp_path / "judged")])
    for one, other in zip(*(events.values() for events in seen), strict=True):
        np.testing.assert_array_equal(one, other)
    learnt = zoo.load(folder)
    made = learnt.sample(5, seed=1, **middle(learnt))
    assert any(not np.allclose(made[key], values) for key, values in seen[0].items())


def test_a_model_without_tables_is_not_judged_by_them(tmp_path):
    room = import_module("reproductions.mfc_cgan.room").ROOM
    with pytest.raises(InputError, match="mfc_cgan: has no coordinates that stand without its network"):
        commands.evaluate(room, ["mfc_cgan", "--tables-only", "--out", str(tmp_path / "judged")])


@pytest.mark.parametrize("name", sorted(card.parent.name for card in registry.CHECKOUT.glob("*/card.json")))
def test_a_model_without_an_opponent_says_so_in_its_title(name):
    card = registry.read_card(registry.CHECKOUT / name)
    assert (card["headline"]["taught"] == "score") == card["title"].endswith(", no opponent")
    assert card["headline"]["taught"] != "score" or "GAN for" not in card["title"]


def test_what_is_no_run_is_not_released(room, copy, evaluated, tmp_path):
    with pytest.raises(InputError, match=r"has no config\.json, expected the folder of a run of python -m reprod"):
        release.release(room, tmp_path, tmp_path / "weights")
    with pytest.raises(
        InputError, match=r"--name is \.\./other, expected letters, digits and \._@\+- behind the first"
    ):
        release.release(room, copy.folder, tmp_path / "weights", "../other")
    config = json.loads((copy.folder / runs.CONFIG).read_text()) | {"start": str(tmp_path / "gone")}
    (copy.folder / runs.CONFIG).write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"gone: holds no config\.json, expected the run that .*copy started from"):
        release.release(room, copy.folder, tmp_path / "weights")
    assert not evaluated
    assert not (tmp_path / "weights").exists()


def test_the_card_tells_what_a_run_started_from(judged, copy, evaluated, tmp_path):
    path = copy.folder / runs.CONFIG
    first = shutil.copytree(copy.folder, tmp_path / "first")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"start": str(first)}))
    folder = release.release(judged, copy.folder, tmp_path / "weights")
    card = registry.read_card(folder)
    assert card["training"]["start"]["epochs"] == copy.epochs
    path.write_text(json.dumps(json.loads(path.read_text()) | {"start": str(folder)}))
    again = registry.read_card(release.release(judged, copy.folder, tmp_path / "weights"))
    assert again["training"]["start"] == {"sha256": card["sha256"]["generator.keras"], **card["training"]}
    assert (card["version"], again["version"]) == (1, 2)


def test_data_that_do_not_say_where_they_come_from_make_no_release(room, copy, evaluated, tmp_path, monkeypatch):
    monkeypatch.setattr(type(room), "source", lambda self, config: Path("digits.dat"))
    with pytest.raises(InputError, match=r"digits\.dat: is not HDF5, expected a run on an HDF5 file"):
        release.release(room, copy.folder, tmp_path / "weights")
    assert not evaluated


def test_a_recipe_or_a_run_is_where_the_flags_begin(room, run):
    config, _ = run
    assert commands.configuration(room, []) == room.config() == room.recipes["paper"]
    again = commands.configuration(room, ["--config", str(config.folder / runs.CONFIG), "--seed", "7"])
    assert again == dataclasses.replace(config, seed=7, out=None)
    for name, recipe in room.recipes.items():
        found = commands.configuration(room, ["--recipe", name, "--epochs", "3"])
        assert found == dataclasses.replace(recipe, epochs=3, out=Path("runs") / name)


def test_a_configuration_that_is_none_is_refused(room, tmp_path):
    path = tmp_path / "config.json"
    for text, message in (
        ("[", "is no configuration of a run"),
        ('{"depths": 1}', "which this version does not know"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            commands.configuration(room, ["--config", str(path)])
    with pytest.raises(InputError, match=r"gone\.json: cannot be read"):
        commands.configuration(room, ["--config", str(tmp_path / "gone.json")])


def test_help_is_in_the_readers_order(room, capsys):
    for command in ([], ["evaluate"], ["release"], ["simulate"], ["compare"], ["claims"], ["completion"]):
        with pytest.raises(SystemExit, match="0"):
            commands.run(room, [*command, "--help"])
        text = capsys.readouterr().out
        assert text.startswith(f"usage: {' '.join([room.command, *command])}")
        _, _, page = text.partition("\n\n")
        example = re.search(rf"^ {{2,4}}{re.escape(room.command)}", page, re.MULTILINE)
        groups = [found for found in re.finditer("^[a-z ]+:$", page, re.MULTILINE) if found[0] != "example:"]
        assert example and all(example.start() < group.start() for group in groups)
        titles = [line for line in text.splitlines() if line in ORDER]
        assert titles == [line for line in ORDER if line in titles]
        assert len(titles) == (5 if not command else len(titles)) and "options:" not in text.splitlines()


ORDER = ["where to begin:", "what is trained:", "on which events:", "how long:", "where:"]


def test_the_commands_in_the_readme_are_understood(room):
    text = (Path(room.module("room").__file__).parent / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", text.replace("\\\n", " "), re.MULTILINE | re.DOTALL)
    lines = [
        line for block in blocks for line in block.splitlines() if re.match(rf"{re.escape(room.command)}( |$)", line)
    ]
    assert len(lines) > 4
    parsers = {"evaluate": commands.evaluation_parser, "release": commands.release_parser}
    parsers |= {"simulate": commands.simulation_parser, "compare": comparison.parser}
    for line in lines:
        words = [word for word in shlex.split(line, comments=True)[3:] if word != "..."]
        if words and words[0] in parsers:
            parsers[words[0]](room).parse_args(words[1:])
        else:
            commands.configuration(room, words)


@pytest.mark.parametrize("command", [[], ["evaluate"], ["release"], ["compare"], ["claims"]])
def test_help_needs_neither_keras_nor_tensorflow(room, command):
    code = (
        "import sys, contextlib\n"
        f"from {room.package}.room import ROOM\n"
        "from zoo.training import commands\n"
        f"with contextlib.suppress(SystemExit): commands.run(ROOM, {[*command, '--help']})\n"
        "assert not {'keras', 'tensorflow', 'jax'} & set(sys.modules), sorted(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"usage: {' '.join([room.command, *command])}" in done.stdout


def test_training_is_judged_and_an_interrupted_one_says_how_to_go_on(room, monkeypatch, tmp_path, capsys):
    calls = []
    parts = {"test": "held-out events"}
    monkeypatch.setattr(type(room), "train", lambda self, *arguments: calls.append(arguments) or "generator")
    monkeypatch.setattr(type(room), "load", lambda self, config: parts)
    monkeypatch.setattr(type(room), "check_parts", lambda self, *arguments: calls.append(arguments))
    monkeypatch.setattr(type(room), "evaluate", lambda self, *arguments: calls.append(arguments))
    monkeypatch.setattr(page, "of_run", lambda *arguments: calls.append(arguments[1:]))
    room = dataclasses.replace(room, size=len)
    commands.run(room, ["--epochs", "3", "--out", str(tmp_path)])
    config = room.config(epochs=3, out=tmp_path)
    judged = ("generator", parts, config, tmp_path, config.seed)
    assert calls == [(parts, config), (config, parts), judged, (config, parts, None)]
    said = capsys.readouterr().out
    assert said.startswith(f"{room.command}: trains {config.name} until epoch 3 in {tmp_path}, then evaluates it\n")
    assert "judges the best generator by 15 held-out events" in said

    def interrupted(self, *arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(room), "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        commands.run(room, ["--out", str(tmp_path)])
    assert f"stopped before a batch was saved; the same command begins anew in {tmp_path}" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(card.parent.name for card in registry.CHECKOUT.glob("*/card.json")))
def test_the_command_in_a_card_is_its_recipe(name):
    card = registry.read_card(registry.CHECKOUT / name)
    room = import_module(f"{card['reproduction']}.room").ROOM
    training = card["training"]
    while training and "command" in training:
        words = training["command"].split()
        assert " ".join(words[:3]) == room.command
        config = commands.configuration(room, words[3:])
        made = cli.from_plain(training["config"], room.config)
        beside = {"data": None, "start": None}
        assert settings.plain(config) | beside == settings.plain(made) | beside
        training = training.get("start")
    assert name in room.recipes
