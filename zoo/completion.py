"""Completion of commands by the tab key, of bash and zsh, also after ``python -m``: scripts made by shtab."""

import argparse
from collections.abc import Sequence
from typing import Any

from zoo.errors import InputError

SHELLS = ("bash", "zsh")
MODELS = "_zoo_models"  # a function of the shell

# What a shell asks for `python` is handed to the function of the module, as if this were the command.
PYTHON = {
    "bash": """
_zoo_python() {
  local module="${COMP_WORDS[2]//[^[:word:]]/_}"
  if [[ $COMP_CWORD -gt 2 && ${COMP_WORDS[1]} == -m ]] && declare -F "_shtab_$module" > /dev/null; then
    COMP_WORDS=("${COMP_WORDS[@]:2}")
    COMP_CWORD=$((COMP_CWORD - 2))
    "_shtab_$module"
  fi
}
complete -o default -F _zoo_python python python3
""",
    "zsh": """
_zoo_python() {
  local module=${words[3]//[^[:word:]]/_}
  if [[ $CURRENT -gt 3 && ${words[2]} == -m ]] && (( $+functions[_shtab_$module] )); then
    shift 2 words
    (( CURRENT -= 2 ))
    _shtab_$module
  else
    _files
  fi
}
compdef _zoo_python python python3
""",
}


def add_shell(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take the name of a shell."""
    parser.add_argument_group("for which shell").add_argument("shell", metavar="SHELL", help=" or ".join(SHELLS))


def complete_models(action: argparse.Action) -> None:
    """Let the names of models complete an argument."""
    action.complete = {shell: MODELS for shell in SHELLS}  # type: ignore[attr-defined]


def script(parser: argparse.ArgumentParser, module: str, shell: str, models: Sequence[str] = ()) -> str:
    """The script that completes what `parser` takes, the program ``python -m module``, with the names of `models`.

    Raises InputError for another shell, and where shtab is not installed.
    """
    if shell not in SHELLS:
        raise InputError(f"the shell is {shell}, expected {' or '.join(SHELLS)}")
    try:
        import shtab
    except ImportError as error:
        raise InputError("completion needs shtab: pip install 'hep-generative-zoo[completion]'") from error
    names = " ".join(models)
    known = {
        "bash": f'{MODELS}() {{ compgen -W "{names}" -- "$1"; }}',
        "zsh": f"{MODELS}() {{ compadd -- {names}; }}",
    }
    parser.prog = module
    _files(parser)
    root = "".join(letter if letter.isalnum() else "_" for letter in module)
    preamble: Any = known
    return shtab.complete(parser, shell, root_prefix=root, preamble=preamble) + PYTHON[shell]


def _files(parser: argparse.ArgumentParser) -> None:
    """Files complete whatever takes a path."""
    import shtab

    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                _files(one)
        elif action.metavar in ("FILE", "XML", "OUT", "PATH", "FOLDER") and not hasattr(action, "complete"):
            action.complete = shtab.DIRECTORY if action.metavar == "FOLDER" else shtab.FILE  # type: ignore[attr-defined]
