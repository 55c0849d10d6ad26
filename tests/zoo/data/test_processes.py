import os
import signal
import subprocess
import sys

import pytest

from zoo.data import processes
from zoo.errors import InputError


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_work_is_done_in_other_processes():
    with processes.pool(2) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]
        assert pool.submit(os.getpid).result() != os.getpid()


def test_a_process_that_is_killed_is_a_sentence():
    with pytest.raises(InputError, match="a process was killed, perhaps for want of memory"), processes.pool(1) as pool:
        list(pool.map(killed, [1]))


SCRIPT = """
from zoo.data import processes
from zoo.errors import InputError

def work():
    with processes.pool(1) as pool:
        print(list(pool.map(abs, [-1, -2])))

"""


def run(path, text):
    path.write_text(text)
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    return subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True)


def test_a_script_without_a_guard_is_a_sentence(tmp_path):
    path = tmp_path / "script.py"
    ended = run(path, SCRIPT + "try:\n    work()\nexcept InputError as error:\n    print(error)\n")
    told = f'{path}: starts processes, which import it, expected the call below if __name__ == "__main__":\n'
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, told, "")


def test_a_script_with_a_guard_works(tmp_path):
    ended = run(tmp_path / "script.py", SCRIPT + 'if __name__ == "__main__":\n    work()\n')
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[1, 2]\n", "")
