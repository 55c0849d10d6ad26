"""The commands of a reproduction, the same for all: train, evaluate, release, simulate.

python -m reproductions.ROOM [flags]             train, then evaluate
python -m reproductions.ROOM evaluate NAME       judge released weights on held-out events
python -m reproductions.ROOM release RUN         make weights/NAME from a run
python -m reproductions.ROOM simulate [flags]    make events, where the room can
python -m reproductions.ROOM compare [flags]     ways to teach one generator, head to head
python -m reproductions.ROOM claims              write the ledger of the paper's claims
python -m reproductions.ROOM completion SHELL    let the tab key complete all of it
"""

import argparse
import dataclasses
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zoo import cli, completion, optional, registry
from zoo.data.simulation import NUMBER, SIMULATED, Simulation
from zoo.errors import InputError
from zoo.training import compilation
from zoo.training.room import Room
from zoo.training.settings import DATA, ORDER, RUN, Settings

ASIDE = {"command": "", "licence": ""}  # attributes of a file that say nothing of its events


def main(room: Room, arguments: Sequence[str] | None = None) -> None:
    """The program ``python -m PACKAGE``: one of the commands, by the first word."""
    cli.run(lambda: run(room, sys.argv[1:] if arguments is None else arguments))


def run(room: Room, arguments: Sequence[str]) -> None:
    """Do what the command line `arguments` says."""
    commands = {"evaluate": evaluate, "release": release, "simulate": simulate}
    commands |= {"compare": compare, "claims": claims, "completion": complete}
    optional.check(room.command, "train", optional.TRAIN)
    compilation.keep()
    if arguments and arguments[0] in commands:
        commands[arguments[0]](room, arguments[1:])
    else:
        train(room, arguments)


def train(room: Room, arguments: Sequence[str]) -> None:
    """Train as the flags say and evaluate the best generator."""
    config = configuration(room, arguments)
    from zoo.training import runs

    verb = "goes on with" if config.resume else "trains"
    _say(f"{room.command}: {verb} {config.name} until epoch {config.epochs} in {config.folder}, then evaluates it")
    writes = _writes()
    if writes:
        runs.check(config)
    parts = room.load(config)
    room.check_parts(parts, config)
    try:
        generator = room.train(config, parts)
        if not writes:
            return
        from zoo.training import page

        held_out = room.size(parts["test"])
        _say(f"\ntrained; judges the best generator by {held_out:,} held-out events, perhaps for minutes")
        metrics = room.evaluate(generator, parts, config, config.folder, config.seed)
        _tell(config.folder, page.of_run(room, config, parts, metrics))
    except KeyboardInterrupt:
        _say(f"\n{runs.how_to_go_on(config)}")
        raise


def _writes() -> bool:
    """Whether this is the process that writes: the only one, or the first of those that train together."""
    if "KERAS_DISTRIBUTION_NUM_PROCESSES" not in os.environ:
        return True
    from zoo import backend

    return backend.join()


def configuration(room: Room, arguments: Sequence[str], **words: str) -> Settings:
    """The configuration that `arguments` ask for: flags over those of --recipe or --config, or over the paper's.

    `words` are those of the help that another program than the room's has, see `zoo.cli.Parser`.
    """
    first = cli.Parser(prog=room.command)
    _add_starts(first, room)
    chosen, _ = first.parse_known_args([word for word in arguments if word not in ("-h", "--help")])
    start = None
    if chosen.recipe:
        start = dataclasses.replace(room.recipes[chosen.recipe], out=Path("runs") / chosen.recipe)
    if chosen.config:
        start = read_config(chosen.config, room.config)
    return cli.config_from(training_parser(room, start, **words).parse_args(arguments), room.config)


