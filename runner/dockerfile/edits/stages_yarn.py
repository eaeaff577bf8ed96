"""stages=multi for yarn 2 and later: packages in node_modules, or in archives that `.pnp.cjs` names
(Plug'n'Play), which then have to lie in the working directory."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.node_packages import NEW_YARN, prune_command
from runner.dockerfile.new_yarn import PNP, NewYarn
from runner.dockerfile.reads import mounts_of
from runner.dockerfile.spans import NotApplicable, Replacement

CACHE = ".yarn/cache"
_UNNAMED = f'for file in {CACHE}/*.zip; do grep -qF "${{file##*/}}" .pnp.* || rm -f "$file"; done'
"""Removes the archives that `.pnp.cjs` does not name any more."""
_IN_PROJECT = "ENV YARN_ENABLE_GLOBAL_CACHE=false"
_SET = re.compile(
    r"\bYARN_(NODE_LINKER|ENABLE_GLOBAL_CACHE|CACHE_FOLDER)\b(?:[= ][\"']?(\w[\w-]*))?"
)
_TAKEN = re.compile(
    r"\byarn@(?:[2-9]|stable|berry|latest)|\byarn (?:set version|policies)\b|@yarnpkg/cli-dist"
)
"""What of a Dockerfile brings a yarn of its own."""


@dataclass(frozen=True)
class YarnSteps:
    """What is done in the build stage behind what is there."""

    prune: str
    """Removes development dependencies; empty where they stay."""
    clean: str
    """Removes what only installing needs."""
    before: list[Replacement]
    """In front of the install."""
    plugs: bool
    """Whether there is no node_modules."""


def yarn_steps(
    document: Document, install: Instruction, yarn: NewYarn
) -> YarnSteps | NotApplicable:
    """How a project of yarn 2 or later is split behind `install`, or why it is not."""
    told = as_the_image_has_it(document, yarn)
    if isinstance(told, NotApplicable):
        return told
    yarn, given = told, _given(document)
    prune = prune_command(NEW_YARN, "") if yarn.focuses and not yarn.hook else ""
    if yarn.linker != PNP:
        return YarnSteps(prune, f"rm -rf {CACHE}", [], plugs=False)
    moved = "YARN_CACHE_FOLDER" if "CACHE_FOLDER" in given else yarn.moves
    if moved:
        return NotApplicable(f"{moved} puts packages of yarn where the final stage may lack them")
    if _mounts_cache(document):
        return NotApplicable(f"{CACHE} is a cache mount, and Plug'n'Play loads packages from it")
    if yarn.global_cache and "ENABLE_GLOBAL_CACHE" in given:
        return NotApplicable(
            "YARN_ENABLE_GLOBAL_CACHE keeps packages outside of the working directory, and"
            " Plug'n'Play loads them from there"
        )
    at = install.start
    line = f"{_IN_PROJECT}{document.newline}"
    before = [Replacement(at, at, line)] if yarn.global_cache else []
    return YarnSteps(prune, _UNNAMED if prune else "", before, plugs=True)


def as_the_image_has_it(document: Document, yarn: NewYarn) -> NewYarn | NotApplicable:
    """The settings of the project's yarn with those that a Dockerfile gives it; why it would be
    another yarn."""
    if not yarn.is_named and not _TAKEN.search(document.text):
        return NotApplicable(
            "which yarn installs is not said (packageManager in package.json, yarnPath in"
            " .yarnrc.yml): corepack takes yarn 1 then, which reads no .yarnrc.yml"
        )
    given = _given(document)
    linker = given.get("NODE_LINKER", yarn.linker)
    kept = yarn.global_cache
    if "ENABLE_GLOBAL_CACHE" in given:
        kept = given["ENABLE_GLOBAL_CACHE"] not in ("false", "0")
    return replace(yarn, linker=linker, global_cache=kept)


def _given(document: Document) -> dict[str, str]:
    """Setting → the value that a Dockerfile gives it, which is empty where it is not plain."""
    return {match[1]: match[2] or "" for match in _SET.finditer(document.text)}


def _mounts_cache(document: Document) -> bool:
    """Whether a RUN has its project's cache of packages in a mount."""
    mounts = (mount for run in document.runs() for mount in mounts_of(document, run))
    return any(value.rstrip("/").endswith(CACHE) for x in mounts for value in x.options.values())
