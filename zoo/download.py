"""Files of models that are not at hand, fetched on their first use into the user's cache and told by their SHA-256.

Servers are named in $ZOO_DOWNLOADS, one or more separated by blanks, and asked in turn for SERVER/NAME/FILE; a DOI,
such as doi:10.5281/zenodo.1, serves NAME-FILE. $ZOO_OFFLINE set to anything asks none.
"""

from __future__ import annotations

import os
from pathlib import Path

from zoo.data.files import sha256
from zoo.errors import InputError


def fetch(name: str, file: str, expected: str, cache: Path) -> Path:
    """The path of `file` of the model `name` in `cache`, downloaded unless it is there with the SHA-256 `expected`.

    Raises InputError, with the path where the file may be put by hand, where no server gives it.
    """
    path = cache / name / file
    if path.is_file() and sha256(path) == expected:
        return path
    remedy = f"put the file with the sha256 {expected} to {path}"
    servers = os.environ.get("ZOO_DOWNLOADS", "").split()
    if os.environ.get("ZOO_OFFLINE"):
        raise InputError(f"{name}: {file} is not here and $ZOO_OFFLINE is set: {remedy}")
    if not servers:
        raise InputError(f"{name}: {file} is not here: name a server in $ZOO_DOWNLOADS, or {remedy}")
    failures = []
    for server in servers:
        try:
            return _retrieve(server, name, file, expected, path)
        except Exception as error:  # whatever requests, pooch and the disk raise
            failures.append(f"{server}: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
    raise InputError(f"{name}: {file} cannot be downloaded ({'; '.join(failures)}): {remedy}")


def _retrieve(server: str, name: str, file: str, expected: str, path: Path) -> Path:
    import pooch

    doi = server.startswith("doi:")
    url = f"{server.rstrip('/')}/{name}-{file}" if doi else f"{server.rstrip('/')}/{name}/{file}"
    downloader = pooch.DOIDownloader(timeout=60) if doi else pooch.HTTPDownloader(timeout=60)
    pooch.get_logger().setLevel("WARNING")
    # Into a temporary file, which pooch renames when its hash is right: an interruption leaves nothing behind, and of
    # two processes the second replaces the file by the same.
    return Path(pooch.retrieve(url, f"sha256:{expected}", file, path.parent, downloader=downloader))
