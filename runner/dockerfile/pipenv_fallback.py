"""`pipenv install --deploy` on another Python than the Pipfile asks for.

For the copy that is built where an image with that Python cannot be had: `--deploy` ends there. The
lock is held against its Pipfile as `--deploy` does it, and installed by `pipenv sync`.
"""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement

_OF_INSTALL = frozenset(("--deploy", "--ignore-pipfile"))
"""Options that `pipenv sync` does not have; it reads nothing but the lock in any case."""
_OF_BOTH = frozenset(("--system", "--dev", "-d", "--clear", "--verbose", "-v", "--quiet", "-q"))
_WITH_VALUE = ("--categories=", "--extra-pip-args=", "--pypi-mirror=")
"""Options that both have, without a value and with one."""
_VERIFIED = "{ ! pipenv verify --help >/dev/null 2>&1 || pipenv verify; }"
"""Old releases of Pipenv have no `verify`."""


def with_any_python_for_pipenv(document: Document) -> Document:
    """The document with `pipenv sync` in the place of each `pipenv install --deploy` of which
    that knows all options."""
    found: list[Replacement] = []
    for run in document.runs():
        for command in commands_of(document, run):
            if words := _synchronized(command):
                # variables set for the command, and where its output goes, stay where they are
                before = document.text[command.start : command.spans[0][0]]
                behind = document.text[command.spans[-1][1] : command.end]
                said = f"{{ {_VERIFIED} && {before}{' '.join(words)}{behind}; }}"
                found.append(Replacement(command.start, command.end, said))
    return document.edited(found)


def _synchronized(command: Command) -> list[str]:
    """The words of the command that is run in its place; none for one that stays."""
    words = command.words[1:]
    deploys = "--deploy" in words and words.count("install") == 1
    if command.program != "pipenv" or not deploys:
        return []
    rest = [word for word in words if word != "install" and word not in _OF_INSTALL]
    if not all(word in _OF_BOTH or word.startswith(_WITH_VALUE) for word in rest):
        return []
    return [command.words[0], "sync", *rest]
