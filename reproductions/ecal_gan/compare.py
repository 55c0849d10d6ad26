"""The asymmetries of several models beside each other:

python -m reproductions.ecal_gan.compare ecal_gan ecal_gan_direct --data electrons.h5 --out asymmetries.png
"""

from pathlib import Path

from reproductions.ecal_gan.data import conditions, load, split
from reproductions.ecal_gan.figures import asymmetries
from reproductions.ecal_gan.observables import OBSERVABLES, histograms, observables
from zoo.cli import Parser, run
from zoo.data.files import sha256
from zoo.errors import InputError
from zoo.metrics import kolmogorov_smirnov


def main() -> None:
    """Draw the asymmetries of several models from the command line."""
    parser = Parser(
        prog="python -m reproductions.ecal_gan.compare",
        what="Draw the asymmetries of several models.",
        example="python -m reproductions.ecal_gan.compare ecal_gan ecal_gan_direct --data electrons.h5 --out a.png",
    )
    parser.add_argument("models", nargs="+", help="names or folders of models that were trained on the same data")
    parser.add_argument("--data", type=Path, required=True, help="the file that they were trained on")
    parser.add_argument("--out", type=Path, required=True, help="PNG to write")
    parser.add_argument("--seed", type=int, default=0, help="of the generated showers (0)")
    args = parser.parse_args()

    import zoo

    generators = [zoo.load(model) for model in args.models]
    hashes = {generator.card["data"]["sha256"] for generator in generators} | {sha256(args.data)}
    seeds = {generator.card["training"]["seed"] for generator in generators}
    if len(hashes) > 1 or len(seeds) > 1:
        raise InputError(f"{args.data}: is not the file, or not the split, that all the models were trained on")
    reference = split(load(args.data), seeds.pop())["test"]
    asked, true = conditions(reference), observables(reference)
    counts, distances = {}, {}
    for generator in generators:
        made = asked | generator.sample(
            len(asked["point"]), args.seed, momentum=asked["momentum"], point=asked["point"]
        )
        found = observables(made)
        counts[generator.name] = histograms(made)
        distances[generator.name] = {
            name: kolmogorov_smirnov(found[name], true[name], seed=args.seed) for name in OBSERVABLES
        }
    asymmetries(args.out, counts, histograms(reference), distances)
    print(args.out)


if __name__ == "__main__":
    run(main)
