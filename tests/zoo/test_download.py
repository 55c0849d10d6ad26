import errno
import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import zoo
from zoo import registry
from zoo.__main__ import main
from zoo.download import BLOCK, fetch
from zoo.errors import InputError

CONTENT = os.urandom(1_000_000)
HASH = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, from the byte on that is asked for; `sent` counts bytes.

    Under broken/ half of what is asked for comes before the server hangs up, under whole/ ranges are not known, and
    under slow/ half comes and nothing after it.
    """

    sent = 0

    def log_message(self, *_):
        pass

    def do_GET(self):
        way, _, rest = self.path.lstrip("/").partition("/")
        path = Path(self.directory) / (rest if way in ("broken", "whole", "slow") else self.path.lstrip("/"))
        if not path.is_file():
            return self.send_error(404)
        content, asked = path.read_bytes(), self.headers.get("Range")
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked and way != "whole" else 0
        if first >= len(content):
            return self.send_error(416)
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        stop = (first + len(content)) // 2 if way in ("broken", "slow") else len(content)
        Handler.sent += stop - first  # before the client has them and asks how many there were
        self.wfile.write(content[first:stop])
        if way == "slow":
            time.sleep(5)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """(address, folder) of a server on this machine that $ZOO_DOWNLOADS names."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("ZOO_DOWNLOADS", address)
        monkeypatch.delenv("ZOO_OFFLINE", raising=False)
        yield address, folder
        server.shutdown()


def serve(folder, content=CONTENT):
    (folder / "big").mkdir(parents=True)
    (folder / "big" / "generator.keras").write_bytes(content)


@pytest.fixture(autouse=True)
def count_anew():
    Handler.sent = 0


