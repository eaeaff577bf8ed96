"""Packages of Python that the commands of a Dockerfile install by name, with their versions.

`pip install flask` becomes `pip install flask==2.0.1`, and what is installed because of these can
be named behind them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.python_tools import installs_tools
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement

EXACT = re.compile(r"===?[^*]+")
"""A specifier that one version alone meets."""
_PIP = re.compile(r"pip[\d.]*")
_WITH_VALUE = re.compile(
    r"-[rceift]|--(?:requirement|constraint|editable|index-url|extra-index-url|find-links|target"
    r"|no-binary|only-binary|prefix|root|src|trusted-host|config-settings|proxy|cert|python"
    r"|root-user-action|timeout|default-timeout|retries|progress-bar|platform|abi)"
)
_APART = re.compile(
    r"-e|--editable(?:=.*)?|-t|--target(?:=.*)?|--no-index|--no-deps|--require-hashes"
)
"""Options of a command to which nothing can be added."""
_LOCKED: Mapping[tuple[str, ...], str] = {
    ("uv", "sync"): "uv pip install",
    ("poetry", "install"): "poetry run pip install",
}
"""What installs from a lock, and what installs one more package next to it."""
_ELSEWHERE = frozenset(("--directory", "--project", "-C", "-P"))
"""Options by which it does so in another directory."""
_BRANCH = re.compile(r"\|\||\b(?:if|case|for|while|until)\b")


def named_packages(document: Document) -> set[str]:
    """What the commands of a Dockerfile install by name, tools of packaging as well."""
    return {canonicalize_name(found.name) for found in _named(document)}


def named_loosely(document: Document) -> set[str]:
    """Those of them that at least one command names without an exact version."""
    loose = (x for x in _named(document) if not EXACT.fullmatch(str(x.specifier)))
    return {canonicalize_name(found.name) for found in loose}


def _named(document: Document) -> Iterator[Requirement]:
    for command in _commands(document):
        for _, found in _requirements(command):
            yield found


def with_versions(
    document: Document, versions: Mapping[str, str], others: Mapping[str, str]
) -> Document:
    """The document with these versions in the commands that name a package without one; the
    `others` are named behind the last package of the last of them that installs more than tools."""
    found: list[Replacement] = []
    last = -1
    for command in _commands(document):
        for index, requirement in _requirements(command):
            start, end = command.spans[index]
            last = last if installs_tools(command) else end
            version = versions.get(canonicalize_name(requirement.name))
            if version and not EXACT.fullmatch(str(requirement.specifier)):
                found.append(Replacement(start, end, _word(requirement, version)))
    if last >= 0 and others:
        words = "".join(f" {name}=={version}" for name, version in others.items())
        same = [item for item in found if item.end == last]
        found = [item for item in found if item.end != last]
        start, text = (same[0].start, same[0].text) if same else (last, "")
        found.append(Replacement(start, last, text + words))
    return document.edited(found)


def with_package(document: Document, requirement: str, stages: Collection[int]) -> Document:
    """The document with this behind the last command of these stages that reads a list of
    packages, else the last that installs more than tools, else a lock; as it is where there is
    none, or where that takes nothing from an index, goes elsewhere or is not always run."""
    found = [
        command
        for run in document.runs()
        if run.stage in stages and not _BRANCH.search(document.of(run))
        for command in _pips(document, run)
        if not installs_tools(command) and not any(map(_APART.fullmatch, command.plain))
    ]
    lists = [x for x in found if {"-r", "--requirement"} & {*x.plain}]
    if not found:
        return _behind_lock(document, requirement, stages)
    end = (lists or found)[-1].spans[-1][1]
    return document.edited([Replacement(end, end, f" {_quoted(requirement)}")])


def _behind_lock(document: Document, requirement: str, stages: Collection[int]) -> Document:
    """The same behind the last command that installs what a lock of uv or Poetry says, into the
    environment that it has made."""
    found = [
        (command, _LOCKED[command.plain[:2]])
        for run in document.runs()
        if run.stage in stages and not _BRANCH.search(document.of(run))
        for command in commands_of(document, run)
        if command.plain[:2] in _LOCKED and not _ELSEWHERE & {*command.plain}
    ]
    if not found or "UV_PROJECT_ENVIRONMENT" in document.text:
        return document
    command, install = found[-1]
    end = command.spans[-1][1]
    return document.edited([Replacement(end, end, f" && {install} {_quoted(requirement)}")])


def _commands(document: Document) -> Iterator[Command]:
    """Those that install packages with pip, or as pip does it."""
    for run in document.runs():
        yield from _pips(document, run)


def _pips(document: Document, run: Instruction) -> Iterator[Command]:
    for command in commands_of(document, run):
        head = [word.rsplit("/", 1)[-1] for word in command.plain[:3]]
        if "install" in command.plain and any(map(_PIP.fullmatch, head)):
            yield command


def _requirements(command: Command) -> Iterator[tuple[int, Requirement]]:
    """The index of each word that asks an index for a package, and what it asks for."""
    words = command.plain
    begun = words.index("install") + 1
    for index, (before, word) in enumerate(
        zip(words[begun - 1 :], words[begun:], strict=False), begun
    ):
        if word.startswith("-") or _WITH_VALUE.fullmatch(before):
            continue
        if (found := requirement_of(word)) and "/" not in word:
            yield index, found


def requirement_of(text: str) -> Requirement | None:
    """What a requirement asks an index for; None for an address and for what is none."""
    try:
        found = Requirement(text)
    except InvalidRequirement:
        return None
    return None if found.url else found


def with_version(text: str, versions: Mapping[str, str]) -> str:
    """A requirement with its version and no other; empty where it has one already, where none is
    known, and for what is no requirement."""
    found = requirement_of(text)
    version = versions.get(canonicalize_name(found.name)) if found else None
    if found is None or version is None or EXACT.fullmatch(str(found.specifier)):
        return ""
    return exactly(found, version)


def exactly(requirement: Requirement, version: str) -> str:
    """The requirement with this version and no other."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{requirement.name}{extras}=={version}{marker}"


def _word(requirement: Requirement, version: str) -> str:
    return _quoted(exactly(requirement, version))


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w.=+!-]+", text) else f"'{text}'"
