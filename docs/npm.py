"""python -m docs.npm NAME -o FOLDER: what npm brings for the site, by its hashes; it is never committed."""

import argparse
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

from zoo.cli import run
from zoo.data.files import sha256
from zoo.errors import InputError


class Package(NamedTuple):
    """A package of npm at a version, and the hashes of the files that are used of it."""

    name: str
    files: dict[str, str]


PACKAGES = {
    "ort": Package(
        "onnxruntime-web@1.23.2",
        {
            "dist/ort.wasm.min.mjs": "69751720f611e37d1ce2fa3c6ebaa80f949014752636c5f8887a63d40feadcc7",
            "dist/ort-wasm-simd-threaded.mjs": "90a557d15c02bac4504d95b67f431d8594635ed2a0a62a7f2cd83d090ff91d3e",
            "dist/ort-wasm-simd-threaded.wasm": "45eaee27761ad883742a8d4b8fce1538d60ce43b51adf1726fafccc59b8c1a15",
        },
    ),
    "mathjax": Package(
        "mathjax@3.2.2", {"es5/tex-svg.js": "d4295dc33744836935c1399feece5159577b34c5c8ffb9f1c6324cd82e03a882"}
    ),
    "axe": Package(
        "axe-core@4.11.0", {"axe.min.js": "e9e5863c33a874f09bc01acd9234b7e3c871479f5eef8802fa582544465e6d01"}
    ),
}


def fetch(name: str, folder: str | os.PathLike) -> Path:
    """The files of ``PACKAGES[name]`` side by side in `folder`; what is there already is not fetched again.

    Raises InputError where npm is not installed or cannot bring the package, and for files of other hashes.
    """
    folder, package = Path(folder), PACKAGES[name]
    wanted = {folder / Path(file).name: digest for file, digest in package.files.items()}
    if all(path.is_file() and sha256(path) == digest for path, digest in wanted.items()):
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise InputError(f"the site needs {package.name}: npm is not installed, expected npm of Node.js")
    with tempfile.TemporaryDirectory() as temporary:
        done = subprocess.run([npm, "pack", package.name, "--silent"], cwd=temporary, capture_output=True, text=True)
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise InputError(f"npm cannot bring {package.name} ({why})")
        (archive,) = Path(temporary).glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(temporary, filter="data")
        folder.mkdir(parents=True, exist_ok=True)
        for file, digest in package.files.items():
            source = Path(temporary) / "package" / file
            if sha256(source) != digest:
                raise InputError(f"{file} of {package.name}: has the hash {sha256(source)}, expected {digest}")
            shutil.copyfile(source, folder / source.name)
    return folder


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.npm", description=__doc__)
    parser.add_argument("name", metavar="NAME", choices=sorted(PACKAGES), help=", ".join(sorted(PACKAGES)))
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="folder to write")
    args = parser.parse_args(argv)
    print(fetch(args.name, args.output))


if __name__ == "__main__":
    run(main)
