"""What the files of one image have that another image lacks: programs, directories, caches.

A text can be compared with a text (`runner.compare.kept`), but what a step wrote, and a further
stage did not take along, only shows in the files. Names count, not contents: a package of another
version is there, and one that moved to another directory of packages is as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from runner.image.contents.caches import cache_paths
from runner.image.live_files import LiveFile, LiveFiles

_PACKAGES = re.compile(r"(.*?(?:site|dist)-packages|.*?node_modules)/", re.DOTALL)
_PYTHON_PACKAGES = re.compile(r".*(?:site|dist)-packages/", re.DOTALL)
_PREFIX = re.compile(r"(.+?)/lib(?:64)?/python3\.\d+/site-packages/", re.DOTALL)
_LIBC = re.compile(r"-linux-(?:gnu|musl)(?=\.so$)")
"""What the name of a compiled module says of the distribution that it is for."""
_MOST_PREFIXES = 20
_PROGRAM = re.compile(r"(?:.*/)?s?bin/([^/]+)", re.DOTALL)
_DEEP = frozenset({"usr", "var", "opt", "home", "root", "lib", "etc"})
"""Top directories that are told apart by what is in them."""
_PASSING = ("tmp/", "run/", "var/tmp/", "var/log/")
"""Directories of what no program needs at its start."""


@dataclass(frozen=True)
class MissingDirectory:
    """A directory of which files are missing."""

    path: str
    bytes: int
    files: int
    names: tuple[str, ...]
    """What directly in it lacks files, the largest first."""


@dataclass(frozen=True)
class Missing:
    """What one image holds and another does not."""

    programs: tuple[str, ...] = ()
    """Names of programs that its own layers brought, those that are spoken of first."""
    base_programs: tuple[str, ...] = ()
    """Those of its base image that are spoken of."""
    directories: tuple[MissingDirectory, ...] = ()
    """Of its own layers, the largest first; no caches."""
    cache_bytes: int = 0
    cache_files: int = 0
    """Caches, bytecode, logs and temporary files."""
    rooted: tuple[MissingDirectory, ...] = ()
    """What is there, but belongs to root, and to another user in the first image: of its own
    layers, without what is installed as packages."""

    @property
    def files(self) -> int:
        """How many files of its own layers, caches apart."""
        return sum(item.files for item in self.directories)

    @property
    def bytes(self) -> int:
        """The bytes of these."""
        return sum(item.bytes for item in self.directories)


def missing(
    before: LiveFiles,
    own_from: int,
    after: LiveFiles,
    environment: Mapping[str, str],
    spoken_of: Collection[str],
) -> Missing:
    """What of the first image is not in the second.

    `own_from` is the index of the first layer above its base, `environment` that of the image,
    `spoken_of` the words in the project's scripts and configurations.
    """
    moved = _prefix_of([*before, *after])
    there = {_key(file.path, moved): file for file in after}
    programs = programs_in(after)
    gone = [file for file in before if _key(file.path, moved) not in there]
    own = [file for file in gone if file.layer >= own_from]
    below = [file for file in gone if file.layer < own_from]
    given = [
        file
        for file in before
        if file.uid
        and file.layer >= own_from
        and (now := there.get(_key(file.path, moved))) is not None
        and not now.uid
        and not _PACKAGES.match(file.path)
    ]
    cached = set(cache_paths((file.path for file in (*own, *given)), environment))
    cached |= {file.path for file in (*own, *given) if file.path.startswith(_PASSING)}
    caches = [file for file in own if file.path in cached]
    kept = [file for file in own if file.path not in cached]
    return Missing(
        programs=_named(kept, programs, spoken_of),
        base_programs=tuple(
            name for name in _named(below, programs, spoken_of) if name in spoken_of
        ),
        directories=_directories(kept),
        cache_bytes=sum(file.bytes for file in caches),
        cache_files=len(caches),
        rooted=_directories(file for file in given if file.path not in cached),
    )


def _prefix_of(files: Iterable[LiveFile]) -> re.Pattern[str]:
    """What begins the paths of what pip installs: `usr/local`, a virtual environment. Packages have
    files there that are not among the modules: programs, `share`, headers."""
    found: set[str] = set()
    for file in files:
        if len(found) < _MOST_PREFIXES and (match := _PREFIX.match(file.path)):
            found.add(match[1])
    longest = sorted(found, key=lambda prefix: (-len(prefix), prefix))
    return re.compile(rf"\A(?:{'|'.join(map(re.escape, longest))})/" if longest else r"(?!)")


def _key(path: str, prefix: re.Pattern[str]) -> str:
    """What a path is told by: below a directory of Python's packages the path in that, below what
    they are installed in the path in this; a compiled module without its distribution."""
    path = _LIBC.sub("-linux", path)
    name = _PYTHON_PACKAGES.sub("packages/", path, count=1)
    return name if name != path else prefix.sub("prefix/", path, count=1)


def programs_in(files: Iterable[LiveFile]) -> set[str]:
    """The names of the programs in an image, links to them among them."""
    return set(filter(None, (_program(file.path) for file in files)))


def _program(path: str) -> str:
    found = _PROGRAM.fullmatch(path)
    return found[1] if found and "node_modules/" not in path else ""


def _named(
    files: Iterable[LiveFile], there: Collection[str], spoken_of: Collection[str]
) -> tuple[str, ...]:
    names = {name for file in files if (name := _program(file.path)) and name not in there}
    return tuple(sorted(names, key=lambda name: (name not in spoken_of, name)))


def _directories(files: Iterable[LiveFile]) -> tuple[MissingDirectory, ...]:
    found: dict[str, dict[str, list[LiveFile]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        place, name = _place(file.path)
        found[place][name].append(file)
    return tuple(sorted(_summed(found), key=lambda item: (-item.bytes, -item.files, item.path)))


def _summed(found: Mapping[str, Mapping[str, list[LiveFile]]]) -> Iterator[MissingDirectory]:
    for path, inside in found.items():
        sizes = {name: sum(file.bytes for file in files) for name, files in inside.items()}
        yield MissingDirectory(
            path=path,
            bytes=sum(sizes.values()),
            files=sum(map(len, inside.values())),
            names=tuple(sorted(sizes, key=lambda name: (-sizes[name], name))),
        )


def _place(path: str) -> tuple[str, str]:
    """The directory that a file is counted in, and what in it."""
    packages = _PACKAGES.match(path)
    if packages:
        return packages[1], path[packages.end() :].partition("/")[0]
    parts = path.split("/")
    depth = min(2 if parts[0] in _DEEP else 1, len(parts) - 1)
    return "/".join(parts[:depth]), parts[depth]
