"""Of standard error: what is dropped, what comes through, and that nothing is lost."""

import os
import subprocess
import sys

import pytest

from zoo import stderr

NOISE = b"""\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795988128.144834    5260 cudart_stub.cc:31] Could not find cuda drivers on your machine
I0000 00:00:1795988128.144480    5260 port.cc:153] oneDNN custom operations are on.
E0000 00:00:1795988169.545699    5260 cuda_platform.cc:52] failed call to cuInit: INTERNAL: UNKNOWN ERROR (303)
E0000 00:00:1795988413.062445    6027 slow_operation_alarm.cc:73]\x20
********************************
[Compiling module a_inference_function_2724__.135 for CPU] Very slow compile? If you want to file a bug
********************************
E0000 00:00:1795988433.279734    5662 slow_operation_alarm.cc:140] The operation took 2m20.495297659s

********************************
[Compiling module a_inference_function_2724__.135 for CPU] Very slow compile? If you want to file a bug
********************************

E0000 00:00:1796014000.944623   30765 text_format.cc:378] Error parsing text-format tensorflow.XlaSerializedCacheEntry
E0000 00:00:1796014000.945639   30765 cpu_aot_loader.cc:220] Loading XLA:CPU AOT result. Target machine feature \
+prefer-no-scatter is not  supported on the host machine. Compile machine features: [+64bit]
"""
NEWS = b"""\
E0000 00:00:1796014000.945639   30765 cpu_aot_loader.cc:220] Loading XLA:CPU AOT result. Target machine feature \
+avx512f is not  supported on the host machine. Compile machine features: [+64bit]
E0000 00:00:1795988169.545699    5260 cuda_platform.cc:52] failed call to cuInit: CUDA_ERROR_UNKNOWN: unknown error
E0000 00:00:1795988169.545699    5260 cpu_executor.cc:9] out of memory

F0000 00:00:1795988169.545699    5260 cpu_executor.cc:9] Check failed
terminate called after throwing an instance of 'std::bad_alloc'
the last line has no end"""


def run(code, **environment):
    """What a Python program with `code` writes to standard error, and how it exits."""
    clean = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=clean | environment, check=False)
    return done.stderr, done.returncode


def test_noise_is_dropped_and_news_comes_through():
    command = [sys.executable, stderr.__file__]
    done = subprocess.run(command, input=NOISE + NEWS + b"\n" + NOISE, capture_output=True, check=True)
    assert done.stdout == NEWS + b"\n"


@pytest.mark.parametrize(("end", "code"), [("pass", 0), ("raise InputError('b')", 2), ("os.abort()", -6)])
def test_a_program_says_what_it_says_however_it_ends(end, code):
    program = (
        "import os, sys\nfrom zoo.cli import run\nfrom zoo.errors import InputError\n"
        "def main():\n"
        f" os.write(2, {NOISE + NEWS!r} + b'\\n')\n"
        " print('a', file=sys.stderr)\n"
        f" {end}\n"
        "run(main)"
    )
    text, returned = run(program)
    assert returned == code
    assert sorted(text.splitlines()) == sorted([*NEWS.splitlines(), b"a", *([b"error: b"] if code == 2 else [])])
    text, _ = run(program, TF_CPP_MIN_LOG_LEVEL="0")
    assert NOISE + NEWS in text
