"""uv's environment outside of the working directory: a deploy after an edit sends sources alone.

`uv sync` makes `.venv` next to the sources, and both would be one layer of the final stage.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.python_tools import installs_in_project
from runner.dockerfile.edits.single_stage import SingleStage
from runner.dockerfile.spans import Replacement

_VARIABLE = "UV_PROJECT_ENVIRONMENT"
_LOCAL = ".venv"


@dataclass(frozen=True)
class Moved:
    """What moves the environment to another directory."""

    inside: list[Replacement]
    """In the build stage."""
    environment: str
    """The instruction of the final stage that says where it is."""
    old: str
    """The path that ENV instructions named, which become that of the new directory."""


def moved(found: SingleStage, installs: list[Instruction], directory: str) -> Moved | None:
    """`uv sync` told to install into `directory`; None for another installer, and where something
    else than ENV names the environment."""
    document = found.document
    commands = [x for run in installs for x in found.commands(run) if installs_in_project(x)]
    places = {found.place(run) for run in installs}
    if any(command.program != "uv" for command in commands) or len(places) != 1:
        return None
    if "UV_" in document.text or any(item.keyword == "USER" for item in found.body):
        return None
    old = f"{places.pop()}/{_LOCAL}"
    named = [item for item in found.body if _LOCAL in document.text[item.start : item.end]]
    spans = {
        (item.start + match.start(), item.start + match.end()): item
        for item in named
        for match in re.finditer(
            rf"{re.escape(old)}(?![\w.-])", document.text[item.start : item.end]
        )
    }
    texts = "".join(document.text[item.start : item.end] for item in named)
    if any(item.keyword != "ENV" for item in named) or texts.count(_LOCAL) != len(spans):
        return None
    line = f"ENV {_VARIABLE}={directory}"
    at = installs[0].start
    return Moved(
        [
            Replacement(at, at, f"{line}{document.newline}"),
            *(
                Replacement(*span, directory)
                for span, item in spans.items()
                if item not in found.moved
            ),
        ],
        line,
        old,
    )
