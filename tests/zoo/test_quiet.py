import subprocess
import sys

import pytest

SCRIPT = """
import os, sys
from zoo import cli

def main():
    import tensorflow as tf
    os.write(2, b"E0000 1:2.3 4 somewhere.cc:5] a real error\\n")
    print(tf.constant(1).numpy())
    sys.stderr.write("and words of Python\\n")

cli.run(main)
"""


def test_tensorflow_opens_without_words_and_real_errors_are_seen():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert done.stderr == "E0000 1:2.3 4 somewhere.cc:5] a real error\nand words of Python\n"


@pytest.mark.parametrize("line", ["another line", "E0000 00:00:1.2 3 cuda_platform.cc:52] out of memory"])
def test_only_known_lines_are_dropped(capfd, line):
    import os

    from zoo.quiet import known_lines_dropped

    with known_lines_dropped():
        os.write(2, b"I0000 00:00:1 port.cc:153] oneDNN custom operations are on. You may see\n")
        os.write(2, f"{line}\n".encode())
    assert capfd.readouterr().err == f"{line}\n"


def test_an_error_inside_keeps_what_was_said(capfd):
    import os

    from zoo.quiet import known_lines_dropped

    with pytest.raises(ImportError), known_lines_dropped():
        os.write(2, b"why\n")
        raise ImportError
    assert capfd.readouterr().err == "why\n"


def test_a_reader_that_leaves_early_is_no_traceback():
    lines = "from zoo import cli; cli.run(lambda: [print('x' * 100) for _ in range(100_000)])"
    writer = subprocess.Popen([sys.executable, "-c", lines], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer.stdout.readline()
    writer.stdout.close()
    assert writer.wait(60) == 141
    assert writer.stderr.read() == b""
    writer.stderr.close()
