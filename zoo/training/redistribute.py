"""Saved distributions made anew from the same conditions and seeds: ``python -m zoo.training.redistribute [NAME ...]``.

For a change of how noise is drawn, which changes every sample but no generator. Cards keep the metrics that were
measured when the model was released; the hash of distributions.h5 is that of the new file.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from zoo import cli, registry
from zoo.data import distributions
from zoo.data.files import atomic, sha256

SAVED = "distributions.h5"


def redistribute(folder: Path) -> dict[str, float]:
    """Replace the generated histograms in the model's `folder`, and their hash in its card.

    Returns the share of events in another bin than before, by histogram.
    """
    card = registry.read_card(folder)
    old = distributions.read(registry.verified(folder, SAVED))
    generator = registry.load(folder)
    asked: dict[str, Any] = old.conditions
    events = generator.sample(int(old.attributes["generated"]), int(old.attributes["seed"]), **asked)
    counts = import_module(f"{card['reproduction']}.observables").histograms({**old.conditions, **events})
    counts = {name: counts[name] for name in old.generated}
    distributions.write(folder / SAVED, old._replace(generated=counts))
    card["sha256"][SAVED] = sha256(folder / SAVED)
    with atomic(folder / "card.json") as temporary:
        temporary.write_text(json.dumps(card, indent=1) + "\n")
    return {name: np.abs(counts[name] - was).sum() / 2 / max(was.sum(), 1) for name, was in old.generated.items()}


def main() -> None:
    """Make the distributions of models anew from the command line."""
    parser = cli.Parser(
        prog="python -m zoo.training.redistribute", what=__doc__, example="python -m zoo.training.redistribute tpc_gan"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="names or folders of models (all)")
    for name in parser.parse_args().names or registry.list_models():
        changes = redistribute(registry.find(name))
        worst = max(changes, key=lambda histogram: changes[histogram])
        print(f"{name}: at most {changes[worst]:.4f} of the events change their bin ({worst})")


if __name__ == "__main__":
    cli.run(main)
