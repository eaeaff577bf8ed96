"""Images of a chosen size and number of files, made for benchmarks and loaded into an engine."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import installed_image
from runner.engine.docker.engine import DockerEngine
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
    installed: bool = False
    """Laid out by package managers instead (`installed_image`), and in an archive with packed
    layers, as a registry has them and engines with containerd's store save them."""

    overwritten: bool = False
    """One layer of all files instead, and one with other contents of the same sizes for each."""

    @property
    def tag(self) -> str:
        """Its name on the engine."""
        return f"dockbench/benchmark:anatomy-{self.name}"


IMAGES = (
    Made("100mb", 100_000_000, 5_000),
    Made("400mb", 400_000_000, 20_000),
    Made("1gb", 1_000_000_000, 40_000),
    Made("100000-files", 100_000_000, 100_000),
    Made("overwritten", 100_000_000, 30_000, overwritten=True),
    Made("installed", 200_000_000, 25_000, installed=True),
)


@dataclass(frozen=True)
class Loaded:
    """An image that is on the engine, its archive on disk, and how many entries it has."""

    made: Made
    archive: Path
    entries: int


@contextmanager
def loaded(made: Made, engine: DockerEngine, folder: Path) -> Iterator[Loaded]:
    """The image on the engine and, as the engine saves it, on disk; both are gone afterwards.

    An archive with packed layers stays as it was written: many engines would unpack it.
    """
    path = folder / f"{made.name}.tar"
    entries = _write(made, path, folder)
    with path.open("rb") as stream:
        engine.client.images.load(stream)
    try:
        if not made.installed:
            with path.open("wb") as saved:
                for piece in engine.client.images.get(made.tag).save(named=made.tag):
                    saved.write(piece)
        yield Loaded(made, path, entries)
    finally:
        engine.client.images.remove(made.tag, force=True)
        path.unlink()


Write = Callable[[tarfile.TarFile], int]
"""Adds a layer's entries and says how many they are."""


def _write(made: Made, path: Path, folder: Path) -> int:
    """Write the image as a docker archive; returns the number of its entries."""
    entries = 0
    layers: list[tuple[str, str]] = []
    with tarfile.open(path, "w") as archive:
        for index, write in enumerate(_installed(made) if made.installed else _plain(made)):
            tarball = folder / f"layer-{index}.tar"
            with tarfile.open(tarball, "w", format=tarfile.GNU_FORMAT) as layer:
                entries += write(layer)
            diff_id = _digest(tarball)
            name = f"{index:064x}/layer.tar"
            if made.installed:
                tarball = _packed(tarball)
                name = f"blobs/{_digest(tarball).replace(':', '/')}"
            layers.append((name, diff_id))
            archive.add(tarball, name)
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


def _plain(made: Made) -> list[Write]:
    """What writes each layer of an image of files alone."""
    chance = random.Random(made.name)
    noise = chance.randbytes(_NOISE_BYTES)
    sizes = _sizes(made, chance)
    if made.overwritten:
        return [lambda layer: _files(layer, range(made.files), sizes, noise, chance)] * 2
    share = -(-made.files // _LAYERS)
    writers: list[Write] = [
        lambda layer, first=first: _files(  # type: ignore[misc]
            layer, range(first, min(first + share, made.files)), sizes, noise, chance
        )
        for first in range(0, made.files, share)
    ]
    writers.append(lambda layer: _changes(layer, sizes, noise, chance))
    return writers


def _installed(made: Made) -> list[Write]:
    """What writes each layer of an image that package managers made."""
    chance = random.Random(made.name)
    noise = installed_image.noise(chance, _NOISE_BYTES)

    def counted(write: installed_image.Write, layer: tarfile.TarFile) -> int:
        members = installed_image.Members(layer, noise, chance)
        write(members)
        return members.entries

    layers = installed_image.layers(made.files, made.total_bytes)
    return [partial(counted, write) for write in layers]


def _packed(tarball: Path) -> Path:
    """The layer packed with gzip, in place of the plain one."""
    packed = tarball.with_suffix(".gz")
    with tarball.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as stream:
        shutil.copyfileobj(plain, stream)
    tarball.unlink()
    return packed


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
