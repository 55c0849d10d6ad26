from zoo.errors import LONGEST, InputError, NotFinite


def test_a_page_becomes_a_line():
    error = NotFinite("a.h5: cannot be read\n  (no\r\n\nsuch file)\n")
    assert str(error) == "a.h5: cannot be read (no such file)"


def test_what_is_too_long_is_cut_in_the_middle():
    text = str(InputError(f"there is no model named '{'x' * 5000}', expected another"))
    assert len(text) == LONGEST + 5
    assert text.startswith("there is no model named 'xxx")
    assert text.endswith("xxx', expected another")
