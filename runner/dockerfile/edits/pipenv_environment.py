"""Pipenv in a stage that has an environment made for it.

It asks for the environment of VIRTUAL_ENV whatever it is to do, and fails where that is not made
yet. What `--system` means depends on its release: those of the first half of 2022 install into the
Python that runs Pipenv itself. Without that option all install into the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from runner.dockerfile.edits.around import without_words
from runner.dockerfile.edits.single_stage import SingleStage
from runner.dockerfile.shell import Command
from runner.dockerfile.spans import Replacement

_OPTION = "--system"
_ASIDE = re.compile(r"\bPIPENV_(?:IGNORE_VIRTUALENVS|ACTIVE|SYSTEM)\b")
"""Variables with which it takes no notice of VIRTUAL_ENV, or installs for the system anyway."""


def is_pipenv(command: Command) -> bool:
    """Whether a command runs Pipenv."""
    return command.program == "pipenv"


def into_environment(found: SingleStage, commands: Iterable[Command]) -> list[Replacement]:
    """`--system` removed from these commands of Pipenv; nothing where that says too little."""
    if _ASIDE.search(found.document.text):
        return []
    return [
        without_words(found.document, *span)
        for command in commands
        if is_pipenv(command)
        for word, span in zip(command.plain, command.spans, strict=True)
        if word == _OPTION
    ]