def training_parser(room: Room, start: Settings | None = None, **words: str) -> cli.Parser:
    """The flags of a training, which begin with the values of `start` or of the paper; `words`: see `configuration`."""
    about, _, more = (room.module("config").__doc__ or "").strip().partition("\n")
    recipe = next((name for name in room.recipes if name != "paper"), "paper")
    own = {
        "prog": room.command,
        "usage": "%(prog)s [--recipe NAME | --config FILE] [flags]\n"
        "       %(prog)s evaluate | release | simulate | compare | claims | completion ...   (each has --help)",
        "what": "Train a generator, judge it on held-out events, and write figures, numbers and a page.\n"
        + about
        + more,
        "example": f"{room.command} --recipe {recipe}",
    }
    found = cli.Parser(**(own | words))
    _add_starts(found, room)
    cli.add_flags(found, room.config, start, order=ORDER)
    return found


def read_config(path: Path, kind: type[Settings]) -> Settings:
    """The configuration that a run has written to `path`, its config.json, without its folder.

    Raises InputError for a file that is not one.
    """
    from zoo.training import runs

    return dataclasses.replace(runs.read_config_file(path, kind), out=None)


def _add_starts(parser: argparse.ArgumentParser, room: Room) -> None:
    group = parser.add_argument_group("where to begin").add_mutually_exclusive_group()
    text = f"start from a recipe, flags override it: {', '.join(room.recipes)}"
    recipe = group.add_argument("--recipe", choices=room.recipes, metavar="NAME", help=text)
    recipe.choices = list(room.recipes)  # for completion
    group.add_argument("--config", type=Path, metavar="FILE", help="start from the config.json of a run")


def evaluation_parser(room: Room) -> cli.Parser:
    """The flags of ``evaluate``."""
    found = cli.Parser(
        prog=f"{room.command} evaluate",
        usage="%(prog)s NAME_OR_PATH [options]",
        what="Judge a released model on the events that its training held out, or on new ones.",
        example=f"{room.command} evaluate {next((name for name in room.recipes if name != 'paper'), 'NAME')}",
    )
    which = found.add_argument_group("which model")
    text = "a name that `python -m zoo list` shows, or a folder"
    completion.complete_models(which.add_argument("model", metavar="NAME_OR_PATH", help=text))
    cli.add_flags(found, room.config, only=("data",), order=(DATA,))
    events = found.add_argument_group("as which events")
    events.add_argument("--seed", type=int, default=0, metavar="N", help="of the generated events (%(default)s)")
    if room.fresh:
        text = "simulate new events, instead of those held out"
        events.add_argument("--fresh", type=int, metavar="SEED", help=text)
    if room.adds:
        text = "judge its coordinates alone, what the network adds set to 0"
        events.add_argument("--tables-only", action="store_true", help=text)
    where = found.add_argument_group(RUN)
    where.add_argument("--out", type=Path, metavar="FOLDER", help="to write to (default: runs/evaluate_NAME)")
    text = "write what is found into the model's card, for those who release it"
    where.add_argument("--record", action="store_true", help=text)
    return found


def evaluate(room: Room, arguments: Sequence[str]) -> None:
    """Judge a released model on the events that its training held out, or on new ones."""
    args = evaluation_parser(room).parse_args(arguments)
    for name in ("seed", "fresh"):
        cli.check_seed(f"--{name}", getattr(args, name, None) or 0)

    _say(f"{room.command} evaluate: loads {args.model} and the events to judge it by")
    import zoo
    from zoo.data.files import check_writable

    generator = zoo.load(args.model)
    config = recorded(room, generator.card)
    if args.data:
        config = dataclasses.replace(config, data=tuple(args.data) if isinstance(args.data, list) else args.data)
    tables_only = bool(room.adds) and args.tables_only
    out = args.out or Path("runs") / f"evaluate_{generator.name}{'_tables_only' * tables_only}"
    check_writable(out / "metrics.json")
    if tables_only:
        _silence(room, config, generator)
    parts, events = _events(room, config, generator.card, bool(args.data), args.fresh if room.fresh else None)
    _say(f"judges by {room.size(parts['test']):,} events, {events}, perhaps for minutes")
    room.evaluate(generator, parts, config, out, args.seed)
    from zoo.training import page

    _tell(out, None if tables_only else page.of_evaluation(args.model, out))
    if args.record:
        from zoo.training.release import record

        asked = {"data": config.data if args.data else None, "fresh": args.fresh if room.fresh else None}
        flags = cli.flags({name: value for name, value in {**asked, "seed": args.seed}.items() if value is not None})
        flags += ["--tables-only"] * tables_only
        judged = {"command": f"{room.command} evaluate {shlex.join([generator.name, *flags])}", "events": events}
        print(f"\nwrote {record(room, args.model, out, judged | _sizes(room, parts), tables_only)}")


