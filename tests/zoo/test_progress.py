import io

import pytest

from zoo import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_parts_are_done_in_turn_and_named_where_somebody_looks(kind, monkeypatch):
    screen, seen = kind(), []
    bar = progress.tqdm
    monkeypatch.setattr(progress, "tqdm", lambda **options: bar(file=screen, mininterval=0, **options))
    parts = {name: lambda name=name: seen.append(screen.getvalue()) or len(name) for name in ("draws", "classifies")}
    assert progress.in_turn(parts) == {"draws": 5, "classifies": 10}
    told = ["draws, 0 of 2 done" in seen[0], "classifies, 1 of 2 done" in seen[1]]
    assert told == [kind is Terminal] * 2
