"""python -m zoo COMMAND: the zoo from the command line; --help lists the commands."""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zoo import __version__, citation, headline, optional, registry
from zoo.cli import check_seed, run
from zoo.errors import InputError


def main(argv: list[str] | None = None) -> None:
    """Parse the command and do it."""
    parser = argparse.ArgumentParser(prog="python -m zoo", description=__doc__)
    parser.add_argument("--version", action="version", version=f"hep-generative-zoo {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="list the models")
    listing.add_argument("pattern", nargs="?", default="*", help='such as "calogan*"')
    form = listing.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const=as_json, help="what cards say first, as JSON")
    form.add_argument("--markdown", dest="form", action="store_const", const=as_markdown, help="the README's table")
    listing.set_defaults(form=as_lines, do=lambda args: list_models(args.pattern, args.form))

    describing = commands.add_parser("describe", help="print a model's paper, inputs, outputs, training and metrics")
    describing.add_argument("name", help="a model's name or folder")
    describing.set_defaults(do=lambda args: print(registry.describe(args.name)))

    generating = commands.add_parser(
        "generate",
        usage="python -m zoo generate NAME -n N -o OUT [options]",
        help="generate events into an HDF5 file",
        epilog="python -m zoo generate NAME --help shows the conditions of that model and all options.",
    )
    generating.add_argument("name", metavar="NAME", help="a model's name or folder")
    generating.add_argument("options", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    generating.set_defaults(do=lambda args: generate(args.name, args.options))

    verifying = commands.add_parser("verify", help="check the files of a production, of generate --events-per-file")
    verifying.add_argument("folder", type=Path, metavar="FOLDER", help="its folder")
    verifying.set_defaults(do=lambda args: verify(args.folder))

    citing = commands.add_parser("cite", help="print BibTeX of a model's paper and of this repository")
    citing.add_argument("name", help="a model's name or folder")
    citing.set_defaults(do=lambda args: print(citation.bibtex(registry.read_card(args.name))))

    evaluating = commands.add_parser("evaluate", help="compare a file of events, of any model, with a reference")
    evaluating.add_argument("file", metavar="FILE", help="events to judge")
    evaluating.add_argument("--reference", required=True, metavar="FILE", help="true events in the same layout")
    layouts = "table (HDF5, .npz, Parquet, ROOT), calochallenge, or MODULE:FUNCTION of a room"
    evaluating.add_argument("--layout", default="table", help=f"{layouts} (%(default)s)")
    evaluating.add_argument("--conditions", nargs="+", metavar="NAME", help="columns of a table that were asked for")
    evaluating.add_argument("--geometry", metavar="XML", help="binning of the calochallenge layout")
    evaluating.add_argument("--particle", help="whose binning, if the XML has several")
    evaluating.add_argument("--json", type=Path, metavar="OUT", help="file for all numbers")
    evaluating.add_argument("--seed", type=int, default=0, help="of classifiers and bootstraps (%(default)s)")
    evaluating.set_defaults(do=evaluate)

    exporting = commands.add_parser("export", help="write a model for programs in C++ and C: ONNX, SavedModel, C")
    exporting.add_argument("name", help="a model's name or folder")
    exporting.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="new folder to write")
    exporting.add_argument("--format", default="onnx", help="onnx, savedmodel or c (onnx)")
    exporting.add_argument("--layout", default="named", help="named, or flat: one input, one output (named)")
    exporting.add_argument("--opset", type=int, default=17, help="version of ONNX's operators, 13 to 18 (17)")
    exporting.add_argument(
        "--dtype", default="float32", help="how ONNX stores kernels: float32, float16, int8 (float32)"
    )
    exporting.set_defaults(do=export_model)

    packing = commands.add_parser("pack", help="write a model, with a README.md, to a file for somebody else")
    packing.add_argument("name", help="a model's name or folder")
    packing.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="zip file to write")
    packing.add_argument("--onnx", action="store_true", help="with the network as ONNX, to sample without TensorFlow")
    packing.set_defaults(do=pack)

    adding = commands.add_parser("add", help="take in a model that somebody else has packed")
    adding.add_argument("file", type=Path, metavar="FILE", help="zip file that pack wrote")
    adding.add_argument("--to", type=Path, metavar="FOLDER", help="folder of models (default: the user's cache)")
    adding.add_argument("--overwrite", action="store_true", help="replace a model of the same name there")
    adding.set_defaults(do=add)

    args = parser.parse_args(argv)
    args.do(args)


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
    if args.output.exists():
        raise InputError(f"{args.output}: exists already, expected a new folder")
    options = {name: getattr(args, name) for name in ("format", "layout", "opset", "dtype")}
    from zoo.export import export

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
    """A JSON array of the cards, without training, data, metrics, hashes and the noise, which `describe` shows."""
    left_out = {"latent", "training", "data", "metrics", "sha256"}
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
    from zoo.production import folder

    events, faults = folder.verify(path)
    for line in faults:
        print(line)
    if faults:
        raise InputError(f"{path}: {len(faults)} faults, the command that made it makes what is missing or damaged")
    print(f"{path}: {events} events, all as they were written")


def evaluate(args: argparse.Namespace) -> None:
    """Print how far the events of one file are from those of another, and write all numbers as JSON if asked to."""
    check_seed("--seed", args.seed)

    optional.check("the comparison", "train", optional.TRAIN)
    from zoo import evaluation
    from zoo.data.files import atomic

    options = {"conditions": args.conditions, "geometry": args.geometry, "particle": args.particle}
    samples = [evaluation.read(path, args.layout, options) for path in (args.file, args.reference)]
    metrics = evaluation.compare(*samples, seed=args.seed)
    print(evaluation.format_table(metrics))
    if args.json:
        with atomic(args.json) as temporary:
            temporary.write_text(json.dumps(metrics, indent=1, allow_nan=False) + "\n")
        print(f"\nall numbers are in {args.json}")


def _options(name: str, card: Mapping[str, Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m zoo generate {name}", description=card["title"])
    parser.add_argument("-n", "--events", type=int, metavar="N", help="number of events (the rows of --conditions)")
    parser.add_argument("-o", "--out", dest="output", type=Path, required=True, metavar="FILE", help="file to write")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same events (0)")
    parser.add_argument("--format", help="hdf5, parquet, root, calochallenge (that of the suffix, or hdf5)")
    parser.add_argument("--batch-size", type=int, default=1024, help="events generated at once (1024)")
    parser.add_argument("--runtime", default="keras", help="what runs the network: keras or onnx (keras)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")

    asked = parser.add_argument_group(
        "conditions", "a value; twice the values are a uniform range, low, then high; log:LOW:HIGH is a logarithmic one"
    )
    for key, spec in card["conditions"].items():
        low, high = spec["range"]
        text = f"in {spec['unit']}, trained on {low} to {high}"
        asked.add_argument(f"--{key.replace('_', '-')}", nargs="+", metavar="X", help=text)
    columns = "a file (HDF5, Parquet, ROOT or ROOT:TREE) with a row for each event: columns by the names of conditions"
    asked.add_argument("--conditions", metavar="FILE", help=columns)

    many = parser.add_argument_group("a folder of many files", "finished ones stay, missing or damaged ones are made")
    many.add_argument("--events-per-file", type=int, metavar="K", help="make FILE a folder, of files of so many events")
    many.add_argument("--jobs", type=int, metavar="N", help="processes of one thread each")
    many.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, whose workers make the files")
    many.add_argument("--shard", metavar="I/N", help="make only shard I of N, every Nth file")
    return parser


if __name__ == "__main__":
    run(main)
