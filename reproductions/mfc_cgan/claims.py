"""What the paper claims, and how it was tried here; ``python -m reproductions.mfc_cgan claims``."""

from functools import partial

from zoo.claims import Attempt, Claim, Read

GAME, PLUS = "mfc_cgan", "mfc_cgan_plus"
EVALUATE = "python -m reproductions.mfc_cgan evaluate {}"


def below(path: str, limit: float, model: str, read: Read) -> bool:
    """The number is below `limit`, a target of ours: the paper has no numbers."""
    return read(model, path)["value"] < limit


CLAIMS = (
    Claim(
        "The CGAN has the distributions of E, pT and η of muon and carrier at every beam energy: largest Hellinger "
        "distance (target 0.03)",
        "results",
        "no numbers",
        EVALUATE.format(GAME),
        tuple(
            Attempt(f"`{model}` {{{model}:largest}}", partial(below, "largest", 0.03, model), (model,))
            for model in (GAME, PLUS)
        ),
    ),
    Claim(
        "It interpolates between beam energies: largest Hellinger distance at an energy that was left out (target "
        "0.05)",
        "results",
        "no numbers",
        "python -m reproductions.mfc_cgan.interpolate --recipe mfc_cgan_plus --epochs 2",
        (
            Attempt("0.026 to 0.106 at five energies, the paper's networks after 17,000 updates", False),
            Attempt("0.0146 to 0.0192 at five energies, the flags of `mfc_cgan_plus`", True, (PLUS,)),
        ),
    ),
    Claim(
        "The variant with a Wasserstein loss does so too",
        "results",
        "no numbers",
        "python -m reproductions.mfc_cgan --loss wasserstein",
        (Attempt("lost its condition: at 200 GeV the median E_X was 157 instead of 184 GeV", False),),
    ),
    Claim(
        "A search of hyper-parameters finds a better network",
        "method",
        "no numbers",
        "python -m reproductions.mfc_cgan.search --trials 40",
        (Attempt("best of 40 short trials 0.122 for 0.215 of the start; trained for longer it got worse", False),),
    ),
    Claim(
        "It is faster than the generator it learnt from",
        "motivation",
        "no numbers",
        "python -m benchmarks.mfc_cgan",
        (Attempt("`mfc_cgan` 464 times MadGraph (quoted rate), 1.15 times our exact simulator", True),),
    ),
)
