"""python -m zoo COMMAND: the zoo from the command line; --help lists the commands."""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from zoo import __version__, citation, completion, example, headline, optional, registry
from zoo.cli import Parser, check_seed, run
from zoo.errors import InputError

Commands = Any  # what argparse's add_subparsers gives
MODEL = "a model's name, NAME@VERSION or folder"


def main(argv: list[str] | None = None) -> None:
    """Parse the command and do it."""
    args = parser().parse_args(argv)
    args.do(args)


def parser() -> Parser:
    """The parser of all commands, in the order in which a newcomer needs them."""
    found = Parser(
        prog="python -m zoo",
        what="Trained generators of particle-physics events: look at them, draw events, judge any sample.",
        example="python -m zoo list\n"
        "python -m zoo generate calogan_piplus_plus -n 1000 --energy 1 100 --seed 1 -o showers.h5",
        epilog="each command has --help; a reproduction trains: python -m reproductions.calogan --help",
    )
    found.add_argument("--version", action="version", version=f"hep-generative-zoo {__version__}")
    commands = found.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (_list, _describe, _report, _generate, _verify, _export, _evaluate, _cite, _pack, _add, _completion):
        add(commands)
    return found


def _list(commands: Commands) -> None:
    one = commands.add_parser(
        "list",
        help="list the models",
        usage="%(prog)s [PATTERN] [--json | --markdown]",
        what="List the models that are here or can be downloaded, each with its title.",
        example='python -m zoo list "calogan*"',
    )
    one.add_argument_group("which").add_argument("pattern", nargs="?", default="*", metavar="PATTERN", help="of names")
    form = one.add_argument_group("in which form").add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const=as_json, help="what cards say first, as JSON")
    form.add_argument("--markdown", dest="form", action="store_const", const=as_markdown, help="the README's table")
    one.set_defaults(form=as_lines, do=lambda args: list_models(args.pattern, args.form))


def _describe(commands: Commands) -> None:
    one = commands.add_parser(
        "describe",
        help="print a model's paper, inputs, outputs, training and metrics",
        usage="%(prog)s NAME",
        what="Print the card of a model: its paper, inputs, outputs, training and metrics.",
        example="python -m zoo describe calogan_piplus_plus",
    )
    _model(one)
    one.set_defaults(do=lambda args: print(registry.describe(args.name)))


def _report(commands: Commands) -> None:
    one = commands.add_parser(
        "report",
        help="write a page to look at: one HTML file, readable offline",
        usage="%(prog)s NAME [-o FILE] [--compare NAME ...]",
        what="Write a page of a model or of a training run: what it is, every number, its histograms and training, "
        "how to use it.",
        example="python -m zoo report ecal_gan --compare ecal_gan_direct -o ecal.html",
    )
    _model(one, f"{MODEL}, or the folder of a training run")
    what = one.add_argument_group("what is shown")
    what.add_argument("--compare", nargs="+", default=[], metavar="NAME", help="others to stand beside it")
    text = "folder of `python -m reproductions.ROOM evaluate NAME`: all that it found, slices of conditions among it"
    what.add_argument("--evaluation", type=Path, metavar="FOLDER", help=text)
    where = one.add_argument_group("where")
    where.add_argument("-o", "--output", type=Path, metavar="FILE", help="page to write (NAME.html)")
    one.set_defaults(do=report)


def _generate(commands: Commands) -> None:
    one = commands.add_parser(
        "generate",
        help="generate events into a file, or a folder of files",
        usage="%(prog)s NAME -n N -o FILE [options]",
        what="Generate events of a model into a file, or a folder of files.",
        example="python -m zoo generate calogan_piplus_plus -n 1000 --energy 1 100 --seed 1 -o showers.h5",
        epilog="python -m zoo generate NAME --help shows the conditions of that model and all options.",
    )
    _model(one)
    one.add_argument("options", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    one.set_defaults(do=lambda args: generate(args.name, args.options))


def _verify(commands: Commands) -> None:
    one = commands.add_parser(
        "verify",
        help="check the files of a production, of generate --events-per-file",
        usage="%(prog)s FOLDER",
        what="Check that the files of a production are all there and as they were written.",
        example="python -m zoo verify showers",
    )
    one.add_argument_group("which production").add_argument("folder", type=Path, metavar="FOLDER", help="its folder")
    one.set_defaults(do=lambda args: verify(args.folder))


def _export(commands: Commands) -> None:
    one = commands.add_parser(
        "export",
        help="write a model for programs in C++ and C: ONNX, SavedModel, C",
        usage="%(prog)s NAME -o FOLDER [options]",
        what="Write a model for programs in C++ and C, with an example and eight events to check it by.",
        example="python -m zoo export calogan_piplus_plus -o calogan_piplus_plus",
    )
    _model(one)
    form = one.add_argument_group("in which form")
    form.add_argument("--format", default="onnx", metavar="NAME", help="onnx, savedmodel or c (onnx)")
    form.add_argument("--layout", default="named", metavar="NAME", help="named, or flat: one input, one output (named)")
    form.add_argument("--opset", type=int, default=17, metavar="N", help="version of ONNX's operators, 13 to 18 (17)")
    text = "how ONNX stores kernels: float32, float16, int8 (float32)"
    form.add_argument("--dtype", default="float32", metavar="NAME", help=text)
    where = one.add_argument_group("where")
    where.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="new folder to write")
    one.set_defaults(do=export_model)


