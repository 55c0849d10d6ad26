"""Ways to teach one generator, head to head: the same data, seeds and CPU budget for each.

python -m reproductions.ROOM compare --recipes score game game_from_score both --seeds 1 2 3 --cpu-minutes 5

Every recipe is trained once with each seed, which is also that of the split, in a process of its own, into OUT; a
recipe that starts from another one of the room spends the first half of its budget on that, which is trained once for
all of them. Trainings that are there are not repeated, interrupted ones go on. Then the best generator of each by its
validation score is judged on the held-out events. OUT/comparison.json has all numbers, OUT/comparison.png the
validation score against CPU time.
"""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo import cli, plotting
from zoo.data.files import atomic
from zoo.data.simulation import NUMBER
from zoo.errors import InputError
from zoo.metrics import plain, text
from zoo.training.room import Room
from zoo.training.settings import DATA, LENGTH, RECIPE, RUN, Settings

JSON, FIGURE = "comparison.json", "comparison.png"


def parser(room: Room) -> cli.Parser:
    """The flags of ``compare``."""
    two = [name for name in room.recipes if name != "paper"][:2]
    found = cli.Parser(
        prog=f"{room.command} compare",
        usage="%(prog)s --recipes RECIPE ... [options]",
        what=__doc__,
        example=f"{room.command} compare --recipes {' '.join(two)} --seeds 1 2 3",
    )
    add = found.add_argument_group(RECIPE).add_argument
    text = ", ".join(room.recipes)
    add("--recipes", nargs="+", required=True, choices=list(room.recipes), metavar="RECIPE", help=text)
    cli.add_flags(found, room.config, only=("data",), order=(DATA,))
    text = "of split, weights and noise (1 2 3)"
    found.add_argument_group(NUMBER).add_argument(
        "--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="N", help=text
    )
    text = "of each training, the compiler's included (%(default)s)"
    found.add_argument_group(LENGTH).add_argument("--cpu-minutes", type=float, default=5.0, metavar="X", help=text)
    out = Path("runs") / f"compare_{room.package.split('.')[-1]}"
    found.add_argument_group(RUN).add_argument("--out", type=Path, default=out, metavar="FOLDER", help="(%(default)s)")
    return found


def command(room: Room, arguments: Sequence[str]) -> None:
    """The program ``python -m PACKAGE compare``."""
    args = parser(room).parse_args(arguments)
    if args.cpu_minutes <= 0:
        raise InputError(f"--cpu-minutes is {args.cpu_minutes}, expected a positive number")

    data = tuple(args.data) if isinstance(args.data, list) else args.data
    same = {"cpu_minutes": args.cpu_minutes, "data": [path.name for path in _files(data)]}
    _check(args.out / JSON, same)
    found: dict[str, Any] = {**same, "seeds": args.seeds, "recipes": {}}
    for seed in args.seeds:
        for name in args.recipes:
            runs = trainings(room, name, seed, args.cpu_minutes, args.out, data)
            for config in runs:
                _train(room, config)
            found["recipes"].setdefault(name, []).append(_told(room, runs))
            with atomic(args.out / JSON) as temporary:
                temporary.write_text(json.dumps(found, indent=1) + "\n")
    draw(args.out / FIGURE, found)
    print(format_table(found))
    print(f"\n{args.out / FIGURE}")


def _check(path: Path, same: Mapping[str, Any]) -> None:
    """Raises InputError for a comparison in `path` with another budget or other data: its judgements are not these."""
    try:
        before = dict(json.loads(path.read_text())) if path.exists() else same
    except (ValueError, TypeError, OSError) as error:
        raise InputError(f"{path}: is no comparison that this command wrote; expected another --out") from error
    for name, value in same.items():
        if before.get(name) != value:
            raise InputError(f"{path}: compares with {name} {before.get(name)}, not {value}; expected another --out")


def trainings(room: Room, name: str, seed: int, minutes: float, out: Path, data: Any = None) -> list[Settings]:
    """The configurations of one recipe and seed: one, or two if it starts from another recipe of the room."""
    recipe = room.recipes[name]
    changes: dict[str, Any] = {"seed": seed, "out": out / f"{name}_{seed}", "cpu_minutes": minutes}
    changes |= {"data": data} if data else {}
    if not recipe.start or recipe.start.name not in room.recipes:
        return [dataclasses.replace(recipe, **changes)]
    changes["cpu_minutes"] = minutes / 2
    start = changes | {"out": out / f"{recipe.start.name}_{seed}_start"}
    first = dataclasses.replace(room.recipes[recipe.start.name], **start)
    return [first, dataclasses.replace(recipe, **(changes | {"start": first.out}))]