def _silence(room: Room, config: Settings, generator: Any) -> None:
    """Set to 0 what the network of `generator` adds to its coordinates; InputError where there is no such part."""
    layer = room.adds and room.adds(config, generator.model)
    if not layer:
        raise InputError(f"{generator.name}: has no coordinates that stand without its network, expected another model")
    layer.set_weights([0 * values for values in layer.get_weights()])


def _events(
    room: Room, config: Settings, card: Mapping[str, Any], data: bool, fresh: int | None
) -> tuple[Mapping[str, Any], str]:
    """The parts that the model of `card` is judged by, and what they are in words.

    New ones by the seed `fresh`; those of its own data, if `data` names them or they come with the room; or the sample
    that the room holds out. Raises InputError where none of these can be had.
    """
    if fresh is not None:
        if str(fresh) == card["data"]["provenance"].get("seed"):
            raise InputError(f"--fresh is {fresh}, the seed of the events that were trained on, expected another")
        parts = {**_same_events(room, config, card), "test": room.fresh(config, fresh)}  # type: ignore[misc]
        return parts, f"simulated with seed {fresh}"
    if room.held_out and not data and (parts := room.held_out(config, card)):
        return parts, "the held-out sample of this repository"
    return _same_events(room, config, card), f"the part of {card['data']['name']} that the training held out"


def _sizes(room: Room, parts: Mapping[str, Any]) -> dict[str, int]:
    return {name: room.size(parts[name]) for name in ("train", "test")}


def recorded(room: Room, card: Mapping[str, Any]) -> Settings:
    """The configuration that made the model with the card `card`; its data are the room's own."""
    if card["reproduction"] != room.package:
        raise InputError(f"{card['name']}: is a model of {card['reproduction']}, expected one of {room.package}")
    if "config" not in card["training"]:
        raise InputError(f"{card['name']}: its card has no configuration, expected one that release wrote")
    return dataclasses.replace(cli.from_plain(card["training"]["config"], room.config), data=None, start=None)


