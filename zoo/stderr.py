"""What libraries in C++ write to standard error, without what says nothing to a user.

TensorFlow opens with lines about CUDA on machines that have none, and XLA takes a slow compilation for a mistake; no
setting silences them. They go through a process of their own, this file as a program, so that the last words of one
that crashes come through. What Python writes takes the direct way.
"""

import contextlib
import logging
import os
import re
import subprocess
import sys

DROPPED = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|"
    rb"[IW]\d{4} \d\d:\d\d:\d\d|"  # TF_CPP_MIN_LOG_LEVEL=2 asks for errors only; some come before it is read
    rb"E\d{4} .*failed call to cuInit: .*(\(303\)|CUDA_ERROR_NO_DEVICE)|"  # no driver, no device
    rb"E\d{4} .*when one has already been registered|"
    # Of what zoo.training.compilation keeps for this processor; and these are advice to the compiler, no instructions.
    rb"E\d{4} .*XlaSerializedCacheEntry|E\d{4} .*AOT result. Target machine feature \+prefer-no-(gather|scatter) |"
    rb"E\d{4} .*slow_operation_alarm|\*{32}\s*$|\[Compiling module .*Very slow compile"
)
RETRACING = "triggered tf.function retracing"  # every network that generates is traced for its own batches


@contextlib.contextmanager
def filtered():
    """Within it, lines that match `DROPPED` do not come to standard error, whoever writes them but Python.

    Does nothing where standard error is not that of the process, as in tests, or TF_CPP_MIN_LOG_LEVEL is set: somebody
    wants to see all.
    """
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ or sys.stderr is not sys.__stderr__ or sys.stderr is None:
        yield
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    logging.getLogger("tensorflow").addFilter(lambda record: RETRACING not in record.getMessage())
    direct = os.dup(2)
    command = [sys.executable, "-I", "-S", __file__]
    # Ctrl-C is for the program: the filter ends when the last that writes to it does.
    filter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=2, start_new_session=True)
    assert filter.stdin is not None  # it is a pipe
    os.dup2(filter.stdin.fileno(), 2)
    filter.stdin.close()
    sys.stderr = os.fdopen(direct, "w", buffering=1, encoding=sys.__stderr__.encoding, errors="backslashreplace")
    try:
        yield
    finally:
        os.dup2(direct, 2)
        with contextlib.suppress(subprocess.TimeoutExpired):  # a process that outlives this one may write still
            filter.wait(timeout=2)


def main():
    """Copy standard input to standard output, line by line, without those that match `DROPPED`."""
    dropped = False
    for line in sys.stdin.buffer:
        dropped = bool(DROPPED.match(line)) or (dropped and not line.strip())
        if not dropped:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
