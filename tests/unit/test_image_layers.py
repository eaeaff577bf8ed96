"""Layers from folders and from exports: what goes in comes out, however the bytes arrive."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from runner.image.cache import LayerCache
from runner.image.compress import Compressor, Threads, best
from runner.image.read import read_image
from runner.image.sizes import Sizing
from runner.model.entries import Entry
from runner.model.errors import ImageError
from runner.model.paths import CachePaths
from runner.oci.iterator_io import pulled
from runner.oci.overlay_tarball import layer_tarball
from runner.oci.reading import Copy
from tests.unit.archives import Image, gz, zstd
from tests.unit.cut_export import Cut

LONG = "n" * 90


def layer(**files: bytes) -> bytes:
    """A layer's tarball."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def diff_id(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


ONE, TWO = layer(a=b"one" * 5000), layer(b=b"two")
EMPTY = b"\0" * 1024


class Taken:
    """Gets the layers of an image, by the paths under which they were found."""

    def __init__(self, paths: set[str] | None = None) -> None:
        self.found: dict[str, bytes] = {}
        self.files: dict[str, list[str]] = {}
        self._paths = paths

    def __call__(self, path: str, _plain: bool) -> Copy | None:
        taken = self

        class One:
            def __init__(self) -> None:
                self.pieces: list[bytes] = []

            def add(self, piece: bytes) -> None:
                self.pieces.append(piece)

            def end(self, diff_id: str, entries: Sequence[Entry]) -> None:
                taken.found[diff_id] = b"".join(self.pieces)
                taken.files[diff_id] = [entry.path for entry in entries]

        return One() if self._paths is None or path in self._paths else None


@pytest.fixture
def cache(tmp_path: Path) -> LayerCache:
    return LayerCache(CachePaths(tmp_path))


IMAGE = Image([ONE, TWO, EMPTY, ONE])
FORMS = {
    "docker-archive": IMAGE.docker_archive(),
    "oci": IMAGE.oci_archive(),
    "oci, gzip": Image(IMAGE.layers, pack=gz).oci_archive(),
    "docker-archive, zstandard": Image(IMAGE.layers, pack=zstd).docker_archive(),
}


@pytest.mark.parametrize("piece_bytes", [1, 511, 4096, 10**6])
@pytest.mark.parametrize("form", FORMS)
def test_every_layer_of_an_export_is_given_once(form: str, piece_bytes: int) -> None:
    taken = Taken()
    read_image("app:1", copies=taken, connect=lambda: Cut(FORMS[form], [piece_bytes]))
    assert taken.found == {diff_id(content): content for content in (ONE, TWO, EMPTY)}
    assert taken.files == {diff_id(ONE): ["a"], diff_id(TWO): ["b"], diff_id(EMPTY): []}


@pytest.mark.parametrize("form", FORMS)
def test_every_layer_of_an_archive_is_given_once(form: str, tmp_path: Path) -> None:
    source = tmp_path / "image.tar"
    source.write_bytes(FORMS[form])
    taken = Taken()
    read_image(str(source), copies=taken)
    assert taken.found == {diff_id(content): content for content in (ONE, TWO, EMPTY)}


def test_sizes_are_kept_by_content_and_names_are_remembered(cache: LayerCache) -> None:
    for export in (FORMS["docker-archive"], FORMS["oci, gzip"]):
        for compressor in (best(), Compressor(best().name, not_asked_for)):
            known = LayerCache(CachePaths(cache_root(cache)), compressor)
            with Threads(1) as threads:
                sizing = Sizing(known, threads)
                read_image("app:1", copies=sizing, connect=lambda e=export: Cut(e, [4096]))  # type: ignore[misc]
            size = known.get(diff_id(ONE))
            assert size is not None
            assert (size.unpacked_bytes, size.files) == (15_000, 1)


def cache_root(cache: LayerCache) -> Path:
    return cache._folder.parent


def not_asked_for(_block: bytes, _before: bytes, _last: bool) -> NoReturn:
    raise AssertionError("a layer is compressed whose size is known")


def test_the_size_does_not_depend_on_the_pieces(tmp_path: Path) -> None:
    data = Image([layer(a=os.urandom(3_000_000))]).docker_archive()
    sizes = set()
    for length in (1000, 4096, 1 << 20, 1 << 24):
        known = LayerCache(CachePaths(tmp_path / str(length)))
        with Threads(1) as threads:
            read_image("x", copies=Sizing(known, threads), connect=lambda n=length: Cut(data, [n]))  # type: ignore[misc]
        [path] = known._folder.glob("*.json")
        sizes.add(path.read_bytes())
    assert len(sizes) == 1


