"""A plain Dockerfile whose installer refuses the project's lock, which is not whole: npm installs
with the lock as far as it goes, and pip without its hashes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.analysis.causes_of_node import OTHER_LOCK
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.model.record import Failure

_UNPINNED = re.compile(
    r"In --require-hashes mode, all requirements must have their versions pinned with ==\. "
    r"These do not:\s+([A-Za-z0-9][\w.-]*)"
)
_EXPORT = re.compile(r"^(RUN poetry export) (?!.*--without-hashes)", re.MULTILINE)
_CI = re.compile(r"^RUN npm ci$", re.MULTILINE)


def with_npm_install(
    own: Sequence[OwnDockerfile], failures: Sequence[Failure]
) -> tuple[list[OwnDockerfile], list[str]]:
    """The plain Dockerfile with `npm install`, and what is said of it; the Dockerfiles themselves
    and nothing where no lock was refused, and where the project has one of its own."""
    refused = next((match[1] for x in failures if (match := OTHER_LOCK.search(x.words))), "")
    said = (
        f"`npm install` in the place of `npm ci`, which refuses the project's lock ({refused}):"
        " what it installs may be another version tomorrow, until the lock is written anew"
    )
    return _changed(own, _CI, "RUN npm install", said if refused else "")


def without_hashes(
    own: Sequence[OwnDockerfile], failures: Sequence[Failure]
) -> tuple[list[OwnDockerfile], list[str]]:
    """The plain Dockerfile of a lock of Poetry that lacks what one of its packages requires; the
    Dockerfiles themselves and nothing where that is not so, and where the project has one of its
    own."""
    lacking = next((match[1] for x in failures if (match := _UNPINNED.search(x.words))), "")
    said = (
        f"its lock without hashes: it lacks {lacking}, which one of its packages requires, and pip"
        " installs nothing without a hash next to what has one"
    )
    return _changed(own, _EXPORT, r"\1 --without-hashes ", said if lacking else "")


def _changed(
    own: Sequence[OwnDockerfile], pattern: re.Pattern[str], instead: str, said: str
) -> tuple[list[OwnDockerfile], list[str]]:
    """The plain Dockerfile with its install written otherwise, and what is `said` of it; the
    Dockerfiles themselves and nothing where nothing is to be said, or there is none such."""
    if not said or not own or not own[0].plain:
        return list(own), []
    text = pattern.sub(instead, own[0].dockerfile.text)
    if text == own[0].dockerfile.text:
        return list(own), []
    dockerfile = replace(own[0].dockerfile, text=text)
    return [replace(own[0], dockerfile=dockerfile), *own[1:]], [said]