def _train(room: Room, config: Settings) -> None:
    """Train in a process of its own, whose CPU time is the training's; what is there already is not repeated."""
    from zoo.training import runs

    done = _spent(config) >= 60 * (config.cpu_minutes or 0)
    if done or (config.folder / runs.HISTORY).exists() and len(runs.read_history(config.folder)) >= config.epochs:
        return
    resume = ["--resume"] if (config.folder / runs.CHECKPOINT).exists() else []
    flags = [*runs.flags(config), *_paths(config), *resume]
    code = "import sys; from zoo.training import comparison; comparison.only_train(*sys.argv[1:])"
    ended = subprocess.run([sys.executable, "-c", code, room.package, *flags], check=False)
    if ended.returncode:
        rest = "as said above" if ended.returncode == 2 else "the same command goes on"
        raise InputError(f"{config.folder}: its training ended with {ended.returncode}, {rest}")


def _paths(config: Settings) -> list[str]:
    """The flags of files and folders, which those of a recipe name without their folders."""
    files = _files(config.data)
    found = ["--data", *map(str, files)] if files else []
    found += ["--start", str(config.start)] if config.start else []
    return [*found, "--out", str(config.folder)]


def _files(data: Any) -> Sequence[Path]:
    return data if isinstance(data, tuple) else (data,) if data else ()


def only_train(package: str, *flags: str) -> None:
    """Train as `flags` say, and judge nothing: the program of a process of `command`."""
    from importlib import import_module

    from zoo.training.commands import configuration

    room = import_module(f"{package}.room").ROOM
    cli.run(lambda: room.train(configuration(room, flags)))


def _spent(config: Settings) -> float:
    """CPU seconds of a training so far."""
    from zoo.training import runs

    if not (config.folder / runs.HISTORY).exists():
        return 0.0
    return sum(float(row["cpu_seconds"]) for row in runs.read_history(config.folder))


def _told(room: Room, configs: Sequence[Settings]) -> dict[str, Any]:
    """What is known of one recipe and seed: its curve, and how its best generator does on the held-out events."""
    from zoo.generator import Generator, read_model
    from zoo.training import runs

    curve, spent, batches = [], 0.0, 0
    for config in configs:
        rows = runs.read_history(config.folder)
        for row in rows:
            spent += float(row["cpu_seconds"])
            if np.isfinite(float(row["score"])):
                curve.append([spent / 60, float(row["score"])])
        batches += int(rows[-1]["batches"])
    config = configs[-1]
    judged = config.folder / "compared.json"
    if not judged.exists():
        parts = room.load(config)
        generator = Generator(read_model(config.folder / runs.BEST), room.card(config, parts))
        with atomic(judged) as temporary:
            temporary.write_text(json.dumps(plain(room.compared(generator, parts, config)), indent=1) + "\n")
    return {
        "seed": config.seed,
        "flags": [runs.flags(one) for one in configs],
        "batches": batches,
        "cpu_minutes": spent / 60,
        "curve": curve,
        "measures": json.loads(judged.read_text()),
    }


def format_table(found: Mapping[str, Any]) -> str:
    """Means over the seeds and +- their spread; of one seed its own uncertainty."""
    rows = found["recipes"]
    names = list(next(iter(rows.values()))[0]["measures"])
    wide = max(map(len, names)) + 2
    lines = [f"{len(found['seeds'])} seeds, {found['cpu_minutes']:g} CPU minutes each: mean and spread over the seeds"]
    lines += ["", " " * wide + "".join(f"{name:>20}" for name in rows)]
    for name in names:
        cells = [over_seeds(one, name) for one in rows.values()]
        digits = 3 if cells[0]["value"] < 10 else 0
        lines.append(f"{name:<{wide}}" + "".join(f"{text(cell, digits):>20}" for cell in cells))
    lines.append(
        f"{'batches':<{wide}}" + "".join(f"{np.mean([o['batches'] for o in one]):>20.0f}" for one in rows.values())
    )
    return "\n".join(lines)


def over_seeds(trained: Sequence[Mapping[str, Any]], name: str) -> dict[str, float]:
    """The mean of a measure over the seeds, and its spread; of one seed its own uncertainty."""
    values = [one["measures"][name]["value"] for one in trained]
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else trained[0]["measures"][name]["uncertainty"]
    return {"value": float(np.mean(values)), "uncertainty": spread}


def draw(path: Path, found: Mapping[str, Any]) -> None:
    """Write the figure: the validation score against CPU time, a line for each recipe and seed."""
    with plotting.figure(path, 6, 3.4, dpi=110) as page:
        panel = page.subplots()
        for i, (name, trained) in enumerate(found["recipes"].items()):
            for k, one in enumerate(trained):
                minutes, scores = np.array(one["curve"]).T
                panel.plot(minutes, scores, f"C{i}.-", markersize=3, linewidth=1, label=None if k else name)
        panel.set_yscale("log")
        panel.set_xlabel("CPU time [min]")
        panel.set_ylabel("score on validation events")
        panel.legend(title=f"{len(found['seeds'])} seeds")
