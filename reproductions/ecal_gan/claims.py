"""What the papers (arXiv:1812.01319, 2207.06329) claim, and how it was tried here.

``python -m reproductions.ecal_gan claims``. Each generator is compared with its own Geant4, which is not like for like.
comparison.json is what the command ``compare`` left.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from zoo.claims import Attempt, Claim, Read
from zoo.headline import rounded
from zoo.training.comparison import JSON, over_seeds

EVALUATE = "python -m reproductions.ecal_gan evaluate {}"
SHAPES = {"width_trans": "transverse width", "width_long": "longitudinal width", "delta_x": "ΔX"}
ASYMMETRIES = {"asymmetry_trans": "transverse", "asymmetry_long": "longitudinal"}
COMPARED = json.loads((Path(__file__).parent / JSON).read_text(encoding="utf-8"))["recipes"]
WITHOUT, WITH = "game_from_score", "regressor"  # the game alone, and with the auxiliary regressor


def nearer(names: tuple[str, ...], model: str, read: Read) -> bool:
    """Ours are no further from our Geant4 than the published GAN from its own, in each of the observables."""
    return all(read(model, f"generated/ks/{name}")["value"] <= read(model, f"published/{name}") for name in names)


def improved(read: Read) -> bool:
    """Asymmetries in the loss bring both nearer, by more than two of the uncertainties."""
    return all(
        before["value"] - after["value"] > 2 * (before["uncertainty"] ** 2 + after["uncertainty"] ** 2) ** 0.5
        for before, after in (
            (read("ecal_gan", f"generated/ks/{name}"), read("ecal_gan_direct", f"generated/ks/{name}"))
            for name in ASYMMETRIES
        )
    )


def helped() -> bool:
    """The regressor brings both asymmetries nearer: by more than two standard errors over three seeds or more."""

    def gains(name: str) -> np.ndarray:
        one, other = (
            [trained["measures"][f"distance of {name}"]["value"] for trained in COMPARED[recipe]]
            for recipe in (WITHOUT, WITH)
        )
        return np.subtract(one, other)

    found = [gains(name) for name in ASYMMETRIES]
    return all(len(gain) > 2 and gain.mean() > 2 * gain.std(ddof=1) / len(gain) ** 0.5 for gain in found)


def head_to_head(recipe: str) -> str:
    """The distances of asymmetries of a recipe of the comparison: mean and spread over the seeds."""
    found = {label: over_seeds(COMPARED[recipe], f"distance of {name}") for name, label in ASYMMETRIES.items()}
    return ", ".join(f"{label} {rounded(**distance)}" for label, distance in found.items())


def listed(names: dict[str, str], place: Callable[[str], str]) -> str:
    """A number for each observable."""
    return ", ".join(f"{label} {{{place(name)}}}" for name, label in names.items())


def distances(names: dict[str, str], model: str) -> str:
    """Our KS distances."""
    return listed(names, lambda name: f"{model}:generated/ks/{name}")


def published(names: dict[str, str]) -> str:
    """Those of the GAN of 2018."""
    return listed(names, lambda name: f"ecal_gan:published/{name}")


CLAIMS = (
    Claim(
        "Widths and centres of clusters resemble Geant4's: KS distances",
        "arXiv:1812.01319, section 4",
        published(SHAPES),
        EVALUATE.format("ecal_gan"),
        (Attempt(distances(SHAPES, "ecal_gan"), partial(nearer, tuple(SHAPES), "ecal_gan"), ("ecal_gan",)),),
    ),
    Claim(
        "So do their asymmetries, less well: KS distances",
        "arXiv:1812.01319, section 4",
        published(ASYMMETRIES),
        EVALUATE.format("ecal_gan"),
        tuple(
            Attempt(f"`{model}` {distances(ASYMMETRIES, model)}", partial(nearer, tuple(ASYMMETRIES), model), (model,))
            for model in ("ecal_gan", "ecal_gan_direct")
        ),
    ),
    Claim(
        "Asymmetries in the generator's loss bring them nearer: KS distances without and with",
        "arXiv:2207.06329",
        "by eye",
        EVALUATE.format("ecal_gan_direct"),
        (
            Attempt(
                listed(ASYMMETRIES, lambda name: f"ecal_gan:generated/ks/{name}")
                + "; "
                + listed(ASYMMETRIES, lambda name: f"ecal_gan_direct:generated/ks/{name}"),
                improved,
                ("ecal_gan", "ecal_gan_direct"),
            ),
        ),
    ),
    Claim(
        "An auxiliary regressor that the critic sees improves them: KS distances after the game alone and with it",
        "arXiv:2207.06329",
        "by eye",
        "python -m reproductions.ecal_gan compare --recipes game_from_score regressor",
        (Attempt(f"{head_to_head(WITHOUT)}; {head_to_head(WITH)}", helped(), adversarial=True),),
    ),
    Claim(
        "A shower takes milliseconds on a CPU, where Geant4 takes much longer",
        "arXiv:1812.01319",
        "4.9 ms",
        "python -m benchmarks.ecal_gan",
        (Attempt("networks of the paper's size 4.4 ms one by one, Geant4 211 ms", True),),
    ),
    Claim("On a GPU, less than a tenth of a millisecond", "arXiv:1812.01319", "0.07 ms", "none yet"),
)