def members_of(folder: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=pulled(layer_tarball(folder)), mode="r|") as archive:
        return {member.name: member for member in archive}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A layer's folder with one of everything that needs no root."""
    root = tmp_path / "diff"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "passwd").write_bytes(b"root" * 1000)
    os.link(root / "etc" / "passwd", root / "etc" / "shadow")
    (root / "etc" / "mtab").symlink_to("/proc/mounts")
    (root / f"{LONG}" / f"{LONG}").mkdir(parents=True)
    (root / f"{LONG}" / f"{LONG}" / "deep").write_bytes(b"x")
    (root / "empty").touch()
    (root / os.fsdecode(b"caf\xe9")).write_bytes(b"latin")
    os.mkfifo(root / "pipe")
    (root / "suid").touch()
    (root / "suid").chmod(0o4755)
    os.mknod(root / "etc" / "gone", stat.S_IFCHR, os.makedev(0, 0))
    return root


def test_a_folder_becomes_the_tarball_that_the_engine_would_write(folder: Path) -> None:
    members = members_of(folder)
    assert list(members)[:5] == sorted(members)[:5]
    assert members["etc"].isdir()
    assert members["etc/passwd"].size == 4000
    assert members["etc/shadow"].islnk()
    assert members["etc/shadow"].linkname == "etc/passwd"
    assert members["etc/mtab"].linkname == "/proc/mounts"
    assert members[f"{LONG}/{LONG}/deep"].size == 1
    assert members[os.fsdecode(b"caf\xe9")].size == 5
    assert members["pipe"].isfifo()
    assert members["suid"].mode == 0o4755
    assert "etc/gone" not in members
    whiteout = members["etc/.wh.gone"]
    assert (whiteout.isreg(), whiteout.size) == (True, 0)


def test_a_folder_and_the_system_tar_hold_the_same(folder: Path, tmp_path: Path) -> None:
    (folder / "etc" / "gone").unlink()
    with tarfile.open(tmp_path / "judge.tar", "w") as archive:
        archive.add(folder, ".")
    with tarfile.open(tmp_path / "judge.tar") as archive:
        judge = {
            member.name.removeprefix("./"): (
                member.type == tarfile.DIRTYPE,
                member.mode,
                member.uid,
            )
            for member in archive
            if member.name != "."
        }
    ours = {
        name: (member.type == tarfile.DIRTYPE, member.mode, member.uid)
        for name, member in members_of(folder).items()
    }
    assert ours == judge


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot read the layer's directory"):
        list(layer_tarball(tmp_path / "none"))


def test_a_directory_that_does_not_hold_its_layer_alone(tmp_path: Path) -> None:
    os.setxattr(tmp_path, "user.overlay.redirect", b"/x")
    with pytest.raises(ImageError, match=r"user\.overlay\.redirect.*let the engine export"):
        list(layer_tarball(tmp_path))


def test_files_of_whole_blocks_are_followed_by_the_rest(tmp_path: Path, cache: LayerCache) -> None:
    for name, size_bytes in (("a", 512), ("b", 0), ("c", 1024), ("d", 1)):
        (tmp_path / "diff").mkdir(exist_ok=True)
        (tmp_path / "diff" / name).write_bytes(b"x" * size_bytes)
    with Threads(1) as threads:
        Sizing(cache, threads).directory("sha256:1", tmp_path / "diff")
    size = cache.get("sha256:1")
    assert size is not None
    assert (size.unpacked_bytes, size.files) == (1537, 4)


def test_the_size_of_a_layer_in_a_directory(folder: Path, cache: LayerCache) -> None:
    with Threads(2) as threads:
        Sizing(cache, threads).directory("sha256:1", folder)
    size = cache.get("sha256:1")
    assert size is not None
    assert size.unpacked_bytes == 4000 + 1 + 5
    assert size.files == 8, "passwd, shadow, mtab, deep, empty, café, pipe, suid"
    assert 18 < size.compressed_bytes < 4000


def test_an_error_in_a_compressing_thread_comes_up(folder: Path, tmp_path: Path) -> None:
    def broken(block: bytes, before: bytes, last: bool) -> bytes:
        raise MemoryError(len(block), len(before), last)

    cache = LayerCache(CachePaths(tmp_path), Compressor("broken", broken))
    with Threads(1) as threads, pytest.raises(MemoryError):
        Sizing(cache, threads).directory("sha256:1", folder)
