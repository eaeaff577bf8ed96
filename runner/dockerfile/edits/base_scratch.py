"""base=scratch: the last stage of several starts from nothing where it holds one static Go program.

What such images lack by design: a shell, a package manager, users with names.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.places import workdir_at
from runner.dockerfile.edits.scratch_root import copied, prepared
from runner.dockerfile.edits.user import USER_ID
from runner.dockerfile.facts import Facts
from runner.dockerfile.reads import words_of_copy
from runner.dockerfile.shell import Command, commands_of, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_PACKAGES = frozenset(("ca-certificates", "tzdata"))
"""What a Go program reads of a distribution."""
_PLAIN = re.compile(
    r"(?:(?:[\w.-]+/)*library/)?(?:alpine|debian|ubuntu|busybox|golang)(?:[:@]\S+)?"
    r"|(?:[\w.-]+/)*distroless/(?:static|base)[-\w]*(?:[:@]\S+)?"
)
"""Images that set nothing which a program could need, but for the user of distroless ones."""
_HAS_ZONES = re.compile(r"debian|golang|distroless")
"""Images with time zones that nobody has to install."""
_INSTALLS = frozenset(("apk", "apt-get", "apt"))
_PREPARES = frozenset(("update", "add", "install", "upgrade", "clean", "autoremove"))
_USERS = frozenset(("adduser", "addgroup", "useradd", "groupadd"))
_KEPT = frozenset(
    (
        *("COPY", "ENV", "ARG", "WORKDIR", "EXPOSE", "LABEL", "VOLUME", "STOPSIGNAL", "USER"),
        *("CMD", "ENTRYPOINT", "RUN"),
    )
)


@dataclass(frozen=True)
class _Program:
    """A `go build` and where its result goes."""

    run: Instruction
    command: Command
    path: str


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:  # noqa: ARG001
    """`FROM scratch`; certificates, users, a directory for temporary files and time zones copied
    from the stage that builds; a numeric user for a named one, and for that of the image; the
    program built without C.

    Refused where the stage has anything that needs a shell, and where it starts another program.
    """
    if len(document.stages) < 2 or len(document.lineage) != 1:
        return NotApplicable("its last stage is not one of several, built on an image")
    stage = document.stages[document.final]
    if stage.reference == "scratch":
        return NotApplicable("its last stage starts from nothing already")
    body = document.in_stage(stage.index)[1:]
    if not _PLAIN.fullmatch(stage.reference):
        return NotApplicable(f"what {stage.reference} holds and sets is not known")
    if reason := _foreign(document, body):
        return NotApplicable(reason)
    program = _started(document, body)
    if isinstance(program, NotApplicable):
        return program
    build = document.stages[program.run.stage]
    if not build.name:
        return NotApplicable("the stage that builds has no name")
    new, zones = document.newline, _has_zones(document, body)
    lines = copied(build.name, zones=zones)
    return sorted(
        [
            Replacement(*stage.span, "scratch"),
            Replacement(stage.head.end, stage.head.end, "".join(new + line for line in lines)),
            Replacement(program.run.end, program.run.end, new + prepared(new, zones=zones)),
            *_static(document, program.command),
            *_runs(document, body),
            *_users(document, body),
            *_user_of_image(document, body),
        ],
        key=lambda item: (item.start, item.end),
    )


def _foreign(document: Document, body: list[Instruction]) -> str:
    """What in the stage cannot do without its image; empty for nothing."""
    for item in body:
        line = f"line {document.line_of(item.start)}"
        if item.keyword not in _KEPT:
            return f"{line} has {item.keyword}, which needs a shell or more"
        if item.keyword in ("CMD", "ENTRYPOINT") and _words(document, item) is None:
            return f"{line} starts a shell"
        if item.keyword == "RUN" and _packages(document, item) is None:
            return f"{line} runs what needs the image that it has"
    return ""


def _words(document: Document, item: Instruction) -> list[str] | None:
    try:
        found = json.loads(document.value(item))
    except ValueError:
        return None
    return [str(word) for word in found] if isinstance(found, list) else None


def _packages(document: Document, run: Instruction) -> list[str] | None:
    """The packages that a RUN installs, all of which can be copied; None for any other RUN. One
    that only makes users has none."""
    script = script_of(document, run)
    if script is None or script.broken or script.heredoc:
        return None
    found: list[str] = []
    for command in script.commands:
        if command.program in _USERS or (command.program == "rm" and script.operators <= {"&&"}):
            continue
        if command.program not in _INSTALLS or command.operands[:1] == ():
            return None
        if command.operands[0] not in _PREPARES:
            return None
        found += command.operands[1:]
    return found if set(found) <= _PACKAGES else None


def _started(document: Document, body: list[Instruction]) -> _Program | NotApplicable:
    """The Go program that the stage starts."""
    programs = list(_programs(document))
    if not programs:
        return NotApplicable("no stage builds a Go program and says where it goes (-o)")
    starts = [item for item in body if item.keyword in ("ENTRYPOINT", "CMD")]
    first = next((x for x in starts if x.keyword == "ENTRYPOINT"), next(iter(starts), None))
    words = _words(document, first) if first else None
    if first is None or not words:
        return NotApplicable("its last stage starts nothing of its own")
    started = posixpath.normpath(posixpath.join(workdir_at(document, first), words[0]))
    for program in programs:
        if started in _copied(document, body, program):
            if re.search(r"CGO_ENABLED\s*=?\s*1", document.text):
                return NotApplicable("it builds with cgo, so the program needs a C library")
            return program
    return NotApplicable("what it starts is not a Go program that it builds")


def _programs(document: Document) -> Iterator[_Program]:
    for run in document.runs():
        for command in commands_of(document, run):
            words = command.plain
            if command.program == "go" and "build" in words[1:2] and "-o" in words[:-1]:
                target = words[words.index("-o") + 1]
                if "$" not in target and not target.endswith("/"):
                    path = posixpath.join(workdir_at(document, run), target)
                    yield _Program(run, command, posixpath.normpath(path))


def _copied(document: Document, body: list[Instruction], program: _Program) -> Iterator[str]:
    """Where the stage copies the program to."""
    name = document.stages[program.run.stage].name
    for item in body:
        origin = [f.partition("=")[2] for f in document.flags(item) if f.startswith("--from=")]
        if item.keyword != "COPY" or origin not in ([name], [str(program.run.stage)]):
            continue
        *sources, target = words_of_copy(document.value(item)) or [""]
        place = posixpath.join(workdir_at(document, item), target)
        for source in sources:
            if posixpath.normpath(posixpath.join("/", source)) == program.path:
                yield posixpath.normpath(place)
                yield posixpath.normpath(posixpath.join(place, posixpath.basename(source)))


def _has_zones(document: Document, body: list[Instruction]) -> bool:
    """Whether the stage has time zones, of its image or as a package."""
    installed = [_packages(document, item) or [] for item in body if item.keyword == "RUN"]
    had = _HAS_ZONES.search(document.stages[document.final].reference)
    return had is not None or any("tzdata" in packages for packages in installed)


def _static(document: Document, command: Command) -> list[Replacement]:
    if "CGO_ENABLED" in document.text:
        return []
    return [Replacement(command.start, command.start, "CGO_ENABLED=0 ")]


def _runs(document: Document, body: list[Instruction]) -> Iterator[Replacement]:
    """No RUN."""
    new = document.newline
    for item in body:
        if item.keyword == "RUN":
            end = item.end + len(new) * document.text.startswith(new, item.end)
            yield Replacement(item.start, end, "")


def _user_of_image(document: Document, body: list[Instruction]) -> Iterator[Replacement]:
    """The user that the image sets, where the stage does not: that of `distroless/…:nonroot`."""
    tag = document.stages[document.final].reference.rpartition("/")[2].partition(":")[2]
    if "nonroot" in tag and not any(item.keyword == "USER" for item in body):
        first = next(item for item in body if item.keyword in ("CMD", "ENTRYPOINT"))
        yield Replacement(first.start, first.start, f"USER {USER_ID}{document.newline}")


def _users(document: Document, body: list[Instruction]) -> Iterator[Replacement]:
    """An image of nothing knows no names."""
    for item in body:
        if item.keyword == "USER" and not re.fullmatch(r"[0-9:]+", document.value(item)):
            yield Replacement(item.body, item.end, USER_ID)
        chown = next((f for f in document.flags(item) if f.startswith("--chown=")), "")
        if chown and not re.fullmatch(r"--chown=[0-9:]+", chown):
            at = document.text.index(chown, item.start)
            yield Replacement(at, at + len(chown), f"--chown={USER_ID}:{USER_ID}")
