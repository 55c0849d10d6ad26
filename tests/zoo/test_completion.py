import shutil
import subprocess
import sys
from importlib import import_module

import pytest

from zoo import completion
from zoo.__main__ import main
from zoo.errors import InputError
from zoo.training import commands

WORDS = [
    (("python", "-m", "zoo", "de"), {"describe"}),
    (("python3", "-m", "zoo", "describe", "ecal_gan_"), {"ecal_gan_direct", "ecal_gan_plus"}),
    (("python", "-m", "zoo", "report", "ecal_gan", "--com"), {"--compare"}),
    (("python", "-m", "reproductions.ecal_gan", "--recipe", "ecal_gan_"), {"ecal_gan_direct", "ecal_gan_plus"}),
    (("python", "-m", "reproductions.ecal_gan", "evaluate", "ecal_gan_"), {"ecal_gan_direct", "ecal_gan_plus"}),
    (("python", "-m", "reproductions.ecal_gan", "simulate", "--ev"), {"--events"}),
    (("python", "-m", "json.tool", "--ind"), set()),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The scripts of the zoo and of a room, by shell."""
    folder = tmp_path_factory.mktemp("completion")
    room = import_module("reproductions.ecal_gan.room").ROOM
    with pytest.MonkeyPatch.context() as patch:
        for shell in completion.SHELLS:
            with (folder / shell).open("w") as file:
                patch.setattr(sys, "stdout", file)
                main(["completion", shell])
                commands.run(room, ["completion", shell])
                patch.undo()
    return folder


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(("words", "expected"), WORDS)
def test_bash_completes_what_stands_after_python_m(scripts, words, expected):
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _zoo_python; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script, "bash", scripts / "bash", *words], capture_output=True, text=True)
    assert done.stderr == ""
    assert set(done.stdout.split()) == expected


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh: apt-get install zsh")
def test_zsh_knows_the_functions(scripts):
    check = (
        'autoload -U compinit; compinit -u -D; eval "$(<$1)"; print ${_comps[python]};'
        "print $+functions[_shtab_zoo] $+functions[_shtab_reproductions_ecal_gan]"
    )
    done = subprocess.run(["zsh", "-f", "-c", check, "zsh", scripts / "zsh"], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["_zoo_python", "1", "1"], "")


def test_what_cannot_be_completed_is_one_sentence(monkeypatch):
    with pytest.raises(InputError, match="the shell is fish, expected bash or zsh"):
        main(["completion", "fish"])
    monkeypatch.setitem(sys.modules, "shtab", None)
    with pytest.raises(InputError, match=r"needs shtab: pip install 'hep-generative-zoo\[completion\]'"):
        main(["completion", "bash"])
