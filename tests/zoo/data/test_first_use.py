import errno

import pytest

from zoo.data import files, first_use
from zoo.errors import InputError


def test_data_are_made_once_and_announced(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    calls = []

    def make(path):
        assert "making 3 events, a second, into" in capsys.readouterr().out
        calls.append(path)
        path.write_text("events")

    for _ in range(2):
        path = first_use.made("a.txt", make, "3 events, a second")
        assert path == tmp_path / "hep-generative-zoo" / "data" / "a.txt"
        assert path.read_text() == "events"
    assert len(calls) == 1
    assert capsys.readouterr().out == ""


def test_a_cache_that_cannot_be_written_is_refused_before_the_work(tmp_path, monkeypatch):
    def make(path):
        raise AssertionError("the work began")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="the folder .* cannot be made"):
        first_use.made("a.h5", make, "events")

    def refuse(dir):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(files.tempfile, "TemporaryFile", refuse)
    with pytest.raises(InputError, match=r"a.h5: the folder .* is not writable \(Read-only file system\)"):
        first_use.made("a.h5", make, "events")
