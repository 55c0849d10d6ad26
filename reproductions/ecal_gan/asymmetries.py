"""The asymmetries of several models beside each other, and beside the showers that come with the repository:

python -m reproductions.ecal_gan.asymmetries ecal_gan ecal_gan_direct --out asymmetries.png
"""

from pathlib import Path

from reproductions.ecal_gan import figures
from reproductions.ecal_gan.data import conditions, held_out
from reproductions.ecal_gan.observables import OBSERVABLES, histograms, observables
from zoo.cli import Parser, run
from zoo.errors import InputError
from zoo.metrics import kolmogorov_smirnov


def main() -> None:
    """Draw the asymmetries of several models from the command line."""
    command = "python -m reproductions.ecal_gan.asymmetries"
    parser = Parser(
        prog=command,
        what="Draw the asymmetries of several models beside those of the held-out showers.",
        example=f"{command} ecal_gan ecal_gan_direct --out asymmetries.png",
    )
    parser.add_argument("models", nargs="+", help="names or folders of models that did not learn from these showers")
    parser.add_argument("--out", type=Path, required=True, help="PNG to write")
    parser.add_argument("--seed", type=int, default=0, help="of the generated showers (0)")
    args = parser.parse_args()

    import zoo

    counts, distances = {}, {}
    for model in args.models:
        generator = zoo.load(model)
        parts = held_out(generator.card)
        if parts is None:
            raise InputError(f"{model}: sample/held_out.h5 was not held out of its training, expected another model")
        reference = parts["test"]
        asked, true = conditions(reference), observables(reference)
        showers = generator.sample(len(asked["point"]), args.seed, momentum=asked["momentum"], point=asked["point"])
        made = asked | showers
        found = observables(made)
        counts[generator.name] = histograms(made)
        distances[generator.name] = {
            name: kolmogorov_smirnov(found[name], true[name], seed=args.seed) for name in OBSERVABLES
        }
    figures.asymmetries(args.out, counts, histograms(reference), distances)
    print(args.out)


if __name__ == "__main__":
    run(main)
