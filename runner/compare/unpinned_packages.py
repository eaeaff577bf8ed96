"""Versions of the distribution's packages that it has no more: an archive holds one of each, and
what a Dockerfile asks for is gone with the next update."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.shell import commands_of
from runner.dockerfile.spans import Replacement
from runner.model.record import Failure

_GONE = re.compile(r"E: Version '([^'\s]{1,100})' for '([\w.+-]{1,100})' was not found")
_APT = frozenset(("apt-get", "apt", "aptitude"))


def with_newer_packages(
    own: Sequence[OwnDockerfile], failures: Sequence[Failure]
) -> tuple[list[OwnDockerfile], list[str]]:
    """The Dockerfiles without the versions that were not found, and what is said of them; the
    Dockerfiles themselves and nothing where none was asked for."""
    missed = {f"{name}={version}" for x in failures for version, name in _GONE.findall(x.words)}
    gone = {word for word in missed if any(word in x.dockerfile.text for x in own)}
    if not gone:
        return list(own), []
    texts = [_unpinned(x, gone) for x in own]
    if all(x.dockerfile.text == text for x, text in zip(own, texts, strict=True)):
        return list(own), []
    said = (
        f"{', '.join(sorted(gone))}: the distribution has no such version any more, so it installs"
        " the one that there is"
    )
    return [
        x if x.dockerfile.text == text else x.mended(text, said)
        for x, text in zip(own, texts, strict=True)
    ], [said]


def _unpinned(own: OwnDockerfile, gone: Collection[str]) -> str:
    document = Document(own.dockerfile.text)
    try:
        words = [
            (word, span)
            for run in document.runs()
            for command in commands_of(document, run)
            if command.program in _APT
            for word, span in zip(command.plain, command.spans, strict=True)
        ]
    except DockerfileError:
        return own.dockerfile.text  # the builder will say what is wrong with it
    return document.edited(
        [Replacement(*span, word.partition("=")[0]) for word, span in words if word in gone]
    ).text