def refuse(*_, **__):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def files(folder):
    """The names of the files in it but for locks."""
    return [path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def get(cache):
    return fetch("big", "generator.keras", HASH, cache)


def command(cache):
    """What does the same in a process of its own."""
    code = (
        "import sys; from pathlib import Path; from zoo.download import fetch; fetch(*sys.argv[1:4], Path(sys.argv[4]))"
    )
    return [sys.executable, "-c", code, "big", "generator.keras", HASH, str(cache)]


def test_a_file_is_fetched_once(server, tmp_path, monkeypatch):
    serve(server[1])
    path = get(tmp_path / "cache")
    assert path == tmp_path / "cache" / "big" / "generator.keras"
    assert path.read_bytes() == CONTENT
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    assert get(tmp_path / "cache") == path
    path.write_bytes(b"damaged")
    with pytest.raises(InputError, match=f"ZOO_OFFLINE is set: put the file with the sha256 {HASH} to {path}"):
        get(tmp_path / "cache")
    monkeypatch.delenv("ZOO_OFFLINE")
    assert get(tmp_path / "cache").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("place", "content", "message"),
    [
        ("", b"another file", "cannot be downloaded .*what is there has the sha256"),
        ("/nothing", CONTENT, "cannot be downloaded .*404"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_leaves_no_file(server, tmp_path, monkeypatch, place, content, message):
    serve(server[1], content)
    monkeypatch.setenv("ZOO_DOWNLOADS", server[0] + place)
    with pytest.raises(InputError, match=message) as refused:
        get(tmp_path / "cache")
    assert "\n" not in str(refused.value)
    assert "put the file with the sha256" in str(refused.value)
    assert files(tmp_path / "cache") == []


def broken_off(server, cache, monkeypatch):
    """What a call leaves that got half of the file: the part."""
    monkeypatch.setenv("ZOO_DOWNLOADS", f"{server[0]}/broken")
    with pytest.raises(InputError, match=r"cannot be downloaded \(http"):
        get(cache)
    monkeypatch.setenv("ZOO_DOWNLOADS", server[0])
    (part,) = cache.rglob("*.part")
    assert len(CONTENT) / 2 - BLOCK < part.stat().st_size <= len(CONTENT) / 2
    return part


def test_a_download_that_breaks_off_is_resumed(server, tmp_path, monkeypatch):
    serve(server[1])
    part = broken_off(server, tmp_path / "cache", monkeypatch)
    begun, Handler.sent = part.stat().st_size, 0
    assert get(tmp_path / "cache").read_bytes() == CONTENT
    assert Handler.sent == len(CONTENT) - begun
    assert files(tmp_path / "cache") == ["generator.keras"]


@pytest.mark.parametrize("way", ["", "/whole"])
@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"x" * (len(CONTENT) + 1), b"x" * len(CONTENT), CONTENT])
def test_whatever_part_was_left_the_file_is_whole(server, tmp_path, monkeypatch, way, damage):
    serve(server[1])
    part = broken_off(server, tmp_path / "cache", monkeypatch)
    part.write_bytes(damage)
    monkeypatch.setenv("ZOO_DOWNLOADS", server[0] + way)
    assert get(tmp_path / "cache").read_bytes() == CONTENT


def test_the_part_of_another_version_is_removed(server, tmp_path, monkeypatch):
    serve(server[1])
    broken_off(server, tmp_path / "cache", monkeypatch)
    (server[1] / "big" / "generator.keras").write_bytes(b"version 2")
    path = fetch("big", "generator.keras", hashlib.sha256(b"version 2").hexdigest(), tmp_path / "cache")
    assert path.read_bytes() == b"version 2"
    assert files(tmp_path / "cache") == ["generator.keras"]


def test_another_file_of_the_model_leaves_what_has_come(server, tmp_path, monkeypatch):
    serve(server[1])
    (server[1] / "big" / "overview.png").write_bytes(b"a picture")
    part = broken_off(server, tmp_path / "cache", monkeypatch)
    fetch("big", "overview.png", hashlib.sha256(b"a picture").hexdigest(), tmp_path / "cache")
    assert part.exists()


def test_a_killed_process_leaves_what_the_next_goes_on_with(server, tmp_path, monkeypatch):
    serve(server[1])
    monkeypatch.setenv("ZOO_DOWNLOADS", f"{server[0]}/slow")
    process = subprocess.Popen(command(tmp_path / "cache"))
    part = tmp_path / "cache" / "big" / f".generator.keras.{HASH}.part"
    limit = time.monotonic() + 60
    while not part.exists() or part.stat().st_size < len(CONTENT) // 2 - BLOCK:
        assert time.monotonic() < limit and process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    begun, Handler.sent = part.stat().st_size, 0
    monkeypatch.setenv("ZOO_DOWNLOADS", server[0])
    assert get(tmp_path / "cache").read_bytes() == CONTENT
    assert Handler.sent == len(CONTENT) - begun


def test_a_doi_is_asked_for_the_address(server, tmp_path, monkeypatch):
    serve(server[1])
    asked = []

    class Repository:
        def download_url(self, file):
            asked.append(file)
            return f"{server[0]}/big/generator.keras"

    monkeypatch.setattr("pooch.downloaders.doi_to_repository", lambda doi: asked.append(doi) or Repository())
    monkeypatch.setenv("ZOO_DOWNLOADS", "doi:10.5281/zenodo.1/")
    assert get(tmp_path / "cache").read_bytes() == CONTENT
    assert asked == ["10.5281/zenodo.1", "big-generator.keras"]


def test_the_second_server_is_asked_where_the_first_fails(server, tmp_path, monkeypatch):
    serve(server[1])
    monkeypatch.setenv("ZOO_DOWNLOADS", f"http://127.0.0.1:9 {server[0]}/broken {server[0]}")
    assert get(tmp_path / "cache").read_bytes() == CONTENT


def test_without_network_or_server_the_sentence_says_where_to_put_the_file(tmp_path, monkeypatch):
    monkeypatch.delenv("ZOO_OFFLINE", raising=False)
    monkeypatch.setenv("ZOO_DOWNLOADS", "http://127.0.0.1:9")
    with pytest.raises(
        InputError, match="big: generator.keras cannot be downloaded .*127.0.0.1.* to .*generator.keras"
    ):
        get(tmp_path)
    monkeypatch.delenv("ZOO_DOWNLOADS")
    with pytest.raises(InputError, match=r"is not here: name a server in \$ZOO_DOWNLOADS, or put the file with the"):
        get(tmp_path)


def test_a_cache_that_cannot_be_written_is_a_sentence(server, tmp_path):
    serve(server[1])
    (tmp_path / "cache").write_text("a file where the folder should be: root may write into any folder")
    with pytest.raises(InputError, match=r"the folder .* cannot be made .* \$XDG_CACHE_HOME names another cache"):
        get(tmp_path / "cache")


def test_a_folder_that_cannot_be_written_is_a_sentence_before_the_download(server, tmp_path, monkeypatch):
    serve(server[1])
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(InputError, match=r"is not writable \(Read-only file system\); \$XDG_CACHE_HOME"):
        get(tmp_path / "cache")


def test_two_processes_at_once_get_whole_files(server, tmp_path):
    serve(server[1])
    processes = [subprocess.Popen(command(tmp_path / "cache")) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert files(tmp_path / "cache") == ["generator.keras"]
    assert Handler.sent == len(CONTENT)


def test_a_model_of_which_only_the_card_is_here_loads(server, toy_weights, capsys):
    shutil.copytree(toy_weights, server[1] / "toy")
    (toy_weights / "generator.keras").unlink()
    assert not registry.at_hand("toy")
    main(["list", "toy"])
    assert capsys.readouterr().out == "toy  Two layers of cells (downloaded on first use)\n"
    assert zoo.load("toy").sample(2, energy=5.0)["layer_1"].shape == (2, 4)
    assert registry.at_hand("toy")
    main(["list", "toy"])
    assert capsys.readouterr().out == "toy  Two layers of cells\n"
    assert not (registry.cache() / "toy").exists()  # where a model stands that the user has added
