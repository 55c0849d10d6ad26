"""Files of models that are not at hand, fetched on their first use into the user's cache and told by their SHA-256.

Servers are named in $ZOO_DOWNLOADS, one or more separated by blanks, and asked in turn for SERVER/NAME/FILE; a DOI,
such as doi:10.5281/zenodo.1, serves NAME-FILE. $ZOO_OFFLINE set to anything asks none. What has come of a file stays
beside its place when the network fails or somebody stops it, and the next server, or the next call, goes on behind it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo.data.files import check_writable, sha256
from zoo.errors import InputError

BLOCK = 1 << 16  # bytes: what is lost of a download that breaks off is at most one
PATIENCE = 60  # seconds without an answer


def fetch(name: str, file: str, expected: str, cache: Path) -> Path:
    """The path of `file` of the model `name` in `cache`, downloaded unless it is there with the SHA-256 `expected`.

    Of several processes one downloads, and the others wait for it. Raises InputError, with the path where the file may
    be put by hand, where no server gives it.
    """
    path = cache / name / file
    if _is(path, expected):
        return path
    remedy = f"put the file with the sha256 {expected} to {path}"
    servers = os.environ.get("ZOO_DOWNLOADS", "").split()
    if os.environ.get("ZOO_OFFLINE"):
        raise InputError(f"{name}: {file} is not here and $ZOO_OFFLINE is set: {remedy}")
    if not servers:
        raise InputError(f"{name}: {file} is not here: name a server in $ZOO_DOWNLOADS, or {remedy}")
    try:
        check_writable(path)
    except InputError as error:
        raise InputError(f"{error}; $XDG_CACHE_HOME names another cache") from error
    with _alone(path):
        if not _is(path, expected):  # another process was first
            _download(servers, name, file, expected, path, remedy)
    return path


def _is(path: Path, expected: str) -> bool:
    return path.is_file() and sha256(path) == expected


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Within it no other process downloads `path`."""
    import filelock

    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        print(f"{path}: waits for another process that downloads it", file=sys.stderr, flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _download(servers: list[str], name: str, file: str, expected: str, path: Path, remedy: str) -> None:
    """Put to `path` what the first of `servers` has that has all of it. Raises InputError with all that went wrong."""
    part = path.with_name(f".{file}.{expected}.part")
    for other in set(path.parent.glob(f".{file}.{'[0-9a-f]' * 64}.part")) - {part}:  # of another version
        other.unlink()
    failures = []
    for server in servers:
        print(f"{name}: downloads {file} from {server}", file=sys.stderr, flush=True)
        try:
            complete(_address(server, name, file), part, expected)
        except Exception as error:  # whatever requests, pooch and the disk raise
            failures.append(f"{server}: {str(error) or type(error).__name__}")
        else:
            part.replace(path)
            return
    raise InputError(f"{name}: {file} cannot be downloaded ({'; '.join(failures)}): {remedy}")


def _address(server: str, name: str, file: str) -> str:
    if not server.startswith("doi:"):
        return f"{server.rstrip('/')}/{name}/{file}"
    from pooch.downloaders import doi_to_repository

    return doi_to_repository(server.removeprefix("doi:").rstrip("/")).download_url(f"{name}-{file}")


def complete(url: str, part: Path, expected: str) -> None:
    """Bring `part`, which may hold a beginning, to the file with the SHA-256 `expected`.

    Raises InputError for another file, which is removed, and what requests raises when the network fails.
    """
    begun = part.exists()
    _go_on(url, part)
    if begun and not _is(part, expected):  # the beginning was of something else
        part.unlink()
        _go_on(url, part)
    if not _is(part, expected):
        found = sha256(part)
        part.unlink()
        raise InputError(f"what is there has the sha256 {found}")


def _go_on(url: str, part: Path) -> None:
    """Append to the file `part` what `url` has behind it; all of it where the server gives no ranges."""
    import requests
    from tqdm import tqdm

    begun = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begun}-"} if begun else {})
    with requests.get(url, headers=headers, stream=True, timeout=PATIENCE) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is behind it
        answer.raise_for_status()
        if not _is_range_from(begun, answer.headers.get("Content-Range", "")):
            begun = 0
        size = begun + int(answer.headers.get("Content-Length", 0))
        with (
            part.open("ab" if begun else "wb") as file,
            tqdm(total=size or None, initial=begun, unit="B", unit_scale=True, disable=None, leave=False) as progress,
        ):
            for block in answer.iter_content(BLOCK):
                file.write(block)
                progress.update(len(block))


def _is_range_from(begun: int, answered: str) -> bool:
    """Whether a server's Content-Range is what was asked for: everything from byte `begun` on."""
    found = re.match(r"bytes (\d+)-", answered)
    return found is not None and int(found[1]) == begun
