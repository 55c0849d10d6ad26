import sys

import pytest

from zoo import optional
from zoo.errors import InputError


def test_a_missing_package_is_one_sentence_that_says_what_to_install():
    expected = r"^the trial needs more packages: pip install -e '.\[search\]' \(No module named 'no_such_package'\)$"
    with pytest.raises(InputError, match=expected), optional.needed("the trial", "search"):
        import no_such_package  # noqa: F401


def test_what_is_missing_is_named_before_the_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "mplhep", None)
    expected = r"^the trial needs scipy, mplhep: pip install 'hep-generative-zoo\[train\]'$"
    with pytest.raises(InputError, match=expected):
        optional.check("the trial", "train", optional.TRAIN)
    optional.check("the trial", "train", ("numpy",))


def test_other_errors_are_left_as_they_are():
    with pytest.raises(ZeroDivisionError), optional.needed("the trial"):
        1 / 0  # noqa: B018
