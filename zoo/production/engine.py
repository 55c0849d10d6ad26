"""Who does the work: this process, processes beside it, or a cluster that Dask knows."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from zoo import optional
from zoo.data import processes
from zoo.errors import InputError, SimulationError

RETRIES = 2  # of a task that ended with an error, on whichever worker
PATIENCE = 60  # seconds, for a scheduler to answer
QUIET = {"DASK_LOGGING__DISTRIBUTED": "critical"}  # what matters reaches this process as an exception
# Nobody looks at profiles of workers nor at how late their loops are; every 10 and 20 ms they cost 3 % of a worker.
CHEAP = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s"}
THREADS = {name: "1" for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")}

Result = TypeVar("Result")


def run(
    function: Callable[..., Result], tasks: Sequence[tuple], jobs: int | None = None, scheduler: str | None = None
) -> Iterator[Result]:
    """``function(*task)`` of every task, in the order in which they end.

    `jobs` processes of one thread each do them, or the workers of the Dask scheduler at the address `scheduler`, or
    this process. The function and the tasks are pickled; workers see the same files. A task whose worker died is given
    to another, and one that failed tried again. Raises InputError where no scheduler answers or the last try failed by
    one, SimulationError if workers die of it over and over or the scheduler does.
    """
    if not tasks or (jobs is None and scheduler is None):
        return (function(*task) for task in tasks)
    return _distributed(function, tasks, jobs and min(jobs, len(tasks)), scheduler)


def check(jobs: int | None, scheduler: str | None) -> None:
    """Raise InputError where a package is missing that `run` needs."""
    if jobs is not None or scheduler is not None:
        optional.check("--jobs and --scheduler", "production", ("dask", "distributed"))


def _distributed(function: Callable, tasks: Sequence[tuple], jobs: int | None, scheduler: str | None) -> Iterator[Any]:
    with _client(jobs, scheduler) as client:
        import distributed

        futures = [client.submit(function, *task, pure=False, retries=RETRIES) for task in tasks]
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                yield _result(future)
                future.release()
        finally:
            client.cancel(futures)


def _result(future: Any) -> Any:
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    try:
        return future.result()
    except KilledWorker as error:
        raise SimulationError(
            f"{error.allowed_failures + 1} workers died of one file, perhaps for want of memory"
        ) from error
    except FutureCancelledError as error:
        raise SimulationError("the scheduler has ended, the same command goes on with another") from error


@contextmanager
def _client(jobs: int | None, scheduler: str | None) -> Iterator[Any]:
    import dask
    import distributed

    if scheduler is not None:
        try:
            client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(f"--scheduler {scheduler}: does not answer ({error}), expected HOST:PORT") from error
        with client:
            yield client
        return
    processes.spawning()  # refuses a script that would start itself over and over
    with (
        dask.config.set(CHEAP),  # workers take it over
        distributed.LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            processes=True,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",  # any free port: two productions on one machine
            silence_logs=logging.CRITICAL,
            env=QUIET | THREADS,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


def obey() -> None:
    """Let TensorFlow have as many threads as OMP_NUM_THREADS says, which batch systems set to what a job may use."""
    if threads := os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]:  # of nested loops the outermost
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", threads)