def _evaluate(commands: Commands) -> None:
    one = commands.add_parser(
        "evaluate",
        help="compare a file of events, of any model, with a reference",
        usage="%(prog)s FILE --reference FILE [options]",
        what="Compare a file of events, of this zoo or of any other program, with true events: distances, classifiers, "
        "slices of conditions, each number with its uncertainty and floor. It takes minutes.",
        example="python -m zoo evaluate showers.h5 --reference reproductions/calogan/sample/piplus.h5 \\\n"
        "    --layout reproductions.calogan.evaluate:layout --html showers.html",
    )
    events = one.add_argument_group("which events")
    events.add_argument("file", metavar="FILE", help="events to judge")
    events.add_argument("--reference", required=True, metavar="FILE", help="true events in the same layout")
    layout = one.add_argument_group("how they are read")
    layouts = "table (HDF5, .npz, Parquet, ROOT), calochallenge, or MODULE:FUNCTION of a room"
    layout.add_argument("--layout", default="table", metavar="NAME", help=f"{layouts} (%(default)s)")
    layout.add_argument("--conditions", nargs="+", metavar="NAME", help="columns of a table that were asked for")
    layout.add_argument("--geometry", metavar="XML", help="binning of the calochallenge layout")
    layout.add_argument("--particle", metavar="NAME", help="whose binning, if the XML has several")
    where = one.add_argument_group("where")
    where.add_argument("--json", type=Path, metavar="OUT", help="file for all numbers")
    where.add_argument("--html", type=Path, metavar="OUT", help="page with all numbers and histograms")
    how = one.add_argument_group("how")
    how.add_argument("--seed", type=int, default=0, metavar="N", help="of classifiers and bootstraps (%(default)s)")
    one.set_defaults(do=evaluate)


def _cite(commands: Commands) -> None:
    one = commands.add_parser(
        "cite",
        help="print BibTeX of a model's paper and of this repository",
        usage="%(prog)s NAME",
        what="Print BibTeX of a model's paper and of this repository.",
        example="python -m zoo cite calogan_piplus_plus >> references.bib",
    )
    _model(one)
    one.set_defaults(do=lambda args: print(citation.bibtex(registry.read_card(args.name))))


def _pack(commands: Commands) -> None:
    one = commands.add_parser(
        "pack",
        help="write a model, with a README.md, to a file for somebody else",
        usage="%(prog)s NAME -o FILE [--onnx]",
        what="Write a model, with a README.md that hubs read, to a file for somebody else.",
        example="python -m zoo pack tpc_gan -o tpc_gan.zip",
    )
    _model(one)
    text = "with the network as ONNX, to sample without TensorFlow"
    one.add_argument_group("in which form").add_argument("--onnx", action="store_true", help=text)
    where = one.add_argument_group("where")
    where.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="zip file to write")
    one.set_defaults(do=pack)


def _add(commands: Commands) -> None:
    one = commands.add_parser(
        "add",
        help="take in a model that somebody else has packed",
        usage="%(prog)s FILE [--to FOLDER] [--overwrite]",
        what="Take in a model that somebody else has packed, so that its name loads it.",
        example="python -m zoo add tpc_gan.zip",
    )
    one.add_argument_group("which model").add_argument("file", type=Path, metavar="FILE", help="zip that pack wrote")
    where = one.add_argument_group("where")
    where.add_argument("--to", type=Path, metavar="FOLDER", help="folder of models (default: the user's cache)")
    where.add_argument("--overwrite", action="store_true", help="replace a model of the same name there")
    one.set_defaults(do=add)


