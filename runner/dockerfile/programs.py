"""Where a Dockerfile runs a program, on which image."""

from __future__ import annotations

import re
from collections.abc import Collection

from runner.dockerfile.document import Document
from runner.dockerfile.shell import Script, script_of

_ASKS = r"(?:\b(?:command\s+-[vV]|which|type|hash)|\s-[xefs])\s+(?:-\w+\s+)*[\"']?(?:/[\w/]*/)?"
_GOES_ON = re.compile(r"\s*\|\|\s*(?:true|:|echo)(?![\w-])")
_MANAGERS = frozenset(("apk", "apt-get", "apt", "aptitude", "dnf", "yum", "microdnf", "zypper"))
_RELEASE = re.compile(r"/etc/(?:os|alpine|debian)[-_](?:release|version)")


def line_that_runs(document: Document, program: str, images: Collection[str]) -> int:
    """The first line that runs a program, wherever it stands in the shell of a RUN, in a stage that
    is built on one of the images (as they are written); 0 for none. A script that asks first
    whether the program is there, or knows those of other distributions, does without it, as does
    one that goes on where it fails (`|| true`)."""
    for run in document.runs():
        if document.root_of(run) not in images:
            continue
        script = script_of(document, run)
        if script is None or script.broken:
            if _is_named(program, document.value(run)):
                return document.line_of(run.start)
        elif position := _run_in(script, program):
            return document.line_of(position)
    return 0


def _run_in(script: Script, program: str) -> int:
    """Where a script begins to run a program that it cannot do without; 0 for nowhere."""
    programs = {command.program for command in script.commands}
    if program in _MANAGERS and (programs & _MANAGERS) - {program}:
        return 0
    if _RELEASE.search(script.source) or re.search(rf"{_ASKS}{program}\b", script.source):
        return 0
    for command in script.commands:
        behind = script.source[command.end - script.offset :]
        if command.program == program and not _GOES_ON.match(behind):
            return command.start
    return 0


def _is_named(program: str, text: str) -> bool:
    """Whether a text has the program as a word of its own, with or without its directory."""
    return bool(re.search(rf"(?:^|[\s/\"'\[;&|(`]){re.escape(program)}(?![\w.-])", text))
