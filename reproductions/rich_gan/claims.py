"""What the papers (arXiv:1905.11825, 2204.09947) claim, and how it was tried here.

``python -m reproductions.rich_gan claims``. The papers compare with LHCb's calibration data or its own simulation, we
with our simulator: not like for like.
"""

from functools import partial

from reproductions.rich_gan import published
from zoo.claims import Attempt, Claim, Read

GAMES = ("kaon",)  # species whose game is released
EVALUATE = "python -m reproductions.rich_gan evaluate {} {}"
FRESH = "--fresh 11"  # new tracks, which no choice was made by


def command(*models: str) -> str:
    """What judges them."""
    return "; ".join(EVALUATE.format(model, FRESH) for model in models)


def below_published(read: Read) -> bool:
    """At every quantile muons are at most as far off as the published ones."""
    ratios = read("rich_gan_muon_plus", "ratios_mean")
    return all(ratios[str(level)]["value"] <= value for level, value in published.muon_ratios().items())


def below(limit: float, model: str, read: Read) -> bool:
    """The mean difference is at most `limit`."""
    return read(model, "separation/mean")["value"] <= limit


def separation(particle: str) -> Claim:
    """How well a species is told from pions: by the paper's game, where it is released, and else."""
    paper = published.dauc()[particle]
    models = [f"rich_gan_{particle}"] if particle in GAMES else []
    models.append(f"rich_gan_{particle}_plus")
    return Claim(
        f"{particle.capitalize()}s are told from pions as well as true ones: mean |ΔAUC| in 6 × 6 bins of P and η",
        "arXiv:1905.11825, figures",
        f"{paper:.4f}",
        command(*models),
        tuple(
            Attempt(
                f"{{{model}:separation/mean}}, `{model}`{'' if model.endswith('_plus') else ', our coordinates'}",
                partial(below, paper, model),
                (model,),
            )
            for model in models
        ),
    )


LEVELS = ("0.05", "0.25", "0.5", "0.95")

CLAIMS = (
    Claim(
        "Efficiencies of muons in bins of P, η, nSPDHits and pT: mean |ratio - 1| at the 5, 25, 50 and 95 % quantiles",
        "arXiv:2204.09947, ratios of efficiencies",
        ", ".join(f"{value:.4f}" for level, value in published.muon_ratios().items() if str(level) in LEVELS),
        command("rich_gan_muon_plus"),
        (
            Attempt(
                ", ".join(f"{{rich_gan_muon_plus:ratios_mean/{level}}}" for level in LEVELS),
                below_published,
                ("rich_gan_muon_plus",),
            ),
        ),
    ),
    *map(separation, published.dauc()),
    Claim(
        "Trained on calibration channels with sWeights it holds for other decays: mean |ratio - 1| at 50 %, B → K* μμ",
        "arXiv:2204.09947, stability",
        "by eye",
        "python -m reproductions.rich_gan.stability runs/rich_gan_muon_calibration --beside rich_gan_muon_plus",
        (
            Attempt(
                "0.0275 ± 0.0034 and 0.0286 ± 0.0034, muons, two seeds (whole spectrum, version 1, 0.0131 ± 0.0011); "
                "off by up to 212 % below pT 0.7 GeV",
                False,
            ),
        ),
    ),
    Claim(
        "It makes tracks faster than the full simulation of light: tracks in a CPU second",
        "arXiv:2204.09947",
        "10,000, without the quantile transform 40,000",
        "python -m benchmarks.rich_gan",
        (Attempt("485,000 with it, of `rich_gan_kaon_plus@2`, 2.49 times our simulator", True),),
    ),
)
