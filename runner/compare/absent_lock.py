"""Dockerfiles whose installer asks for a lock that is not there, as git ignores it or none was ever
written: the installer is told to do without."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement
from runner.model.record import Failure


@dataclass(frozen=True)
class _Installer:
    """What it says where there is no lock, and what it is told then."""

    says: re.Pattern[str]
    commands: tuple[tuple[str, ...], ...]
    """How its command may begin."""
    word: re.Pattern[str]
    """What of its command asks for the lock."""
    instead: str
    """Empty for nothing."""
    lock: str


_INSTALLERS = (
    _Installer(
        re.compile(r"Unable to find lockfile at `uv\.lock`"),
        (("uv", "sync"),),
        re.compile(r"--(?:frozen|locked)"),
        "",
        "uv.lock",
    ),
    _Installer(
        re.compile(r"`npm ci` command can only install with an existing package-lock\.json"),
        (("npm", "ci"), ("npm", "clean-install")),
        re.compile(r"ci|clean-install"),
        "install",
        "package-lock.json",
    ),
    _Installer(
        re.compile(r"ERR_PNPM_NO_LOCKFILE"),
        (("pnpm", "install"), ("pnpm", "i")),
        re.compile(r"--frozen-lockfile"),
        "--no-frozen-lockfile",
        "pnpm-lock.yaml",
    ),
)


def without_absent_lock(
    own: Sequence[OwnDockerfile], failures: Mapping[str, Failure], paths: Sequence[str]
) -> tuple[list[OwnDockerfile], list[str]]:
    """The Dockerfiles that install without the lock for want of which they failed, and what is said
    of it; the Dockerfiles themselves and nothing where that is not why, and where a file of their
    context (`paths`) is such a lock: then they do not copy it."""
    found = list(own)
    said: dict[str, None] = {}
    for index, item in enumerate(own):
        failure = failures.get(item.name)
        for installer in _INSTALLERS:
            if failure is None or not installer.says.search(failure.words):
                continue
            if any(posixpath.basename(path) == installer.lock for path in paths):
                continue
            text = _told(item, installer, " ".join(failure.step.split()))
            if text != item.dockerfile.text:
                line = (
                    f"{installer.commands[0][0]} installs without {installer.lock}, which is not"
                    " there: what it installs may be another version tomorrow; write the lock and"
                    " commit it"
                )
                found[index] = item.mended(text, line)
                said[line] = None
    return found, list(said)


def _told(own: OwnDockerfile, installer: _Installer, step: str) -> str:
    """The text of a Dockerfile whose failed step installs without a lock."""
    document = Document(own.dockerfile.text, own.target)
    try:
        runs = [list(commands_of(document, run)) for run in document.runs()]
        failed = max(runs, key=lambda commands: _shared(commands, step), default=[])
        changed = [
            replacement
            for command in failed
            if any(command.plain[: len(x)] == x for x in installer.commands)
            for replacement in _in(command, installer)
        ]
        return document.edited(changed).text
    except DockerfileError:
        return document.text  # the builder will say what is wrong with it


def _shared(commands: Sequence[Command], step: str) -> int:
    """How much of a step the commands of a RUN are, in characters."""
    texts = [" ".join(command.words) for command in commands]
    return sum(len(text) for text in texts if text in step)


def _in(command: Command, installer: _Installer) -> list[Replacement]:
    """The word that asks for the lock, with what stands before it where nothing takes its place: a
    line that is continued must not end in an empty one."""
    index = next((i for i, x in enumerate(command.plain) if installer.word.fullmatch(x)), 0)
    if not index:
        return []
    (_, before), (start, end) = command.spans[index - 1], command.spans[index]
    return [Replacement(start if installer.instead else before, end, installer.instead)]
