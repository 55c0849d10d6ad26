"""The authors' public showers: 100,000 of each particle, Mendeley Data, doi 10.17632/pvn3xc3wy5.1."""

from collections.abc import Sequence
from pathlib import Path

from reproductions.calogan import data
from zoo.data.files import check_writable, sha256
from zoo.download import PATIENCE, complete
from zoo.errors import InputError

PAGE = "https://data.mendeley.com/datasets/pvn3xc3wy5/1"
LIST = "https://data.mendeley.com/public-api/datasets/pvn3xc3wy5/files?folder_id=root&version=1"


def fetch(out: Path, particle: Sequence[str], listed: str = LIST) -> None:
    """Download the authors' showers to eplus.hdf5, gamma.hdf5 and piplus.hdf5 in the folder OUT.

    Each is told by the SHA-256 that the archive gives, and read as a training would read it. What is there already is
    left, and a download that broke off goes on. Raises InputError, with the page to take the files from by hand.
    """
    remedy = f"take the files of {PAGE} by hand; --data reads them as they are"
    try:
        files = _files(listed)
    except Exception as error:  # whatever requests and the archive's answer raise
        raise InputError(
            f"{listed}: the archive does not say what it has ({type(error).__name__}): {remedy}"
        ) from error
    for one in particle:
        name = f"{one}.hdf5"
        if name not in files:
            raise InputError(f"{listed}: the archive has {', '.join(sorted(files))} and no {name}: {remedy}")
        url, expected = files[name]
        path = out / name
        check_writable(path)
        if not (path.exists() and sha256(path) == expected):
            print(f"{path}: downloads it from {url}", flush=True)
            part = path.with_name(f".{name}.part")
            try:
                complete(url, part, expected)
            except Exception as error:  # whatever requests and the disk raise
                raise InputError(
                    f"{path}: cannot be downloaded ({error}): the same command goes on, or {remedy}"
                ) from error
            part.replace(path)
        print(f"{path}: {len(data.load(path, one)['energy']):,} showers", flush=True)


def _files(listed: str) -> dict[str, tuple[str, str]]:
    """{name: (address, SHA-256)} of the files that the archive lists. Raises as requests does, and LookupError."""
    import requests

    answer = requests.get(listed, timeout=PATIENCE)
    answer.raise_for_status()
    contents = {one["filename"]: one["content_details"] for one in answer.json()}
    return {name: (one["download_url"], one["sha256_hash"]) for name, one in contents.items()}
