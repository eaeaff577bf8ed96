"""Layers as package managers leave them: system packages and Python distributions with their
databases, symbolic and hard links, left-over caches, and a layer that removes some of it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from functools import partial
from random import Random

PACKAGE_FILES = 40
_SITE = "usr/lib/python3/dist-packages"
_INFO = "var/lib/dpkg/info"
_ALPHABET = bytes(range(97, 113))
"""Sixteen letters: drawn from these, content packs to about half, as programs do."""


class Members:
    """Adds members to a layer and counts them."""

    def __init__(self, layer: tarfile.TarFile, noise: bytes, chance: Random) -> None:
        self.entries = 0
        self._layer = layer
        self._noise = noise
        self._chance = chance

    def add(self, path: str, kind: bytes, content: bytes = b"", target: str = "") -> None:
        """A member of any kind."""
        member = tarfile.TarInfo(path)
        member.type, member.size, member.linkname = kind, len(content), target
        member.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
        member.mtime = 1_700_000_000 + self.entries
        self._layer.addfile(member, io.BytesIO(content))
        self.entries += 1

    def file(self, path: str, size_bytes: int) -> None:
        """A file that no other one is like."""
        start = self._chance.randrange(len(self._noise) // 2)
        content = self._noise[start : start + size_bytes]
        content *= size_bytes // max(len(content), 1) + 1
        self.add(path, tarfile.REGTYPE, content[:size_bytes])


Write = Callable[[Members], None]


def layers(files: int, total_bytes: int) -> list[Write]:
    """What writes each layer: about `files` files with `total_bytes` together."""
    size_bytes = total_bytes // files
    system = range(files // 2 // PACKAGE_FILES)
    python = range(files * 2 // 5 // PACKAGE_FILES)
    return [
        partial(_system, system, size_bytes),
        partial(_python, python, size_bytes),
        partial(_cached, files // 10, size_bytes),
        partial(_removed, system, python),
    ]


def noise(chance: Random, size_bytes: int) -> bytes:
    """Content to cut files from."""
    return bytes(chance.choices(_ALPHABET, k=size_bytes))


def sizes(mean_bytes: int) -> list[int]:
    """Of the files of one package: a few are large."""
    small = mean_bytes // 4
    large = mean_bytes * PACKAGE_FILES - small * (PACKAGE_FILES - 2)
    return [large // 2, large // 2, *[small] * (PACKAGE_FILES - 2)]


def _system(packages: range, mean_bytes: int, to: Members) -> None:
    """Packages of dpkg, each with a library under two names and a hard link."""
    for folder in ("usr/lib", "usr/share", _INFO):
        to.add(folder, tarfile.DIRTYPE)
    to.add("lib", tarfile.SYMTYPE, target="usr/lib")
    status = []
    for number in packages:
        folder, library = f"usr/share/package-{number}", f"lib/lib{number}.so"
        to.add(folder, tarfile.DIRTYPE)
        paths = [f"usr/{library}.1", *(f"{folder}/file-{place}" for place in range(1, 40))]
        for path, size_bytes in zip(paths, sizes(mean_bytes), strict=True):
            to.file(path, size_bytes)
        to.add(f"usr/{library}", tarfile.SYMTYPE, target=f"lib{number}.so.1")
        to.add(f"{folder}/again", tarfile.LNKTYPE, target=paths[1])
        listed = ["/.", f"/{folder}", *(f"/{path}" for path in paths), f"/{folder}/again"]
        to.add(f"{_INFO}/package-{number}.list", tarfile.REGTYPE, _lines([*listed, f"/{library}"]))
        to.add(f"{_INFO}/package-{number}.md5sums", tarfile.REGTYPE, b"0" * 34 * PACKAGE_FILES)
        about = [f" line {line} of what the package is for" for line in range(15)]
        status += [f"Package: package-{number}", "Status: install ok installed"]
        status += [f"Version: 1.{number}-1", "Architecture: all", "Description: one", *about, ""]
    to.add("var/lib/dpkg/status", tarfile.REGTYPE, _lines(status))


def _python(distributions: range, mean_bytes: int, to: Members) -> None:
    """Distributions with their RECORD, compiled modules included."""
    to.add(_SITE, tarfile.DIRTYPE)
    for number in distributions:
        name = f"distribution_{number}"
        to.add(f"{_SITE}/{name}", tarfile.DIRTYPE)
        to.add(f"{_SITE}/{name}/__pycache__", tarfile.DIRTYPE)
        half = range(PACKAGE_FILES // 2)
        modules = [f"{name}/module_{place}.py" for place in half]
        compiled = [f"{name}/__pycache__/module_{place}.cpython-311.pyc" for place in half]
        for path, size_bytes in zip([*modules, *compiled], sizes(mean_bytes), strict=True):
            to.file(f"{_SITE}/{path}", size_bytes)
        about = f"{_SITE}/{name}-1.{number}.dist-info"
        rows = [f"{path},sha256={'0' * 43},1000" for path in modules]
        rows += [f"{path},," for path in [*compiled, f"{name}-1.{number}.dist-info/RECORD"]]
        to.add(about, tarfile.DIRTYPE)
        to.add(f"{about}/RECORD", tarfile.REGTYPE, _lines(rows))
        head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: 1.{number}", ""]
        to.add(f"{about}/METADATA", tarfile.REGTYPE, _lines([*head, *["About it."] * 200]))


def _cached(files: int, mean_bytes: int, to: Members) -> None:
    """What pip and apt leave behind."""
    for number in range(files):
        folder = "root/.cache/pip/http" if number % 2 else "var/lib/apt/lists"
        to.file(f"{folder}/{number}", mean_bytes)


def _removed(system: range, python: range, to: Members) -> None:
    """A few packages less: few, as dive stacks all layers anew for each deletion."""
    for number in (system[0], system[-1]):
        to.add(f"usr/share/.wh.package-{number}", tarfile.REGTYPE)
        to.add(f"{_INFO}/.wh.package-{number}.list", tarfile.REGTYPE)
    to.add(f"{_SITE}/.wh.distribution_{python[-1]}", tarfile.REGTYPE)


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