def _same_events(room: Room, config: Settings, card: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parts of the events that the model was trained on: only its own split knows what was held out.

    They come from the same file, or from one that its attributes say was simulated alike, or converted from the same
    file: libraries may change bytes.
    Raises InputError for others.
    """
    from zoo.data import hdf5
    from zoo.data.files import sha256

    trained, source = card["data"], room.source(config)
    refusal = (
        f"{source}: is not the file that {card['name']} was trained on ({trained['name']}), "
        "expected with --data: only its split knows the held-out events"
    )
    same = sha256(source) == trained["sha256"]
    if not same:
        ours, theirs = ({**one, **ASIDE} for one in (hdf5.provenance(source), trained["provenance"]))
        if not {"seed", "sha256"} & set(theirs) or ours != theirs:
            raise InputError(refusal)
    parts = room.load(config)
    if not same:
        if {name: room.size(part) for name, part in parts.items()} != trained["events"]:
            raise InputError(refusal)
        _say(f"{source}: has other bytes than the file of the training, but its generator, settings and seed or source")
    return parts


def release_parser(room: Room) -> cli.Parser:
    """The flags of ``release``."""
    found = cli.Parser(
        prog=f"{room.command} release",
        usage="%(prog)s RUN [options]",
        what="Turn a finished run into released weights: its best generator, loaded again and judged, with a card.",
        example=f"{room.command} release runs/NAME",
    )
    found.add_argument_group("which run").add_argument("run", type=Path, metavar="FOLDER", help="of the run")
    where = found.add_argument_group(RUN)
    text = "to write to (weights)"
    where.add_argument("--weights", type=Path, default=Path("weights"), metavar="FOLDER", help=text)
    where.add_argument("--name", metavar="NAME", help="of the model (default: what its configuration makes it)")
    return found


def release(room: Room, arguments: Sequence[str]) -> None:
    """Turn a finished run into released weights."""
    args = release_parser(room).parse_args(arguments)

    from zoo.training.release import release as release_run

    _say(f"{room.command} release: stores the best generator of {args.run}, loads it again and judges it")
    print(f"\nwrote {release_run(room, args.run, args.weights, args.name)}")


def simulation_parser(room: Room) -> cli.Parser:
    """The flags of ``simulate``."""
    module = room.module("simulate")
    found = cli.Parser(
        prog=f"{room.command} simulate", usage="%(prog)s --events N --out FILE [options]", what=module.__doc__
    )
    cli.add_flags(found, module.SIMULATION.flags, order=(SIMULATED, NUMBER, RUN))
    return found


def simulate(room: Room, arguments: Sequence[str]) -> None:
    """Make events."""
    from zoo.data.files import check_writable

    simulation: Simulation = room.module("simulate").SIMULATION
    flags = cli.config_from(simulation_parser(room).parse_args(arguments), simulation.flags)
    if flags.out.exists() and not flags.overwrite:
        raise InputError(f"{flags.out}: exists already (--overwrite replaces it)")
    check_writable(flags.out)
    _say(f"{room.command} simulate: makes {flags.events:,} events in {flags.out}")
    print(simulation.simulate(flags, f"{room.command} simulate {shlex.join(arguments)}"))


def claims_parser(room: Room) -> cli.Parser:
    """The flags of ``claims``: none."""
    return cli.Parser(
        prog=f"{room.command} claims",
        usage="%(prog)s",
        what="Write claims.json and the table in the room's README, from its claims.py and the cards of its models.",
        example=f"{room.command} claims",
    )


def compare(room: Room, arguments: Sequence[str]) -> None:
    """Ways to teach one generator, head to head."""
    from zoo.training import comparison

    comparison.command(room, arguments)


def claims(room: Room, arguments: Sequence[str]) -> None:
    """Write claims.json and the table in the room's README, from the room's claims.py and the cards of its models."""
    from zoo import claims as ledger

    claims_parser(room).parse_args(arguments)
    module = room.module("claims")
    folder = Path(str(module.__file__)).parent
    lines = ledger.write(module.CLAIMS, folder)
    print(f"{ledger.table(lines)}\n\n{ledger.summary(lines)}\nwrote {folder / ledger.FILE} and the table in README.md")


def complete(room: Room, arguments: Sequence[str]) -> None:
    """Print a script for completion by the tab key."""
    found = cli.Parser(
        prog=f"{room.command} completion",
        usage="%(prog)s SHELL",
        what=f"Print a script after which the tab key completes the commands and flags of `{room.command}`.",
        example=f"{room.command} completion bash >> ~/.bash_completion",
    )
    completion.add_shell(found)
    shell = found.parse_args(arguments).shell
    whole = training_parser(room)
    commands = whole.add_subparsers(parser_class=cli.Parser)
    from zoo.training import comparison

    parts = {"evaluate": evaluation_parser, "release": release_parser, "simulate": simulation_parser}
    for name, part in (parts | {"compare": comparison.parser, "claims": claims_parser}).items():
        commands.add_parser(name, help=name, parents=[part(room)], conflict_handler="resolve")
    completion.add_shell(commands.add_parser("completion", help="completion"))
    print(completion.script(whole, room.package, shell, registry.list_models()))


def _say(line: str) -> None:
    print(line, flush=True)


def _tell(folder: Path, page: Path | None) -> None:
    shown = f"; all of it on a page: {page}" if page else ""
    print(f"\nFigures, metrics.json and distributions.h5 are in {folder}{shown}")
