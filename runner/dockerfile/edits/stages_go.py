"""stages=multi for Go: a static program, on nothing but certificates and what it reads; on a small
distribution where the service starts other programs."""

from __future__ import annotations

import json
import posixpath
import re

from runner.dockerfile.edits.final_stage import install_line
from runner.dockerfile.edits.scratch_root import copied, prepared
from runner.dockerfile.edits.single_stage import CONFIGURATION, STARTS, SingleStage
from runner.dockerfile.edits.started_programs import installed_lines, installed_programs
from runner.dockerfile.shell import Command
from runner.dockerfile.spans import NotApplicable, Replacement

_SMALL = {"slim": "debian:bookworm-slim", "alpine": "alpine:3.20"}
_FLAGS = '-trimpath -ldflags="-s -w"'


def split(found: SingleStage) -> list[Replacement] | NotApplicable:
    """`go build` made static and stripped; `FROM scratch` with that program, what it finds in an
    image of Go, and the directories of the project that hold more than sources."""
    builds = [
        (item, command)
        for item in found.body
        if item.keyword == "RUN"
        for command in found.commands(item)
        if command.program == "go" and "build" in command.operands[:1]
    ]
    if len(builds) != 1:
        return NotApplicable("it does not build exactly one Go program")
    item, command = builds[0]
    program = _output(command)
    if program is None:
        return NotApplicable("its go build does not say where the program goes (-o)")
    if any("CGO_ENABLED=1" in found.text(item) for item in found.body):
        return NotApplicable("it builds with cgo, so the program needs a C library")
    path = posixpath.normpath(posixpath.join(found.place(item), program))
    start = _start(found, path, program)
    if start is None:
        return NotApplicable("what it starts is not the program that it builds")
    lines = [
        *_base(found),
        *copied(found.name, zones=True),
        *(found.text(item) for item in found.body if item.keyword in CONFIGURATION),
        *(
            f"COPY --from={found.name} {found.workdir}/{name} {found.workdir}/{name}"
            for name in found.facts.runtime_files
        ),
        f"COPY --from={found.name} {path} {path}",
        *_user(found),
        *start,
    ]
    new = found.document.newline
    root = Replacement(item.end, item.end, new + prepared(new, zones=True))
    return found.with_final_stage(lines, [*_static(found, command), root])


def _base(found: SingleStage) -> list[str]:
    """Nothing, or for what the service starts the distribution that brings it."""
    reference = found.stage.reference
    variant = "alpine" if "alpine" in reference else "slim"
    lines = [
        *installed_lines(found.document, found.facts, reference, variant),
        *install_line(found, sorted(installed_programs(found.document, found.facts))),
    ]
    return [f"FROM {_SMALL[variant]}", *lines] if lines else ["FROM scratch"]


def _output(command: Command) -> str | None:
    words = command.plain
    for index, word in enumerate(words[:-1]):
        if word == "-o":
            target = words[index + 1]
            return None if target.endswith("/") or "$" in target else target
    return None


def _static(found: SingleStage, command: Command) -> list[Replacement]:
    """No C library, no symbols: where the command does not say so already."""
    text = found.document.text
    replacements = []
    if "CGO_ENABLED" not in text:
        replacements.append(Replacement(command.start, command.start, "CGO_ENABLED=0 "))
    if "-ldflags" not in text[command.start : command.end]:
        index = command.plain.index("build")
        at = command.spans[index][1]
        replacements.append(Replacement(at, at, f" {_FLAGS}"))
    return replacements


def _start(found: SingleStage, path: str, program: str) -> list[str] | None:
    """ENTRYPOINT and CMD in exec form, the program by its path; None if it is another one."""
    lines = []
    first = True
    for item in found.body:
        if item.keyword not in STARTS:
            continue
        words = _words(found.document.value(item))
        if words is None:
            return None
        if first:
            named = {path, program, posixpath.basename(path), f"./{program}"}
            if not words or words[0] not in named:
                return None
            words = [path, *words[1:]]
            first = False
        lines.append(f"{item.keyword} {json.dumps(words)}")
    return lines


def _words(value: str) -> list[str] | None:
    """The words of either form; None for what needs a shell."""
    if value.startswith("["):
        try:
            words = json.loads(value)
        except ValueError:
            return None
        return [str(word) for word in words] if isinstance(words, list) else None
    return value.split() if re.fullmatch(r"[\w./ =:,-]+", value) else None


def _user(found: SingleStage) -> list[str]:
    """A numeric user stays; an image of nothing knows no names, so a named one becomes a number."""
    users = [found.document.value(item) for item in found.body if item.keyword == "USER"]
    if not users:
        return []
    return [f"USER {users[-1] if re.fullmatch(r'[0-9:]+', users[-1]) else '65532'}"]
