"""Packages that have another name in another release of Debian, for the copy of a Dockerfile that
is built on this one where its own base cannot be had."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document
from runner.dockerfile.shell import commands_of
from runner.dockerfile.spans import Replacement

RELEASE = "bookworm"
"""The release that the names of this module are those of."""
_APT = ("apt-get", "apt", "aptitude")
_IN_BOOKWORM = {
    "libenchant1c2a": "libenchant-2-2",
    "libffi6": "libffi8",
    "libffi7": "libffi8",
    "libgirepository-2.0-dev": "libgirepository1.0-dev",
    "libldap-2.4-2": "libldap-2.5-0",
    "libldap2": "libldap-2.5-0",
    "libmariadbclient-dev": "libmariadb-dev",
    "libmysqlclient-dev": "default-libmysqlclient-dev",
    "libpng12-dev": "libpng-dev",
    "libprocps8": "libproc2-0",
    "libreadline7": "libreadline8",
    "libssl1.1": "libssl3",
    "libtiff5": "libtiff6",
    "libwebp6": "libwebp7",
    "mysql-client": "default-mysql-client",
    "netcat": "netcat-traditional",
    "python": "python-is-python3",
    "python-dev": "python-dev-is-python3",
    "python-pip": "python3-pip",
    "ttf-dejavu": "fonts-dejavu",
}
"""Package of an earlier or a later release, which this one has not → what brings the same here."""
_ASK = (("install",), ("upgrade",), ("dist-upgrade",))
_YES = re.compile(r"-[a-zA-Z]*y[a-zA-Z]*|-[a-zA-Z]*qq[a-zA-Z]*|--yes|--assume-yes|--simulate|-s")
_LATER_TIME = re.compile(r"(lib[a-z0-9.+-]+)t64")
"""Libraries that trixie renamed for 64-bit times."""


def name_here(package: str) -> str:
    """A package's name in this release; the same where it is not known to have another."""
    renamed = _LATER_TIME.fullmatch(package)
    return renamed[1] if renamed else _IN_BOOKWORM.get(package, package)


def with_names_of_here(document: Document) -> tuple[Document, dict[str, str]]:
    """The document with the names of this release in what apt installs, and which were changed;
    shell that cannot be parsed stays as it is, and so does a version that is asked for."""
    found: list[Replacement] = []
    renamed: dict[str, str] = {}
    for run in document.runs():
        for command in commands_of(document, run):
            if command.program not in _APT or command.operands[:1] != ("install",):
                continue
            for word, (start, end) in zip(command.plain, command.spans, strict=True):
                if (here := name_here(word)) != word:
                    found.append(Replacement(start, end, here))
                    renamed[word] = here
    return document.edited(found), renamed


def without_questions(document: Document) -> Document:
    """The document whose apt asks nothing before it installs: it asks, and ends as nobody answers,
    where more is to be installed than what it was told, and a stand-in has fewer packages than the
    image in whose place it is."""
    return document.edited(
        [
            Replacement(end, end, " -y")
            for run in document.runs()
            for command in commands_of(document, run)
            if command.program in _APT and command.operands[:1] in _ASK
            if not any(map(_YES.fullmatch, command.plain))
            for word, (_, end) in zip(command.plain, command.spans, strict=True)
            if word == command.operands[0]
        ]
    )
