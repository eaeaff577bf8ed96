"""The programs that a project's files may start: the commands of its scripts, of its Dockerfiles'
start and health check, and of calls that start a process. Taken widely: what is no program is never
asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from runner.detect.names import is_compose, is_dockerfile
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.starting import commands_of_shell, programs_started
from runner.model.foreign import ForeignError, json_document

_WORD = re.compile(r"[\w.+-]+")
_SHELL = re.compile(r"(?:.*/)?[^/]+\.(?:sh|bash)", re.DOTALL)
_LINES = re.compile(r"(?:.*/)?(?:Procfile|supervisord?\.conf)", re.DOTALL)
_BEHIND = re.compile(r"^\s*(?:command\s*=|[\w-]+:)(.*)$", re.MULTILINE)
_STARTED = re.compile(r"subprocess|popen|check_(?:call|output)|system\(|which\(|exec|spawn", re.I)
_QUOTED = re.compile(r"[\"'`]([\w.+-]{2,40})(?=[\"'` ])")
_COMPOSE = re.compile(r"^\s*(?:test|command|entrypoint):(.*)$", re.MULTILINE)


def named_programs(texts: Mapping[str, str]) -> frozenset[str]:
    """Words that may be programs, from path → text of a project's files."""
    return frozenset(word for path, text in texts.items() for word in _words(path, text))


def _words(path: str, text: str) -> Iterator[str]:
    if is_dockerfile(path):
        yield from _of_dockerfile(text)
    elif is_compose(path):
        for words in _COMPOSE.findall(text):
            yield from _WORD.findall(words)
    elif _SHELL.fullmatch(path):
        yield from _of_script(text)
    elif _LINES.fullmatch(path):
        for line in _BEHIND.findall(text):
            yield from _of_script(line)
    elif path.rsplit("/", 1)[-1] == "package.json":
        yield from _of_package(text)
    else:
        for line in text.splitlines():
            if _STARTED.search(line):
                yield from _QUOTED.findall(line)


def _of_dockerfile(text: str) -> Iterator[str]:
    document = Document(text)
    try:
        for item in document.instructions:
            if item.keyword in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
                yield from programs_started(document, item)
    except DockerfileError:
        return


def _of_script(text: str) -> Iterator[str]:
    """The commands of a script; all its words where it cannot be parsed."""
    commands = commands_of_shell(text)
    if commands is None:
        yield from _WORD.findall(text)
    else:
        yield from commands


def _of_package(text: str) -> Iterator[str]:
    try:
        document = json_document(text)
    except ForeignError:
        return
    scripts = document.get("scripts") if isinstance(document, dict) else None
    for script in scripts.values() if isinstance(scripts, dict) else ():
        if isinstance(script, str):
            yield from _of_script(script)
