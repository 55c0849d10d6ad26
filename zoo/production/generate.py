"""Events of a model into one file, or into a folder of many that are one sample."""

import math
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tqdm import tqdm

from zoo import __version__, registry
from zoo.cli import check_seed
from zoo.data import hdf5
from zoo.data.files import claimed
from zoo.errors import InputError
from zoo.production import conditions, engine, folder, formats
from zoo.production.produce import produce
from zoo.sampler import Condition, Sampler, whole
from zoo.supported import check_backend

ALL = "events"  # the file that shows all others as one, without its suffix
Source = tuple[str, str, str, str, str]  # arguments of registry.reload


@dataclass(frozen=True)
class Sample:
    """A logical sample: event i depends on what stands here and on i, to rounding, and on nothing else. Pickled small.

    `weights` is what `registry.reload` takes; `card` that of the model.
    """

    card: Mapping[str, Any]
    weights: Source
    seed: int
    conditions: Any
    format: str
    batch_size: int = 1024

    @property
    def attributes(self) -> dict[str, Any]:
        """What a file says of its events."""
        described = self.card["conditions"] | self.card["outputs"]
        return {
            "generator": f"{self.card['name']}@{self.card.get('version', 1)} of hep-generative-zoo {__version__}",
            "weights": self.card["sha256"]["generator.keras"],
            "seed": self.seed,
            "units": ", ".join(f"{key} {spec['unit']}" for key, spec in described.items()),
        }

    def plan(self, events: int, per_file: int) -> dict[str, Any]:
        """All that the files of a folder depend on, but for rounding."""
        return {
            "model": self.card["name"],
            "version": self.card.get("version", 1),
            "weights": self.card["sha256"]["generator.keras"],
            "seed": self.seed,
            "conditions": self.conditions.plan,
            "events": events,
            "events_per_file": per_file,
            "format": self.format,
            "suffix": formats.FORMATS[self.format].suffix,
            "units": self.attributes["units"],
        }

    def write(self, path: Path, first: int, events: int, progress: Any = None) -> None:
        """Write the `events` events from number `first` on to the new file `path`, which appears when complete."""
        generator = _loaded(self.weights)
        chunks = generator.asked(events, self.conditions, self.seed, self.batch_size, first)
        attributes = self.attributes | {hdf5.FIRST: first}
        with formats.FORMATS[self.format].appending(path, attributes) as write, formats.buffered(write) as append:
            for asked, made in chunks:
                append(asked | made)
                if progress is not None:
                    progress.update(len(next(iter(made.values()))))


@lru_cache(maxsize=1)
def _loaded(weights: Source) -> Sampler:
    """The generator, once a process."""
    engine.obey()
    return registry.reload(*weights)


def generate(args: Any, card: Mapping[str, Any]) -> None:
    """What ``python -m zoo generate`` does: events of the model of this `card` into the file or folder args.output."""
    if args.runtime == "keras":
        check_backend()
    per_file, shard = args.events_per_file, _shard(args.shard)
    for name, value, least in (("-n", args.events, 1), ("--jobs", args.jobs, 1)):
        if value is not None and value < least:
            raise InputError(f"{name} is {value}, expected at least {least}")
    check_seed("--seed", args.seed)
    whole("batch_size", args.batch_size, 1)
    format = formats.chosen(args.format, args.output, card)
    asked = _asked(args, card)
    sample = Sample(_needed(card), _weights(args), args.seed, asked, format, args.batch_size)
    if per_file is None:
        _into_file(sample, args)
    else:
        whole("--events-per-file", per_file, 1)
        _into_folder(sample, args, shard)


def verify(path: Path) -> tuple[int, list[str]]:
    """What `folder.verify` says of a folder that `generate` made, whose file that shows all others is there, too."""
    events, faults = folder.verify(path)
    plan, _ = folder.read(path)
    if faults or plan.get("format") not in formats.VIRTUAL:
        return events, faults
    joined = path / f"{ALL}{plan['suffix']}"
    try:
        lengths = {shape[0] for shape in hdf5.shapes(joined).values()}
    except InputError as error:
        return events, [str(error)]
    return events, [] if lengths == {events} else [f"{joined}: shows {lengths} events, expected {events}"]


