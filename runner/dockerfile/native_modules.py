"""Modules of Node that are compiled, on a stand-in that has no compiler.

Most such modules download a library that was compiled before while they are installed; where its
host does not answer, they are compiled, and the slim images have no compiler. For the copy that is
built where base images cannot be had: a compiler is there for that one command, and gone behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement
from runner.model import labels

_IMAGE = re.compile(rf"{re.escape(labels.standin_tag('node'))}\d+-slim")
_INSTALLS = {
    "npm": ("ci", "install", "i", "clean-install", "rebuild"),
    "yarn": ("", "install"),
    "pnpm": ("install", "i"),
}
_GLOBAL = frozenset(("-g", "--global", "global"))
_SHOWN = re.compile(
    r"\{ \{ (.+?); \} >/tmp/npm\.out .*?(?:rm -f /tmp/npm\.out /tmp/manual|…)", re.DOTALL
)
_FAILED = "gyp ERR!"
"""What is printed where a module could not be compiled."""


def with_compiler_behind_npm(document: Document) -> Document:
    """The document with each command that installs a project's modules on such a stand-in followed
    by what is done where it fails for that reason; any other failure stays one."""
    runs = document.runs() if document.stages else ()
    return document.edited(
        [
            found
            for run in runs
            if _IMAGE.fullmatch(document.root_of(run))
            for found in _tried_again(document, run)
        ]
    )


def as_written(step: str) -> str:
    """The name of a step of the copy, which may be cut off, as its author wrote the command."""
    return _SHOWN.sub(r"\1", step)


def _tried_again(document: Document, run: Instruction) -> Iterator[Replacement]:
    for command in commands_of(document, run):
        if _installs(command):
            text = document.text[command.start : command.end]
            yield Replacement(command.start, command.end, _tried(text))


def _installs(command: Command) -> bool:
    verbs = _INSTALLS.get(command.program, ())
    first = next(iter(command.operands), "")
    return first in verbs and not _GLOBAL & set(command.words)


def _tried(install: str) -> str:
    """The command in braces: tried, and for the one reason tried again with a compiler. It leaves
    nothing of its own behind: apt removes what was installed for it alone."""
    return (
        f"{{ {{ {install}; }} >/tmp/npm.out 2>&1 && cat /tmp/npm.out"
        f" || {{ cat /tmp/npm.out && grep -q '{_FAILED}' /tmp/npm.out"
        ' && [ "$(id -u)" = 0 ] && apt-mark showmanual >/tmp/manual && apt-get update'
        " && apt-get install --yes --no-install-recommends g++ make python3"
        f" && {{ {install}; }} && apt-mark auto '.*' >/dev/null"
        " && xargs -r apt-mark manual </tmp/manual >/dev/null"
        " && apt-get purge --yes --auto-remove && rm -rf /var/lib/apt/lists/*; }"
        "; } && rm -f /tmp/npm.out /tmp/manual"
    )
