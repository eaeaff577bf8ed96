"""What makes the tables of a database before the service starts, where a check failed for want of
them: migrations in what a plain Dockerfile starts, and in the container of the check alone what
else the project has for it, or where it has a Dockerfile of its own."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Collection, Sequence
from dataclasses import replace

from runner.analysis.causes_of_reach import table_cause
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.table_commands import TableCommand, table_command
from runner.detect.listing import Listing
from runner.model.foreign import exec_form
from runner.model.project import Project
from runner.model.record import Failure

_COMMAND = re.compile(r"^CMD (\[.*\])$", re.MULTILINE)
_HANDS_ON = re.compile(r"[\w.-]+\.sh|(?:docker-)?entrypoint|tini|dumb-init")
"""Programs of an ENTRYPOINT that start what they are given, by their names."""
_SHELLS = frozenset(("sh", "bash"))


def with_migrations(
    own: Sequence[OwnDockerfile], failures: Sequence[Failure], listing: Listing
) -> tuple[list[OwnDockerfile], list[str]]:
    """The plain Dockerfile with the migrations before the server, and what is said of it; the
    Dockerfiles themselves and nothing where they are run already, where no check failed for want of
    a table, and where the project has none."""
    if not _lacks_tables(failures) or not own or not own[0].plain:
        return list(own), []
    text = own[0].dockerfile.text
    match = _COMMAND.search(text)
    words = exec_form(match[1]) if match else None
    if match is None or not words:
        return list(own), []
    found = _found(own[0], listing, words, ())
    if found is None or not found.is_migration or _is_run(found, text):
        return list(own), []
    changed = f"{text[: match.start(1)]}{json.dumps(_before(found, words))}{text[match.end(1) :]}"
    dockerfile = replace(own[0].dockerfile, text=changed)
    said = f"`{found.text}` before what it starts: its database has no tables"
    return [replace(own[0], dockerfile=dockerfile), *own[1:]], [said]


def with_tables_made(
    project: Project, own: Sequence[OwnDockerfile], failures: Sequence[Failure], listing: Listing
) -> tuple[Project, list[str]]:
    """The project whose check makes the tables before what it starts, and what is said of it; the
    project itself and nothing where that is so already, where no check failed for want of a table,
    and where it is not known what would make them, or what all of its images start."""
    words = _start(project, own)
    if not _lacks_tables(failures) or not words:
        return project, []
    found = _found(own[0], listing, words, project.check.environment)
    if found is None or _is_run(found, " ".join(words)):
        return project, []
    check = replace(project.check, command=_before(found, words))
    said = (
        f"`{found.text}` ({found.seen}) in the container of the check before what it starts, and in"
        " no image: its database has no tables"
    )
    return replace(project, check=check), [said]


def _lacks_tables(failures: Sequence[Failure]) -> bool:
    return any(table_cause(x.words) for x in failures if x.step.startswith("check"))


def _found(
    own: OwnDockerfile, listing: Listing, words: Sequence[str], told: Collection[str]
) -> TableCommand | None:
    file = own.dockerfile
    variables = {*file.environment, *told}
    return table_command(listing.below(own.context), file.base, words, variables)


def _is_run(found: TableCommand, text: str) -> bool:
    return found.text.removesuffix(" --noinput") in text


def _before(found: TableCommand, words: Sequence[str]) -> list[str]:
    """The service behind it, which keeps the signals."""
    return ["sh", "-c", f"{found.text} && exec {shlex.join(words)}"]


def _start(project: Project, own: Sequence[OwnDockerfile]) -> list[str]:
    """What the images are given to start, where that is the same for all, and nothing before it
    would take it for something else; empty elsewhere."""
    files = [item.dockerfile for item in own]
    if not all(_hands_on(file.entrypoint) for file in files):
        return []
    if project.check.command:
        return list(project.check.command)
    starts = {tuple(file.process[len(file.entrypoint) :]) for file in files}
    return list(starts.pop()) if len(starts) == 1 else []


def _hands_on(entrypoint: Sequence[str]) -> bool:
    """Whether an ENTRYPOINT starts what it is given: none at all, or a script or an init."""
    words = [posixpath.basename(word) for word in entrypoint if word != "--"]
    words = words[1:] if words[:1] and words[0] in _SHELLS else words
    return all(map(_HANDS_ON.fullmatch, words))