def _completion(commands: Commands) -> None:
    one = commands.add_parser(
        "completion",
        help="print a script for completion by the tab key, of bash or zsh",
        usage="%(prog)s SHELL",
        what="Print a script after which the tab key completes commands, flags and models of `python -m zoo`. Each "
        "reproduction prints its own.",
        example="python -m zoo completion bash >> ~/.bash_completion",
    )
    completion.add_shell(one)
    one.set_defaults(do=lambda args: print(completion.script(parser(), "zoo", args.shell, registry.list_models())))


def _model(one: argparse.ArgumentParser, help: str = MODEL) -> None:
    action = one.add_argument_group("which model").add_argument("name", metavar="NAME", help=help)
    completion.complete_models(action)


def report(args: argparse.Namespace) -> None:
    """Write the page of a model or run, others beside it."""
    optional.check("a page", "train", optional.TRAIN)
    from zoo import report

    names = [args.name, *args.compare]
    if args.evaluation and args.compare:
        raise InputError("--evaluation and --compare are both given, expected one of them")
    if len(args.compare) > 4:
        raise InputError(f"--compare puts {len(args.compare)} models beside {args.name}, expected at most 4")
    first, *others = (report.subject(name, args.evaluation) for name in names)
    output = args.output or Path(f"{first.name}.html")
    report.write(output, report.model(first, others))
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, to be opened by any browser")


def pack(args: argparse.Namespace) -> None:
    """Write the model `args.name` to the zip file `args.output`."""
    from zoo import sharing

    path = sharing.pack(args.name, args.output, args.onnx)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB; python -m zoo add {path.name} takes it in elsewhere")


def add(args: argparse.Namespace) -> None:
    """Take in the model in the zip file `args.file`, and say by what it is loaded."""
    from zoo import sharing

    folder = sharing.add(args.file, args.to, args.overwrite)
    try:
        found = registry.find(folder.name)
    except InputError:
        found = None
    first = found is not None and found.resolve() == folder.resolve()
    name = folder.name if first else folder  # another of that name is found first, or nobody looks there
    print(f'{folder}: zoo.load("{name}") loads it')


def export_model(args: argparse.Namespace) -> None:
    """Write the model `args.name` for other programs into the folder `args.output`."""
    options = {name: getattr(args, name) for name in ("format", "layout", "opset", "dtype")}
    from zoo.export import check, export

    check(args.output, **options)
    folder = export(registry.load(args.name), args.output, **options)
    print(f"{folder}: " + ", ".join(sorted(path.name for path in folder.iterdir())))


def list_models(pattern: str, form: Callable[[list[dict[str, Any]]], str]) -> None:
    """Print the models whose names match `pattern`, their cards in the `form` that is asked for.

    Raises InputError when there is none, and for cards that cannot be read when all others are printed.
    """
    cards, broken = [], []
    for name in registry.list_models(pattern):
        try:
            cards.append(registry.read_card(name))
        except InputError as error:
            broken.append(str(error))
    if text := form(cards):
        print(text)
    if broken:
        raise InputError("; ".join(broken))
    if not cards:
        raise InputError(f"there is no model '{pattern}' ({registry.looked_in()})")


def as_lines(cards: list[dict[str, Any]]) -> str:
    """A line for each model: its name and its title, and whether it must be downloaded."""
    width = max((len(card["name"]) for card in cards), default=0)

    def line(name: str, title: str) -> str:
        return f"{name:<{width}}  {title}" + ("" if registry.at_hand(name) else " (downloaded on first use)")

    return "\n".join(line(card["name"], card["title"]) for card in cards)


def as_json(cards: list[dict[str, Any]]) -> str:
    """A JSON array of the cards, without training, data, what they are judged by, hashes and the noise."""
    left_out = {"latent", "training", "data", "judged", "metrics", "tables_only", "slices", "sha256"}
    return json.dumps([{key: card[key] for key in card if key not in left_out} for card in cards], indent=1)


def as_markdown(cards: list[dict[str, Any]]) -> str:
    """The table of models that stands in the README."""
    return headline.table(cards)


def generate(name: str, options: list[str]) -> None:
    """Write events of the model `name`: its conditions (n, k) and its outputs (n, *shape), float32."""
    card = registry.read_card(name)
    parser = _options(name, card)
    args = parser.parse_args(options, argparse.Namespace(name=name))
    needed = {f"--{key.replace('_', '-')}": getattr(args, key) for key in card["conditions"]} | {"-n": args.events}
    missing = [flag for flag, value in needed.items() if value is None]
    if missing and not args.conditions:
        parser.error(f"the following arguments are required: {', '.join(missing)}, or --conditions")

    from zoo.production import generate

    generate.generate(args, card)


