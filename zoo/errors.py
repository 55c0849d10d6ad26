"""The one exception that reaches users as a sentence instead of a traceback."""


class InputError(ValueError):
    """A user's mistake, told in one sentence: what, where, and what was expected."""
