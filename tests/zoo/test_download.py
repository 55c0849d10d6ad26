import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading

import pytest

import zoo
from zoo import registry
from zoo.__main__ import main
from zoo.download import fetch
from zoo.errors import InputError

CONTENT = os.urandom(300_000)
HASH = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; of files in `broken/` it sends the first half and hangs up."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        if "/broken/" not in self.path:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: len(CONTENT) // 2])
        return self.close_connection


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


def get(cache):
    return fetch("big", "generator.keras", HASH, cache)


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
        ("", b"another file", "cannot be downloaded .*hash"),
        ("/broken", CONTENT, r"cannot be downloaded \(http.*"),
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
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


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
    with pytest.raises(InputError, match="cannot be downloaded .*cache"):
        get(tmp_path / "cache")


def test_two_processes_at_once_get_whole_files(server, tmp_path):
    serve(server[1])
    code = (
        "import sys; from pathlib import Path; from zoo.download import fetch; fetch(*sys.argv[1:4], Path(sys.argv[4]))"
    )
    command = [sys.executable, "-c", code, "big", "generator.keras", HASH, str(tmp_path / "cache")]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == ["generator.keras"]


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
