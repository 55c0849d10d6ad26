"""What the paper (arXiv:1705.02355) claims, and how it was tried here; ``python -m reproductions.calogan claims``."""

import json
from functools import partial
from pathlib import Path

from zoo.claims import Attempt, Claim, Read
from zoo.headline import rounded

EVALUATE = "python -m reproductions.calogan evaluate {}"
OURS, THEIRS = "mean/gan_published_geant4", "mean/published_gan_published_geant4"
SHOWERS = {"eplus": "e⁺", "gamma": "γ", "piplus": "π⁺"}
# What the command ``classification`` left: a network on the cells, trained on one source, judged by Geant4's showers.
CLASSIFIED = json.loads(Path(__file__).with_name("classification.json").read_text(encoding="utf-8"))
PLAYED = {"piplus"}  # whose game was played out


def nearer(model: str, read: Read) -> bool:
    """Ours are at most as far from the published GEANT4 as the authors' own."""
    return read(model, OURS)["value"] <= read(model, THEIRS)["value"]


def not_below_one(models: tuple[str, ...], path: str, read: Read) -> bool:
    """No ratio is below 1 by more than two of its uncertainties."""
    found = [read(model, path) for model in models]
    return all(one["value"] + 2 * one["uncertainty"] >= 1 for one in found)


def follows(models: tuple[str, ...], energy: str, read: Read) -> bool:
    """The mean response is Geant4's within two of their uncertainties."""
    pairs = [read(model, f"beyond/{energy}/response") for model in models]
    return all(
        abs(one["generated"]["value"] - one["reference"]["value"])
        <= 2 * (one["generated"]["uncertainty"] ** 2 + one["reference"]["uncertainty"] ** 2) ** 0.5
        for one in pairs
    )


def smooth(models: tuple[str, ...], read: Read) -> bool:
    """A step moves a shower by less than a tenth of how far showers are apart on average, and never by half of it."""
    return all(read(name, "walk/mean")["value"] < 0.1 and read(name, "walk/largest") < 0.5 for name in models)


def alike(models: tuple[str, ...], read: Read) -> bool:
    """Cells have Geant4's mean energy within a factor of two as often as those of its halves, but for one in twenty."""
    return all(read(name, "mean_cells/alike") > read(name, "mean_cells/halves") - 0.05 for name in models)


def spectra(particle: str) -> Claim:
    """The histograms of one particle, by the paper's game first where it was played out."""
    model = f"calogan_{particle}"
    models = [model] * (particle in PLAYED) + [f"{model}_plus"]
    return Claim(
        f"Shower shapes of {SHOWERS[particle]} resemble GEANT4's: mean triangular discrimination of 23 histograms",
        "histograms of section 5, authors' notebook",
        f"{{{models[0]}:{THEIRS}}}",
        EVALUATE.format(models[0]),
        tuple(Attempt(f"`{name}` {{{name}:{OURS}}}", partial(nearer, name), (name,)) for name in models),
    )


def classifies(judge: str) -> bool:
    """What learnt from generated showers tells Geant4's as well as what learnt from these, within two uncertainties."""
    pairs = [[row[judge][learnt]["Geant4"]["auc"] for learnt in ("generated", "Geant4")] for row in CLASSIFIED.values()]
    return all(
        own["value"] >= best["value"] - 2 * (own["uncertainty"] ** 2 + best["uncertainty"] ** 2) ** 0.5
        for own, best in pairs
    )


def classified(judge: str) -> str:
    """The areas on Geant4's showers after generated ones, and after Geant4's."""
    found = []
    for pair, row in CLASSIFIED.items():
        own, best = (rounded(**row[judge][learnt]["Geant4"]["auc"]) for learnt in ("generated", "Geant4"))
        found.append(f"{' and '.join(SHOWERS[one] for one in pair.split())} {own} ({best})")
    return ", ".join(found)


MODELS = tuple(f"calogan_{particle}_plus" for particle in SHOWERS)


def each(path: str) -> str:
    """The number of each particle."""
    return ", ".join(f"{symbol} {{calogan_{particle}_plus:{path}}}" for particle, symbol in SHOWERS.items())