def verify(path: Path) -> None:
    """Print what is wrong with the folder of a production. Raises InputError if something is."""
    from zoo.production import generate

    events, faults = generate.verify(path)
    for line in faults:
        print(line)
    if faults:
        raise InputError(f"{path}: {len(faults)} faults, the command that made it makes what is missing or damaged")
    print(f"{path}: {events} events, all as they were written")


def evaluate(args: argparse.Namespace) -> None:
    """Print how far the events of one file are from those of another, and write numbers and page where asked to."""
    check_seed("--seed", args.seed)

    optional.check("the comparison", "train", optional.TRAIN)
    from zoo import evaluation
    from zoo.data.files import atomic

    _check_outputs({"--json": args.json, "--html": args.html}, (args.file, args.reference))
    options = {"conditions": args.conditions, "geometry": args.geometry, "particle": args.particle}
    samples = [evaluation.read(path, args.layout, options) for path in (args.file, args.reference)]
    metrics = evaluation.compare(*samples, seed=args.seed)
    print(evaluation.format_table(metrics))
    if args.json:
        with atomic(args.json) as temporary:
            temporary.write_text(json.dumps(metrics, indent=1, allow_nan=False) + "\n")
        print(f"\nall numbers are in {args.json}")
    if args.html:
        from zoo import report

        report.write(args.html, report.evaluation(Path(args.file).name, Path(args.reference).name, samples, metrics))
        print(f"\nthe page is {args.html}")


def _check_outputs(outputs: Mapping[str, Path | None], inputs: Iterable[str]) -> None:
    """Raise InputError for `outputs`, by their flags, that cannot be written or are another file of the command."""
    from zoo.data.files import check_writable
    from zoo.data.tables import split

    taken = {split(path)[0].resolve() for path in inputs}
    for flag, path in outputs.items():
        if path is not None:
            if path.resolve() in taken:
                raise InputError(f"{flag} {path}: is another file of this command, expected a name of its own")
            taken.add(path.resolve())
            check_writable(path)


def _options(name: str, card: Mapping[str, Any]) -> argparse.ArgumentParser:
    command = f"python -m zoo generate {name}"
    asked = "".join(f" --{key.replace('_', '-')} X" for key in card["conditions"])
    found = Parser(
        prog=command,
        usage=f"{command} -n N -o FILE{asked} [options]",
        what=f"Generate events: {card['title']}.",
        example=example.command(card),
    )
    text = "a value; twice the values are a uniform range, low, then high; log:LOW:HIGH is a logarithmic one"
    conditions = found.add_argument_group("conditions", text)
    for key, spec in card["conditions"].items():
        low, high = (" ".join(f"{x:g}" for x in (one if spec["shape"] else [one])) for one in spec["range"])
        text = f"in {spec['unit']}, trained on {low} to {high}" if spec["unit"] else f"trained on {low} to {high}"
        # argparse formats help with %, and a unit may be one
        conditions.add_argument(f"--{key.replace('_', '-')}", nargs="+", metavar="X", help=text.replace("%", "%%"))
    columns = "a file (HDF5, Parquet, ROOT or ROOT:TREE) with a row for each event: columns by the names of conditions"
    conditions.add_argument("--conditions", metavar="FILE", help=columns)

    events = found.add_argument_group("which events")
    events.add_argument("-n", "--events", type=int, metavar="N", help="number of events (the rows of --conditions)")
    events.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same events (0)")

    how = found.add_argument_group("how")
    how.add_argument("--batch-size", type=int, default=1024, metavar="N", help="events generated at once (1024)")
    how.add_argument("--runtime", default="keras", metavar="NAME", help="what runs the network: keras or onnx (keras)")

    where = found.add_argument_group("where")
    where.add_argument("-o", "--out", dest="output", type=Path, required=True, metavar="FILE", help="file to write")
    text = "hdf5, parquet, root, calochallenge (that of the suffix, or hdf5)"
    where.add_argument("--format", metavar="NAME", help=text)
    where.add_argument("--overwrite", action="store_true", help="replace an existing file")

    many = found.add_argument_group("a folder of many files", "finished ones stay, missing or damaged ones are made")
    many.add_argument("--events-per-file", type=int, metavar="K", help="make FILE a folder, of files of so many events")
    many.add_argument("--jobs", type=int, metavar="N", help="processes of one thread each")
    many.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, whose workers make the files")
    many.add_argument("--shard", metavar="I/N", help="make only shard I of N, every Nth file")
    return found


if __name__ == "__main__":
    run(main)
