"""What the paper (arXiv:1907.03764) claims, and how it was tried here; ``python -m reproductions.top_pair_gan claims``.

A claim about a distribution counts as reproduced within a target of ours that is named with it, for the paper has no
numbers to compare with.
"""

from collections.abc import Callable
from functools import partial

from zoo.claims import Attempt, Claim, Read

GAME, PLUS = "top_pair_gan", "top_pair_gan_plus"
EVALUATE = "python -m reproductions.top_pair_gan evaluate {} --seed 1"
COMPARISON = "python -m reproductions.top_pair_gan.mmd_comparison --data mg5.h5 --seeds 1 2 3 --events 30000"
PEAKS = {"m_t": "t", "m_wplus": "W⁺"}


def below(path: str, limit: float, model: str, read: Read) -> bool:
    """The number is below `limit`."""
    return read(model, path)["value"] < limit


def placed(model: str, read: Read) -> bool:
    """All four medians are within 0.3 GeV of the true ones."""
    return all(abs(ours - true) < 0.3 for ours, true in _pairs("median", model, read))


def as_wide(model: str, read: Read) -> bool:
    """All four inter-quartile ranges are within 25 % of the true ones."""
    return all(abs(ours / true - 1) < 0.25 for ours, true in _pairs("iqr", model, read))


def _pairs(what: str, model: str, read: Read) -> list[tuple[float, float]]:
    peaks = read(model, "peaks").values()
    return [(one["generated"][what]["value"], one["reference"][what]["value"]) for one in peaks]


def within(path: str, pull: float, model: str, read: Read) -> bool:
    """The pull of a number is within `pull`."""
    found = read(model, f"pulls/{path}")
    return found is not None and abs(found) < pull


def tail(model: str, read: Read) -> bool:
    """The shares of events in the three tails of pT are within three of their uncertainties."""
    return all(abs(pull) < 3 for name, pull in read(model, "pulls").items() if name.startswith("above_"))


def both(text: str, holds: Callable[..., bool]) -> tuple[Attempt, ...]:
    """The paper's game, then smaller networks with mapped resonances; MODEL in the text is the model."""
    return tuple(
        Attempt(f"`{model}` {text.replace('MODEL', model)}", partial(holds, model), (model,)) for model in (GAME, PLUS)
    )


CLAIMS = (
    Claim(
        "Energies, pT and angles of tops and decay products agree: mean triangular discrimination of 19 histograms "
        "(target 0.02)",
        "section 3, figure 3",
        "by eye",
        EVALUATE.format(GAME),
        both("{MODEL:mean}", partial(below, "mean", 0.02)),
    ),
    Claim(
        "The tail of pT of the top is learnt as far as the training's statistics: share of events above 392 GeV",
        "section 3, figure 4",
        "within 1/√N of the tail",
        EVALUATE.format(GAME),
        both("{MODEL:pt_t/tail/1/generated} (true {MODEL:pt_t/tail/1/reference})", tail),
    ),
    Claim(
        "With the MMD the peaks of W and t are where they belong (target 0.3 GeV): medians",
        "section 3, figure 6",
        "by eye",
        EVALUATE.format(GAME),
        both(
            ", ".join(
                f"{symbol} {{MODEL:peaks/{name}/generated/median}} (true {{MODEL:peaks/{name}/reference/median}})"
                for name, symbol in PEAKS.items()
            )
            + " GeV",
            placed,
        ),
    ),
    Claim(
        "... and as wide (target 25 %): inter-quartile ranges",
        "section 3, figure 6",
        "by eye",
        EVALUATE.format(GAME),
        both(
            ", ".join(
                f"{symbol} {{MODEL:peaks/{name}/generated/iqr}} (true {{MODEL:peaks/{name}/reference/iqr}})"
                for name, symbol in PEAKS.items()
            )
            + " GeV",
            as_wide,
        ),
    ),
    Claim(
        "Without the MMD there are no peaks",
        "section 3, figure 6",
        "by eye",
        COMPARISON,
        (
            Attempt(
                "4.0 ± 0.2 % within 5 GeV of t, 92.6 % true; a network of 4 × 128, three seeds", True, adversarial=True
            ),
        ),
    ),
    Claim(
        "The MMD's kernel, Breit-Wigner or Gaussian, and its width hardly matter",
        "section 3, figure 7",
        "by eye",
        COMPARISON,
        (
            Attempt(
                "5.2 ± 0.1 % (Breit-Wigner), 5.3 ± 0.1 % (Gaussian) of t in 5 GeV; four widths 58.5 ± 6.8 %; 3 seeds",
                False,
            ),
        ),
    ),
    Claim(
        "Momentum balance across the beam is learnt: spread of Σpx over the mean sum of transverse energies",
        "section 3",
        "0.01",
        EVALUATE.format(GAME),
        (
            Attempt(
                f"`{GAME}` {{{GAME}:balance/generated/px}}", partial(below, "balance/generated/px", 0.01, GAME), (GAME,)
            ),
            Attempt(f"`{PLUS}` 0 by construction", True),
        ),
    ),
    Claim(
        "Correlations between particles are learnt; here of the tops' spins: C_hel",
        "section 3, figure 5; of spins nothing",
        "none",
        EVALUATE.format(PLUS),
        both("{MODEL:c_hel/generated} (true {MODEL:c_hel/reference})", partial(within, "c_hel", 3.0)),
    ),
)
