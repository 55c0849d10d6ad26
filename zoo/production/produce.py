"""A folder of files made by whatever engine: what is there stays, what is missing or damaged is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from zoo.production import engine, folder
from zoo.production.folder import Write


def produce(
    write: Write,
    out: Path,
    plan: Mapping[str, Any],
    *,
    shard: tuple[int, int] = (1, 1),
    jobs: int | None = None,
    scheduler: str | None = None,
    title: str | None = None,
) -> bool:
    """Make the files of `plan` that belong to the `shard` (I, N), every Nth; whether the folder `out` has all then.

    ``write(path, first, events)`` writes one of them; it is pickled for `engine.run`, which takes `jobs` and
    `scheduler` and says what it raises beside what `folder.begun` refuses. Which engine it is, and how files are
    shared out, changes none of them.
    """
    out = out.resolve()
    engine.check(jobs, scheduler)
    with folder.begun(out, plan, shard) as production:
        mine = production.planned[shard[0] - 1 :: shard[1]]
        tasks = [(write, out, file, production.records.get(file.name)) for file in mine]
        with tqdm(total=sum(file.events for file in mine), unit="event", desc=title) as progress:
            try:
                for record in engine.run(folder.make, tasks, jobs, scheduler):
                    production.add([record])
                    progress.update(record["events"])
            except KeyboardInterrupt:
                kept = f"{len(production.records)} of {len(production.planned)} files are kept in {out}"
                raise KeyboardInterrupt(f"Interrupted: {kept}, the same command goes on from there") from None
        return production.whole
