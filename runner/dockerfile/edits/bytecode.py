"""bytecode=none: pip, uv and Poetry leave no compiled modules (.pyc) in the image.

The image is smaller, and a service starts slower: Python compiles each module at every start.
"""

from __future__ import annotations

from collections.abc import Iterator

from runner.dockerfile.document import Document
from runner.dockerfile.edits.around import without_words
from runner.dockerfile.edits.installer_uv import COMPILE
from runner.dockerfile.edits.installs import Install, install_runs, nothing_to_do
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable, Replacement

FLAG = "--no-compile"
VARIABLE = "PYTHONDONTWRITEBYTECODE"
_TOLD = {"uv": COMPILE, "poetry": "--compile"}
"""Installer → the option without which it compiles nothing."""


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The option behind each `pip install`, and the variable in the stages that install with pip:
    pip compiles whatever the variable says, and other programs whatever pip was told. uv compiles
    where it is told to, and so is Poetry: that option goes."""
    installs = [
        (item.run.stage, install)
        for item in install_runs(document, facts)
        for install in item.installs
        if _compiles(install)
    ]
    if not installs:
        reason = "no RUN installs with pip, the one installer that compiles without being asked"
        return NotApplicable(nothing_to_do(document, facts, reason))
    if any("--compile" in x.command.plain for _, x in installs if x.installer.name == "pip"):
        return NotApplicable("a pip install is told to compile (--compile)")
    found = [
        *_options(document, (install for _, install in installs)),
        *_variables(document, sorted(_with_final({stage for stage, _ in installs}, document))),
    ]
    return found or NotApplicable("pip is told to compile nothing already")


def _compiles(install: Install) -> bool:
    words = install.command.plain
    if install.installer.name in _TOLD:
        return _TOLD[install.installer.name] in words
    return install.installer.name == "pip" and "install" in words


def _options(document: Document, installs: Iterator[Install]) -> Iterator[Replacement]:
    for install in installs:
        words = install.command.plain
        if told := _TOLD.get(install.installer.name):
            yield without_words(document, *install.command.spans[words.index(told)])
        elif FLAG not in words:
            at = install.command.spans[words.index("install")][1]
            yield Replacement(at, at, f" {FLAG}")


def _with_final(stages: set[int], document: Document) -> set[int]:
    """These stages, and the last one where it is built on the image of one of them: the service
    that it starts would compile what no install has."""
    images = {document.stages[index].reference for index in stages} - {"scratch"}
    final = {document.final} if document.stages[document.final].reference in images else set()
    return stages | final


def _variables(document: Document, stages: list[int]) -> Iterator[Replacement]:
    """Below the FROM of each stage that does not have it, and is not built on one that has it."""
    having = {
        item.stage
        for item in document.instructions
        if item.keyword == "ENV" and VARIABLE in document.of(item)
    }
    names = {stage.name: stage.index for stage in document.stages if stage.name}
    for index in stages:
        below: int | None = index
        while below is not None and below not in having:
            other = names.get(document.stages[below].reference.lower())
            below = other if other is not None and other < below else None
        if below is None:
            having.add(index)
            end = document.stages[index].head.end
            yield Replacement(end, end, f"{document.newline}ENV {VARIABLE}=1")
