"""What the paper (arXiv:2012.04595) claims, and how it was tried here; ``python -m reproductions.tpc_gan claims``."""

from functools import partial

from zoo.claims import Attempt, Claim, Read

EVALUATE = "python -m reproductions.tpc_gan evaluate {}"
TARGETS = {"tpc_gan": 2000, "tpc_gan_mpd": 3000}  # ours; the paper shows its profiles


def below(model: str, read: Read) -> bool:
    """The score is below our target."""
    return read(model, "score/generated")["value"] < TARGETS[model]


def profiles(model: str, events: str, command: str, note: str = "") -> Claim:
    """The profiles of one kind of events."""
    return Claim(
        f"Profiles of six moments of a response against the track's parameters agree, {events}: score of 950 terms "
        f"(target {TARGETS[model]})",
        "section 4, profiles",
        "by eye",
        command,
        (
            Attempt(
                f"{{{model}:score/generated}}, our simulator at the same segments {{{model}:score/simulator}}{note}",
                partial(below, model),
                (model,),
            ),
        ),
    )


CLAIMS = (
    profiles(
        "tpc_gan",
        "events of our simulator",
        f"{EVALUATE.format('tpc_gan')} --data responses.h5",
        "; the game begins from `tpc_gan_plus`, which a score has taught: 401 ± 22",
    ),
    profiles("tpc_gan_mpd", "MPD's", f"{EVALUATE.format('tpc_gan_mpd')} --data mpd.h5"),
    Claim(
        "What is reconstructed of generated responses is as good as of detailed ones: here resolution of a hit along "
        "the pads, and whether it follows the crossing angle",
        "section 4, reconstruction in MPD's software",
        "by eye",
        "python -m reproductions.tpc_gan.reconstruct tpc_gan",
        (
            Attempt(
                "{tpc_gan:hit/generated/pad/resolution} (true {tpc_gan:hit/reference/pad/resolution}) pads; "
                "from 0.060 to 0.097 with the angle, where it should go from 0.046 to 0.106",
                False,
                ("tpc_gan",),
            ),
        ),
    ),
    Claim(
        "Tracks are found and measured as well as in the detailed simulation; here helices of 53 rows by a "
        "reconstruction of ours: relative resolution of pT",
        "section 4, reconstruction in MPD's software",
        "by eye",
        "python -m reproductions.tpc_gan.reconstruct tpc_gan_plus",
        (
            Attempt(
                "0.0179 ± 0.0007 (simulated 0.0160 ± 0.0006), angles within 1.1 pulls; half of the rows tell two "
                "tracks at 1.84 pads (1.85); single clusters 8 % worse along the row, two tracks told apart a little "
                "too easily",
                True,
                ("tpc_gan_plus",),
            ),
        ),
    ),
    Claim(
        "It is faster than the detailed simulation by an order of magnitude and more",
        "abstract",
        "above 10",
        "python -m benchmarks.tpc_gan",
        (Attempt("9.7 times our own simulator, which is simpler and faster than MPD's", False),),
    ),
)
