"""The port to a package manager's database, and what its adapters share."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from runner.image.contents.live import PATH_MAX, LiveRoot
from runner.model.entries import Limits
from runner.oci.damage import LimitError

_TEXT_MAX = 200


class Claim(Struct, frozen=True):
    """A package as its database describes it."""

    name: str
    version: str
    paths: Iterable[str]
    """Files that it lists, relative to the root; they need not exist."""
    requires: tuple[str, ...] = ()
    """Names of the packages that it cannot run without, as `plain_name` gives them."""


class PackageSource(Protocol):
    """One kind of package database. Whatever is damaged in it is left out, never an error."""

    @property
    def manager(self) -> str:
        """As it appears in `Package.manager`."""

    @property
    def endings(self) -> tuple[str, ...]:
        """What the paths of its files end with: a quick first test."""

    @property
    def beginnings(self) -> tuple[str, ...]:
        """What the paths of its files begin with, where they have no common ending."""

    def needs(self, path: str) -> bool:
        """Whether this is a file of the database, for a path with such an ending or beginning."""

    def claims(self, root: LiveRoot) -> Iterator[Claim]:
        """The installed packages, in the order in which they come to their files."""


def text_of(content: bytes) -> str:
    """A database's text; undecodable bytes as in paths."""
    return content.decode("utf-8", "surrogateescape")


def paragraphs(text: str) -> Iterator[str]:
    """The descriptions in a database of one for each package, between empty lines, one by one;
    raises `LimitError` beyond the limit `packages`."""
    start, count, most = 0, 0, Limits().packages
    while start < len(text):
        end = text.find("\n\n", start)
        paragraph = text[start:] if end < 0 else text[start:end]
        start = len(text) if end < 0 else end + 2
        if paragraph.strip():
            count += 1
            if count > most:
                raise too_many_packages(most)
            yield paragraph


def too_many_packages(most: int) -> LimitError:
    """What an image ends with whose databases know more packages."""
    return LimitError("packages", most, "its package databases have more")


def fields_of(names: str) -> Callable[[str], dict[str, str]]:
    """What reads these fields (`Name|Version`) from the head of a description, one a line. White
    space around them is taken off afterwards: a pattern for it takes a time that grows with the
    square of a run of spaces."""
    line = re.compile(rf"^({names}):(.*)$", re.MULTILINE)
    return lambda text: {name: value.strip(" \t\r") for name, value in line.findall(text)}


def plain_name(name: str) -> str:
    """A package's name as it is compared: Python's managers take `-`, `_` and `.` for the same."""
    return re.sub(r"[-_.]+", "-", name).lower()


def label(text: str) -> str:
    """A name or version that is safe to show: one line, printable, not endless."""
    return "".join(letter if letter.isprintable() else "?" for letter in text.strip()[:_TEXT_MAX])


def inside(folder: str, path: str) -> str | None:
    """A path as listed relative to a directory, from the root; None if it leads out of the root."""
    if path.startswith("/"):
        path = path.lstrip("/")
    elif folder:
        path = f"{folder}/{path}"
    if len(path) > PATH_MAX:
        return None
    if ".." in path or "//" in path or "./" in path:
        path = posixpath.normpath(path)
    return None if path.startswith("..") else path