def _into_file(sample: Sample, args: Any) -> None:
    for name in ("jobs", "scheduler", "shard"):
        if getattr(args, name) is not None:
            raise InputError(f"--{name} shares out files, expected --events-per-file with it")
    if args.output.exists() and not args.overwrite:
        raise InputError(f"{args.output}: exists already (--overwrite replaces it)")
    _enough_room(args.events, sample.card, args.output)
    with claimed(args.output):
        _loaded(sample.weights)
        with tqdm(total=args.events, unit="event", delay=1e-3) as progress:  # none before the network is compiled
            sample.write(args.output, 0, args.events, progress)
    print(f"{args.output}: {args.events} events")


def _into_folder(sample: Sample, args: Any, shard: tuple[int, int]) -> None:
    if args.overwrite:
        raise InputError("--overwrite replaces a file, expected a new folder, or one to go on in")
    if not args.output.exists():
        _enough_room(args.events, sample.card, args.output)
    plan = sample.plan(args.events, args.events_per_file)
    complete = produce(sample.write, args.output, plan, shard=shard, jobs=args.jobs, scheduler=args.scheduler)
    if complete and sample.format in formats.VIRTUAL:
        parts = {file.name: file.events for file in folder.files(plan)}
        hdf5.virtual(args.output / f"{ALL}{plan['suffix']}", parts)
    rest = "" if complete else ", of which other shards have still to make files"
    print(f"{args.output}: {args.events} events{rest}")


def _weights(args: Any) -> Source:
    """What `registry.reload` takes for the model of the command line."""
    where, card = registry.find(args.name), registry.read_card(args.name)
    return card["name"], str(where.resolve()), card["sha256"]["generator.keras"], "float32", args.runtime


def _needed(card: Mapping[str, Any]) -> dict[str, Any]:
    """What of a card is pickled for every file."""
    return {key: card[key] for key in ("name", "version", "conditions", "outputs", "sha256") if key in card}


def _asked(args: Any, card: Mapping[str, Any]) -> conditions.Joined:
    """The conditions of the command line: ranges, and of those without one the rows of a file. They say args.events."""
    sizes = {name: math.prod(spec["shape"]) for name, spec in card["conditions"].items()}
    given = {name: getattr(args, name) for name in sizes if getattr(args, name) is not None}
    ranges = {name: conditions.parse(name, texts, sizes[name]) for name, texts in given.items()}
    sources: list[Any] = [conditions.Ranges(args.seed, ranges)]
    if args.conditions is not None:
        rest = {name: size for name, size in sizes.items() if name not in ranges}
        if not rest:
            raise InputError(f"--conditions {args.conditions}: all conditions are given already, expected one to read")
        sources.append(conditions.Table(args.conditions, rest))
        args.events = args.events or sources[-1].rows
    asked = conditions.Joined(*sources)
    asked.check({name: Condition(name, spec) for name, spec in card["conditions"].items()}, args.events)
    return asked


def _shard(text: str | None) -> tuple[int, int]:
    """(I, N) of "I/N", (1, 1) of None."""
    found = re.fullmatch(r"([0-9]+)/([0-9]+)", text or "1/1")
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise InputError(f"--shard is {text}, expected I/N with I from 1 to N")
    return int(found[1]), int(found[2])


def _enough_room(events: int, card: Mapping[str, Any], output: Path) -> None:
    """Raise InputError where so many events are more than ten times what is free: compression does not save that."""
    place = next(parent for parent in output.absolute().parents if parent.exists())
    size = 4 * events * sum(math.prod(spec["shape"]) for spec in (card["conditions"] | card["outputs"]).values())
    free = shutil.disk_usage(place).free
    if size > 10 * free:
        raise InputError(f"-n is {events}: {size / 1e9:.3g} GB of events, and {place} has {free / 1e9:.3g} GB free")
