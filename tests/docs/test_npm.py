import os
import tarfile

import pytest

from docs import npm
from zoo.data.files import sha256
from zoo.errors import InputError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of one file, and an npm that brings it and nothing else."""
    file = tmp_path / "package" / "dist" / "small.js"
    file.parent.mkdir(parents=True)
    file.write_text("export default 1;")
    with tarfile.open(tmp_path / "small-1.0.0.tgz", "w:gz") as packed:
        packed.add(file.parent.parent, "package")
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f"""#!/bin/sh
[ "$2" = small@1.0.0 ] || {{ echo "no such package" >&2; exit 1; }}
cp {tmp_path}/small-1.0.0.tgz .
""")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    found = npm.Package("small@1.0.0", {"dist/small.js": sha256(file)})
    monkeypatch.setitem(npm.PACKAGES, "small", found)
    return found


def test_files_are_fetched_once(package, tmp_path, monkeypatch, capsys):
    npm.main(["small", "-o", str(tmp_path / "out")])
    assert (tmp_path / "out" / "small.js").read_text() == "export default 1;"
    assert capsys.readouterr().out == f"{tmp_path / 'out'}\n"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert npm.fetch("small", tmp_path / "out") == tmp_path / "out"
    (tmp_path / "out" / "small.js").write_text("damaged")
    with pytest.raises(InputError, match="the site needs small@1.0.0: npm is not installed"):
        npm.fetch("small", tmp_path / "out")


def test_another_hash_is_refused(package, tmp_path):
    package.files["dist/small.js"] = "0" * 64
    with pytest.raises(InputError, match="dist/small.js of small@1.0.0: has the hash .*, expected 0000"):
        npm.fetch("small", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_what_npm_cannot_bring_is_told(package, tmp_path, monkeypatch):
    monkeypatch.setitem(npm.PACKAGES, "small", package._replace(name="other@1"))
    with pytest.raises(InputError, match=r"npm cannot bring other@1 \(no such package\)"):
        npm.fetch("small", tmp_path / "out")
