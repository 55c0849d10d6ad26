"""The exceptions that reach users as a sentence instead of a traceback."""


class InputError(ValueError):
    """A user's mistake, told in one sentence: what, where, and what was expected."""


class SimulationError(RuntimeError):
    """A simulation that ended without its events, told in one sentence."""


class NotFinite(InputError):
    """A network made NaN or infinity: its weights are damaged, or its training diverged."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: like Ctrl-C, but from a batch system."""
