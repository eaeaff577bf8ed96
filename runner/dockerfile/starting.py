"""Which programs a container of a Dockerfile's image starts: its command and its health check."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from runner.dockerfile.document import SHELLS, Document, Instruction
from runner.dockerfile.reads import copy_reads, words_of_copy
from runner.dockerfile.shell import Command, Script, as_the_shell_gets_it
from runner.model.foreign import exec_form

STARTING = ("CMD", "ENTRYPOINT", "HEALTHCHECK")
"""The instructions of which the last one says what a container runs."""

_WRAPPERS = frozenset(
    {"exec", "env", "command", "which", "type", "sudo", "gosu", "su-exec", "nohup", "time", "nice",
     "timeout", "xargs", "sh", "bash", "eval", "dumb-init", "tini"}
)  # fmt: skip
"""Programs whose operands are, or hold, another command."""
_WORD = re.compile(r"[\w.+-]+")


def programs_run(
    document: Document, scripts: Mapping[str, frozenset[str]]
) -> dict[str, Instruction]:
    """Program → the instruction that runs it in a container of the image: the last CMD, ENTRYPOINT
    and HEALTHCHECK of the stages that are in it, and the `scripts` that these run, by whatever name
    they were copied."""
    last = {
        item.keyword: item
        for index in document.lineage
        for item in document.in_stage(index)
        if item.keyword in STARTING
    }
    found = {name: item for item in last.values() for name in programs_started(document, item)}
    names = _names_of_sources(document)
    behind = {
        program: item
        for name, item in found.items()
        for program in scripts.get(names.get(name, name), frozenset())
    }
    return behind | found


def _names_of_sources(document: Document) -> dict[str, str]:
    """The name of a file in the image → that which it has in the context, where a COPY gives it
    another one: `COPY docker/entrypoint.sh /entrypoint`."""
    found = {}
    for item in document.instructions:
        if item.keyword in ("COPY", "ADD") and document.in_image(item):
            words = words_of_copy(document.value(item))
            renames = len(words) == 2 and not words[1].endswith(("/", "."))
            if renames and not copy_reads(document, item).origin:
                found[posixpath.basename(words[1])] = posixpath.basename(words[0].rstrip("/"))
    return found


def programs_started(document: Document, item: Instruction) -> frozenset[str]:
    """The names of programs that one CMD, ENTRYPOINT or HEALTHCHECK runs, without directories."""
    value = document.value(item)
    if item.keyword == "HEALTHCHECK":
        value = re.sub(r"^CMD\s+", "", value, flags=re.IGNORECASE)
    words = exec_form(value)
    if words is None:
        return frozenset(commands_of_shell(value) or _WORD.findall(value))
    if words and posixpath.basename(words[0]) in SHELLS and "-c" in words[:-1]:
        return frozenset(commands_of_shell(words[words.index("-c") + 1]) or ())
    return frozenset(_started([posixpath.basename(word) for word in words]))


def commands_of_shell(text: str) -> frozenset[str] | None:
    """The names of programs that a shell script runs; None where it cannot be parsed."""
    script = Script(as_the_shell_gets_it(text), 0)
    if script.broken:
        return None
    return frozenset(name for command in script.commands for name in _started_by(command))


def _started_by(command: Command) -> Iterator[str]:
    return _started([posixpath.basename(word) for word in command.plain])


def _started(words: list[str]) -> Iterator[str]:
    """The first word; where that starts another command, every word that may be one."""
    if not words:
        return
    yield words[0]
    if words[0] in _WRAPPERS:
        for word in words[1:]:
            yield from _WORD.findall(word)
