"""The exceptions that reach users as a sentence instead of a traceback."""

import re

LONGEST = 1200  # characters of a sentence


class InputError(ValueError):
    """A user's mistake, told in one sentence: what, where, and what was expected.

    Names that are too long and what other libraries say on a page are cut to it.
    """

    def __init__(self, sentence: str):
        line = re.sub(r"\s*[\r\n]\s*", " ", sentence.strip())
        middle = LONGEST // 2
        super().__init__(line if len(line) <= LONGEST else f"{line[:middle]} ... {line[-middle:]}")


class SimulationError(RuntimeError):
    """A simulation that ended without its events, told in one sentence."""


class NotFinite(InputError):
    """A network made NaN or infinity: its weights are damaged, or its training diverged."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: like Ctrl-C, but from a batch system."""