CLAIMS = (
    *map(spectra, SHOWERS),
    Claim(
        "Mean showers have GEANT4's cells: share of cells within a factor of two (of halves of our Geant4's showers)",
        "mean images of section 5",
        "by eye",
        EVALUATE.format("calogan_gamma_plus"),
        tuple(
            Attempt(
                ", ".join(
                    f"{SHOWERS[name.split('_')[1]]} {{{name}:mean_cells/alike}} ({{{name}:mean_cells/halves}})"
                    for name in models
                ),
                partial(alike, models),
                models,
            )
            for models in (("calogan_piplus",), MODELS)
        ),
    ),
    Claim(
        "Showers are not copies of training ones: distance to the nearest, over that of held-out showers",
        "nearest neighbours, section 5",
        "by eye",
        EVALUATE.format("calogan_piplus_plus"),
        (
            Attempt(
                each("nearest_neighbours/to_training"),
                partial(not_below_one, MODELS, "nearest_neighbours/to_training"),
                MODELS,
            ),
        ),
    ),
    Claim(
        "Showers differ from one another as GEANT4's do: distance to the nearest of its kind, over GEANT4's",
        "nearest neighbours, section 5",
        "by eye",
        EVALUATE.format("calogan_piplus_plus"),
        (
            Attempt(
                each("nearest_neighbours/to_own"), partial(not_below_one, MODELS, "nearest_neighbours/to_own"), MODELS
            ),
        ),
    ),
    Claim(
        "The energy asked for beyond the training, 120 GeV, is followed: mean E_tot / E, beside our Geant4's",
        "conditioning on energy, section 5",
        "by eye",
        EVALUATE.format("calogan_eplus_plus"),
        (
            Attempt(
                ", ".join(
                    f"{symbol} {{calogan_{particle}_plus:beyond/120/response/generated}} "
                    f"({{calogan_{particle}_plus:beyond/120/response/reference}})"
                    for particle, symbol in SHOWERS.items()
                ),
                partial(follows, MODELS, "120"),
                MODELS,
            ),
        ),
    ),
    Claim(
        "A walk through energies at fixed noise changes a shower smoothly: how far a step of 2.3 % moves it, over how "
        "far showers are apart, mean (largest)",
        "conditioning on energy, section 5",
        "by eye",
        EVALUATE.format("calogan_piplus"),
        (
            Attempt(
                "π⁺ {calogan_piplus:walk/mean} ({calogan_piplus:walk/largest})",
                partial(smooth, ("calogan_piplus",)),
                ("calogan_piplus",),
            ),
            Attempt(
                "by scores and a critic "
                + ", ".join(
                    f"{symbol} {{calogan_{particle}_plus:walk/mean}} ({{calogan_{particle}_plus:walk/largest}})"
                    for particle, symbol in SHOWERS.items()
                ),
                partial(smooth, MODELS),
                MODELS,
            ),
        ),
    ),
    Claim(
        "A classifier of particles that is trained on generated showers works on GEANT4's: AUC there (of one trained "
        "on GEANT4's)",
        "classification, section 5",
        "accuracies, not taken over here",
        "python -m reproductions.calogan.classification",
        (
            Attempt(
                f"a network on cells: {classified('cells')}; trees on shapes: {classified('shapes')}",
                classifies("cells"),  # as the paper's, which sees the images
                MODELS,
            ),
        ),
    ),
    Claim(
        "On a CPU a shower costs a hundredth to a thousandth of GEANT4's time",
        "abstract",
        "100 to 1000",
        "python -m benchmarks.calogan",
        (
            Attempt(
                "e⁺ 1180 ± 150, γ 1890 ± 200, π⁺ 610 ± 140 (0.29 ms, paper's networks; in one run); "
                "`_plus`, version 2, 3460 ± 450, 5540 ± 590, 1780 ± 420 (0.10 ms, now 0.14)",
                True,
            ),
        ),
    ),
    Claim("On a GPU, a hundred thousandth", "abstract", "up to 10⁵", "none yet"),
)
