"""uv's environment outside of the working directory: a deploy after an edit sends sources alone.

`uv sync` makes `.venv` next to the sources, and both would be one layer of the final stage.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.python_tools import installs_in_project, installs_tools
from runner.dockerfile.edits.single_stage import SingleStage
from runner.dockerfile.spans import NotApplicable, Replacement

_VARIABLE = "UV_PROJECT_ENVIRONMENT"
_LOCAL = ".venv"


_RUN_BY_UV = re.compile(
    r"^(?P<head>(?:CMD|ENTRYPOINT)\s+)(?:(?P<open>\[\s*)\"uv\"\s*,\s*\"run\"\s*,\s*"
    r"(?:\"--(?:no-sync|frozen|locked|no-dev|offline)\"\s*,\s*)*(?=\"[^-\"])"
    r"|uv run (?:--(?:no-sync|frozen|locked|no-dev|offline) )*(?=[^-\s]))"
)
_UV = re.compile(r"\buvx?\b")


def started_inside(
    found: SingleStage, lines: list[str], directory: str
) -> list[str] | NotApplicable:
    """The lines of a final stage that starts with `uv run` what lies in the environment of that
    `directory`, without uv, where a RUN of the build stage installs that; or why not."""
    starts = [line for line in lines if line.startswith(("CMD", "ENTRYPOINT")) and _UV.search(line)]
    runs = (item for item in found.body if item.keyword == "RUN")
    installed = any(
        installs_tools(command) and "uv" in command.operands
        for item in runs
        for command in found.commands(item)
    )
    if not starts or not installed:
        return lines
    changed = {line: _RUN_BY_UV.sub(r"\g<head>\g<open>", line, count=1) for line in starts}
    if any(_UV.search(line) for line in changed.values()):
        return NotApplicable("it starts with uv, which a RUN installs and the final stage has not")
    first = next(x for x, line in enumerate(lines) if line in changed)
    return [
        *lines[:first],
        f"ENV PATH={directory}/bin:$PATH",
        *(changed.get(line, line) for line in lines[first:]),
    ]


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
