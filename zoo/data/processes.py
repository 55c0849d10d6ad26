"""Work in several processes, and what is told when they cannot begin or do not come back."""

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.context import SpawnContext

from zoo.errors import InputError

UNGUARDED = 78  # how a process ends that was to work, and found itself running the script that wants the work done


def spawning() -> SpawnContext:
    """What starts processes that share nothing with this one.

    Such a process imports the script that is run. Raises InputError if that would start the work over and over again:
    if the script calls for it outside of ``if __name__ == "__main__":``.
    """
    context = multiprocessing.get_context("spawn")
    trial = context.Process(target=int)
    try:
        trial.start()
    except RuntimeError:  # not allowed while a process begins, and imports the script under this name
        if "__mp_main__" not in sys.modules:
            raise
        sys.exit(UNGUARDED)
    trial.join()
    if trial.exitcode == UNGUARDED:
        script = getattr(sys.modules["__main__"], "__file__", "the script")
        raise InputError(
            f'{script}: starts processes, which import it, expected the call below if __name__ == "__main__":'
        )
    return context


@contextmanager
def pool(jobs: int | None) -> Iterator[ProcessPoolExecutor]:
    """An executor with `jobs` processes (None: as many as cores).

    Raises InputError as `spawning` does, and if a process is killed, as it is where memory runs out.
    """
    with ProcessPoolExecutor(jobs, mp_context=spawning()) as executor:
        try:
            yield executor
        except BrokenProcessPool as error:
            raise InputError("a process was killed, perhaps for want of memory, expected fewer --jobs") from error
