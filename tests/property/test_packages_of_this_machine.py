"""Real package databases, those of this machine: dpkg and Python say themselves what is theirs."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from runner.image.contents import keep_for_contents
from runner.image.contents.live import live_root
from runner.image.contents.packages import Ownership, ownership
from runner.image.merge import merge
from runner.model.entries import Entry, EntryKind
from tests.unit import images

INFO = Path("/var/lib/dpkg/info")
MOST = 200
"""Packages of dpkg that are looked at; a machine may have thousands."""

MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Links to folders in `usr` on any Debian of today."""


def entries_of(paths: Iterable[str]) -> Iterator[Entry]:
    """What is on this machine at these paths, each once; further names of a content are links."""
    holder_of: dict[tuple[int, int], str] = {}
    for path in dict.fromkeys(paths):
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            continue
        relative = path.lstrip("/")
        if stat.S_ISDIR(status.st_mode):
            yield images.directory(relative)
        elif stat.S_ISLNK(status.st_mode):
            yield images.symlink(relative, str(Path(path).readlink()))
        elif stat.S_ISREG(status.st_mode):
            first = holder_of.setdefault((status.st_dev, status.st_ino), relative)
            if first != relative:
                yield images.link(relative, to=first)
            else:
                kept = keep_for_contents(relative, status.st_size)
                content = Path(path).read_bytes() if kept else None
                yield images.file(relative, status.st_size, content=content)


def owned(paths: Iterable[str]) -> Ownership:
    """Who owns what in an image of these files."""
    image = images.image(images.layer(*entries_of(paths)))
    found = ownership(live_root(merge(image)))
    contents = sum(e.size_bytes for e in image.layers[0].entries if e.kind is EntryKind.file)
    assert sum(package.bytes for package in found.packages) + found.unowned_bytes == contents
    return found


real_folder = cache(os.path.realpath)


def real(path: str) -> str:
    """The path with links among the folders above it followed."""
    folder, _, name = path.rpartition("/")
    return f"{real_folder(folder)}/{name}"


def bytes_of(paths: Iterable[str]) -> int:
    """Of the regular files, each content once."""
    found = {}
    for path in map(Path, paths):
        if path.is_file() and not path.is_symlink():
            status = path.stat()
            found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())


def said(*command: str) -> list[str]:
    """The lines that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.removesuffix("\n").split("\n")


def listed_by_dpkg(packages: list[str]) -> dict[str, list[str]]:
    """The files of each package, as dpkg tells them; an empty line stands between packages."""
    lists: list[list[str]] = [[]]
    for line in said("dpkg-query", "-L", *packages):
        if line.startswith("/"):
            lists[-1].append(line)
        elif not line:
            lists.append([])
        elif line.startswith("diverted by"):
            lists[-1][-1] = line.partition(" to: ")[2]
    return dict(zip(packages, lists, strict=True))


@cache
def kept_by_dpkg() -> dict[str, list[str]]:
    """What dpkg keeps of packages: lists, sums and scripts, by the names of the files without
    their endings."""
    kept: dict[str, list[str]] = {}
    for path in INFO.iterdir():
        kept.setdefault(path.stem, []).append(str(path))
    return kept


def about(package: str) -> list[str]:
    """What of this is a package's (`python3.list` is `python3`'s, `python3.11.list` is not)."""
    names = {package, package.partition(":")[0]}
    return [path for name in names for path in kept_by_dpkg().get(name, [])]


@pytest.mark.skipif(
    shutil.which("dpkg-query") is None or not INFO.is_dir(), reason="this machine has no dpkg"
)
def test_what_dpkg_says_of_its_packages() -> None:
    rows = [
        line.split(" ")
        for line in said(
            "dpkg-query", "-W", "-f", "${db:Status-Status} ${binary:Package} ${Version}\n"
        )
    ]
    every = [(name, version) for status, name, version in rows if status == "installed"]
    versions = dict(every[:: 1 + len(every) // MOST])
    lists = listed_by_dpkg(list(versions))
    owners: dict[str, set[str]] = {}
    for name, paths in lists.items():
        for path in paths:
            owners.setdefault(real(path), set()).add(name)
    scripts = {name: about(name) for name in lists}
    links = [f"/{name}" for name in MERGED if Path("/", name).is_symlink()]
    databases = ["/var/lib/dpkg/status", "/var/lib/dpkg/diversions"]
    found = owned([*links, *databases, *chain.from_iterable(scripts.values()), *owners])
    ours = {(package.name, package.version): package.bytes for package in found.packages}
    alone = {
        name: listed
        for name, listed in lists.items()
        if all(owners[real(path)] == {name} for path in listed if Path(path).is_file())
    }
    assert len(alone) > 0.8 * len(lists)
    judged = {
        (name.partition(":")[0], versions[name]): bytes_of([*map(real, listed), *scripts[name]])
        for name, listed in alone.items()
    }
    assert {name: ours.get(name) for name in judged} == judged


def test_what_python_says_of_its_distributions() -> None:
    """Of the environment that runs the tests, where it has a RECORD: an old pip without `wheel`, as
    in Debian 12, leaves none for what it builds from its sources."""
    files = {
        (one.metadata["Name"], one.version): [
            str(one.locate_file(path)) for path in one.files or ()
        ]
        for one in importlib.metadata.distributions()
        if one.read_text("RECORD") is not None
    }
    every = {os.path.normpath(path) for paths in files.values() for path in paths}
    ours = {
        (package.name, package.version): package.bytes
        for package in owned(every).packages
        if package.manager == "python"
    }
    assert len(files) > 20
    assert ours == {name: bytes_of(paths) for name, paths in files.items()}
