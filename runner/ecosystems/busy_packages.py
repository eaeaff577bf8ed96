"""Packages of Node that do more than to be imported: they write into what is installed, or read
files of the project. A row of the table is all that is known of one."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class BusyPackage:
    """One of them, or those of one family."""

    begins: str
    """A regular expression for the beginning of its name."""
    writes: bool = False
    """Whether its commands write into node_modules."""
    reads: bool = False
    """Whether it reads files of the project when it runs."""


PACKAGES = (
    BusyPackage(r"@?prisma\b", writes=True, reads=True),
    BusyPackage("zenstack", writes=True, reads=True),
    BusyPackage("patch-package", writes=True, reads=True),
    BusyPackage("nexus", writes=True),
    BusyPackage("ts-patch", writes=True),
    BusyPackage("ttypescript", writes=True),
    BusyPackage("contentlayer", writes=True),
    BusyPackage("better-sqlite3", reads=True),
    BusyPackage("sqlite3", reads=True),
    BusyPackage("@libsql", reads=True),
)
_WRITING = re.compile(f'"(?:{"|".join(x.begins for x in PACKAGES if x.writes)})')
_READING = re.compile(f'"(?:{"|".join(x.begins for x in PACKAGES if x.reads)})')


def names_writer(text: str) -> bool:
    """Whether a text of a package.json names one that writes into what is installed."""
    return _WRITING.search(text) is not None


def names_reader(text: str) -> bool:
    """Whether it names one that reads files of the project."""
    return _READING.search(text) is not None
