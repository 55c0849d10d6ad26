import functools
import http.server
import json
import threading

import h5py
import pytest

from reproductions.calogan import authors, data
from zoo.data.files import sha256
from zoo.errors import InputError


@pytest.fixture
def archive(tmp_path):
    """(folder, address) of a server on this machine that has two files of showers, and a list like the archive's."""
    folder = tmp_path / "archive"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        listed = []
        for particle in ("eplus", "piplus"):
            path = folder / f"{particle}.hdf5"
            data.pack(data.SAMPLE / f"{particle}.h5", path, 20)
            with h5py.File(path, "a") as file:
                file.attrs.clear()  # the authors' have none
            contents = {"download_url": f"{address}/{path.name}", "sha256_hash": sha256(path)}
            listed.append({"filename": path.name, "content_details": contents})
        (folder / "files.json").write_text(json.dumps(listed))
        yield folder, f"{address}/files.json"
        server.shutdown()


def test_the_authors_showers_are_fetched_once_and_read(archive, tmp_path, capsys):
    folder, listed = archive
    out = tmp_path / "authors"
    authors.fetch(out, ["eplus", "piplus"], listed)
    assert {path.name for path in out.iterdir()} == {"eplus.hdf5", "piplus.hdf5"}
    assert f"{out / 'piplus.hdf5'}: 20 showers" in capsys.readouterr().out
    (folder / "eplus.hdf5").unlink()
    authors.fetch(out, ["eplus"], listed)
    assert "downloads" not in capsys.readouterr().out


def test_what_cannot_be_fetched_is_one_sentence_that_names_the_page(archive, tmp_path):
    folder, listed = archive
    with pytest.raises(
        InputError, match=f"the archive has eplus.hdf5, piplus.hdf5 and no gamma.hdf5: .*{authors.PAGE}"
    ):
        authors.fetch(tmp_path, ["gamma"], listed)
    (folder / "eplus.hdf5").write_bytes(b"another")
    with pytest.raises(InputError, match="eplus.hdf5: cannot be downloaded .*sha256"):
        authors.fetch(tmp_path / "out", ["eplus"], listed)
    assert not list((tmp_path / "out").iterdir())
    (folder / "files.json").write_text("maintenance")
    with pytest.raises(
        InputError, match="the archive does not say what it has .*by hand; --data reads them as they are"
    ):
        authors.fetch(tmp_path, ["eplus"], listed)
