"""The picture of the front page: three particles, ours beside Geant4 and the published GAN, from saved histograms."""

from pathlib import Path

from reproductions.calogan import figures
from zoo import registry
from zoo.cli import Parser, run
from zoo.data import distributions

NAMES = ("calogan_eplus_plus", "calogan_gamma_plus", "calogan_piplus_plus")


def draw(path: Path, names: tuple[str, ...] = NAMES) -> None:
    """Write the picture of the models `names` to the file `path`."""
    counts = {}
    for name in names:
        saved = distributions.read(registry.verified(name, "distributions.h5"))
        counts[saved.attributes["particle"]] = {source: getattr(saved, source) for source in distributions.SOURCES}
    figures.particles(path, counts)


def main() -> None:
    """Draw from the command line."""
    command = "python -m reproductions.calogan.picture"
    parser = Parser(prog=command, what=__doc__, example=f"{command} --out reproductions/calogan/particles.png")
    out = Path("reproductions/calogan/particles.png")
    parser.add_argument("--out", type=Path, default=out, metavar="FILE", help="PNG to write (%(default)s)")
    path = parser.parse_args().out
    draw(path)
    print(path)


if __name__ == "__main__":
    run(main)
