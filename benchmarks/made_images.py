"""Images of a chosen size and number of files, made for benchmarks and loaded into an engine."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.engine.port import Engine
from runner.model.labels import OWNER

_FOLDER_FILES = 50
_NOISE_BYTES = 1 << 24
_LAYERS = 3
"""Layers that add files; one more changes and deletes some of them."""


@dataclass(frozen=True)
class Made:
    """What to make: `files` files that hold `total_bytes` together, in three layers, and on top
    one layer that writes some of them again and deletes some."""

    name: str
    total_bytes: int
    files: int

    @property
    def tag(self) -> str:
        """Its name on the engine."""
        return f"dockbench/benchmark:anatomy-{self.name}"


IMAGES = (
    Made("100mb", 100_000_000, 5_000),
    Made("400mb", 400_000_000, 20_000),
    Made("1gb", 1_000_000_000, 40_000),
    Made("100000-files", 100_000_000, 100_000),
)


@dataclass(frozen=True)
class Loaded:
    """An image that is on the engine, its archive on disk, and how many entries it has."""

    made: Made
    archive: Path
    entries: int


@contextmanager
def loaded(made: Made, engine: Engine, folder: Path) -> Iterator[Loaded]:
    """The image on the engine and, as the engine saves it, on disk; both are gone afterwards."""
    path = folder / f"{made.name}.tar"
    entries = _write(made, path, folder)
    with path.open("rb") as stream:
        engine.client.images.load(stream)
    try:
        with path.open("wb") as saved:
            for piece in engine.client.images.get(made.tag).save(named=made.tag):
                saved.write(piece)
        yield Loaded(made, path, entries)
    finally:
        engine.client.images.remove(made.tag, force=True)
        path.unlink()


def _write(made: Made, path: Path, folder: Path) -> int:
    """Write the image as a docker archive; returns the number of its entries."""
    chance = random.Random(made.name)
    noise = chance.randbytes(_NOISE_BYTES)
    sizes = _sizes(made, chance)
    share = -(-made.files // _LAYERS)
    writers: list[Callable[[tarfile.TarFile], int]] = [
        lambda layer, first=first: _files(  # type: ignore[misc]
            layer, range(first, min(first + share, made.files)), sizes, noise, chance
        )
        for first in range(0, made.files, share)
    ]
    writers.append(lambda layer: _changes(layer, sizes, noise, chance))
    entries = 0
    layers = []
    with tarfile.open(path, "w") as archive:
        for index, write in enumerate(writers):
            tarball = folder / f"layer-{index}.tar"
            with tarfile.open(tarball, "w", format=tarfile.GNU_FORMAT) as layer:
                entries += write(layer)
            layers.append((f"{index:064x}/layer.tar", _digest(tarball)))
            archive.add(tarball, layers[-1][0])
            tarball.unlink()
        configuration = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": {OWNER: "benchmark"}},
            "rootfs": {"type": "layers", "diff_ids": [digest for _, digest in layers]},
            "history": [{"created_by": f"RUN step {index}"} for index in range(len(layers))],
        }
        names = [name for name, _ in layers]
        manifest = [{"Config": "config.json", "RepoTags": [made.tag], "Layers": names}]
        for name, content in (("config.json", configuration), ("manifest.json", manifest)):
            _add(archive, name, json.dumps(content).encode())
    return entries


def _sizes(made: Made, chance: random.Random) -> list[int]:
    """Sizes as in real images, a few large files and many small ones, with the wanted sum."""
    drawn = [chance.lognormvariate(0, 1.5) for _ in range(made.files)]
    scale = made.total_bytes / sum(drawn)
    return [int(size * scale) for size in drawn]


def _files(
    layer: tarfile.TarFile, numbers: range, sizes: list[int], noise: bytes, chance: random.Random
) -> int:
    """Add files, each folder before its first one; returns the number of entries."""
    folders = dict.fromkeys(folder for number in numbers for folder in _folders(number))
    for folder in folders:
        member = tarfile.TarInfo(folder)
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        layer.addfile(member)
    for number in numbers:
        _add_file(layer, number, sizes[number], noise, chance)
    return len(folders) + len(numbers)


def _changes(layer: tarfile.TarFile, sizes: list[int], noise: bytes, chance: random.Random) -> int:
    """Write one file in fifty again and delete five other folders: few, as dive stacks all layers
    anew for each deletion."""
    again = range(len(sizes) // 50)
    entries = _files(layer, again, sizes, noise, chance)
    deleted = [
        _folders(number)[-1] for number in range(len(sizes) // 2, len(sizes), len(sizes) // 10)
    ]
    for folder in deleted:
        parent, _, name = folder.rpartition("/")
        _add(layer, f"{parent}/.wh.{name}", b"")
    return entries + len(deleted)


def _folders(number: int) -> list[str]:
    """The folders above a file, the outermost first."""
    folder = number // _FOLDER_FILES
    return ["opt", f"opt/part-{folder // 40}", f"opt/part-{folder // 40}/folder-{folder}"]


def _add_file(
    layer: tarfile.TarFile, number: int, size: int, noise: bytes, chance: random.Random
) -> None:
    member = tarfile.TarInfo(f"{_folders(number)[-1]}/file-{number}.dat")
    member.size, member.mode, member.mtime = size, 0o644, 1_700_000_000 + number
    start = chance.randrange(_NOISE_BYTES // 2)
    content = noise[start : start + size]
    layer.addfile(member, io.BytesIO(content * (size // max(len(content), 1) + 1)))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
