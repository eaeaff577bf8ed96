"""Layers from folders and from exports: what goes in comes out, however the bytes arrive."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import docker
import pytest

from runner.image.cache import LayerCache
from runner.image.compress import Compressor, Threads, best
from runner.image.export import ExportedImage
from runner.image.overlay import OverlayFolders, layer_tarball
from runner.image.sizes import layer_size
from runner.model.errors import EngineLostError, ImageError
from runner.model.paths import CachePaths
from runner.oci.damage import DamagedError
from runner.oci.iterator_io import pulled
from tests.unit.archives import zstd

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


def archive_of(members: dict[str, bytes | str]) -> bytes:
    """A tarball of members; a member whose content is a text is a symbolic link to it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def diff_id(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class FakeEngine:
    """A client whose images can only be exported, in pieces of a given size."""

    def __init__(self, export: bytes, piece_bytes: int = 1000, breaks_after: int = -1) -> None:
        self.api = self
        self.export = export
        self.piece_bytes = piece_bytes
        self.breaks_after = breaks_after

    def get_image(self, name: str, chunk_size: int) -> Iterator[bytes]:
        assert (name, chunk_size > 0) == ("image", True)
        for start in range(0, len(self.export), self.piece_bytes):
            if 0 <= self.breaks_after < start:
                raise ConnectionResetError("connection reset by peer")
            yield self.export[start : start + self.piece_bytes]


@pytest.fixture
def cache(tmp_path: Path) -> LayerCache:
    return LayerCache(CachePaths(tmp_path))


def exported(engine: FakeEngine, cache: LayerCache, wanted: set[str]) -> dict[str, bytes]:
    """diff_id → content, for every layer that the source reads."""
    source = ExportedImage(cast(docker.DockerClient, engine), "image", cache)
    found = {}
    for item in source.layers(wanted):
        content = item.content.read()
        found[item.diff_id] = content
    return found


ONE, TWO = layer(a=b"one" * 5000), layer(b=b"two")
EMPTY = b"\0" * 1024
CONFIG = json.dumps({"rootfs": {"diff_ids": [diff_id(ONE), diff_id(TWO)]}}).encode()


def docker_archive() -> bytes:
    """What engines before 25 write: layers first, lists last, repeated layers as links."""
    first, second, third = ("1" * 64, "2" * 64, "3" * 64)
    return archive_of(
        {
            f"{first}/VERSION": b"1.0",
            f"{first}/json": b"{}",
            f"{first}/layer.tar": ONE,
            f"{second}/layer.tar": TWO,
            f"{third}/layer.tar": f"../{first}/layer.tar",
            f"{'c' * 64}.json": CONFIG,
            "manifest.json": b"[]",
            "repositories": b"{}",
        }
    )


def oci_layout(compress: bool) -> bytes:
    """What newer engines write: everything is a blob, named by the digest of its bytes."""
    blobs = [gzip.compress(ONE) if compress else ONE, TWO, EMPTY, CONFIG]
    named = {f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}": blob for blob in blobs}
    members: dict[str, bytes | str] = {**named, "index.json": b"{}", "oci-layout": b"{}"}
    return archive_of(members)


@pytest.mark.parametrize("piece_bytes", [1, 511, 4096, 10**6])
@pytest.mark.parametrize(
    ("export", "expected"),
    [
        (docker_archive(), [ONE, TWO]),
        (oci_layout(compress=False), [ONE, TWO, EMPTY]),
        (oci_layout(compress=True), [ONE, TWO, EMPTY]),
    ],
    ids=["docker-archive", "oci", "oci-gzip"],
)
def test_every_form_of_export(
    export: bytes, expected: list[bytes], piece_bytes: int, cache: LayerCache
) -> None:
    wanted = {diff_id(content) for content in expected}
    found = exported(FakeEngine(export, piece_bytes), cache, wanted)
    assert found == {diff_id(content): content for content in expected}


def test_names_are_remembered_so_that_known_layers_are_skipped(cache: LayerCache) -> None:
    for export in (docker_archive(), oci_layout(compress=True)):
        exported(FakeEngine(export), cache, {diff_id(ONE), diff_id(TWO)})
        again = exported(FakeEngine(export), cache, {diff_id(TWO)})
        assert diff_id(ONE) not in again
        assert again[diff_id(TWO)] == TWO


def test_a_layer_is_called_by_its_name_before_it_is_read(cache: LayerCache) -> None:
    wanted = {diff_id(ONE), diff_id(TWO)}
    for export in (docker_archive(), oci_layout(compress=False), oci_layout(compress=True)):
        exported(FakeEngine(export), cache, wanted)
        source = ExportedImage(cast(docker.DockerClient, FakeEngine(export)), "image", cache)
        called = []
        for item in source.layers(wanted):
            before = item.diff_id
            item.content.read()
            if item.diff_id in wanted:
                called.append(before == item.diff_id)
        assert called == [True, True]


def test_a_layer_with_the_name_of_another_is_known_by_its_content(cache: LayerCache) -> None:
    name = diff_id(TWO).removeprefix("sha256:")
    export = archive_of({f"blobs/sha256/{name}": ONE})
    with pytest.raises(ImageError, match=f"lacks layer {diff_id(TWO)}"):
        exported(FakeEngine(export), cache, {diff_id(TWO)})


@pytest.mark.parametrize(
    "export", [b"not a tarball" * 100, docker_archive()[:9000], b"", oci_layout(True)[:1200]]
)
def test_an_export_that_is_broken(export: bytes, cache: LayerCache) -> None:
    with pytest.raises(ImageError, match="the engine's export of image"):
        exported(FakeEngine(export), cache, {diff_id(ONE), diff_id(TWO)})


def test_an_engine_that_stops_while_exporting(cache: LayerCache) -> None:
    engine = FakeEngine(docker_archive(), breaks_after=4000)
    with pytest.raises(EngineLostError, match="connection reset"):
        exported(engine, cache, {diff_id(ONE)})


def test_layers_packed_with_zstandard(cache: LayerCache) -> None:
    export = archive_of({"blobs/sha256/" + "a" * 64: zstd(ONE), "blobs/sha256/" + "b" * 64: TWO})
    found = exported(FakeEngine(export), cache, {diff_id(ONE), diff_id(TWO)})
    assert found == {diff_id(ONE): ONE, diff_id(TWO): TWO}
    damaged = archive_of({"blobs/sha256/" + "a" * 64: zstd(ONE)[:4] + b"x" * 1000})
    with pytest.raises(ImageError, match=r"export of image cannot be read \(its zstandard stream"):
        exported(FakeEngine(damaged), cache, {diff_id(ONE)})


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


def test_only_wanted_folders_are_read_and_repeated_layers_once(folder: Path) -> None:
    source = OverlayFolders(["sha256:a", "sha256:b", "sha256:a"], [folder] * 3)
    assert [item.diff_id for item in source.layers({"sha256:a"})] == ["sha256:a"]


def test_the_size_of_a_layer(folder: Path) -> None:
    with Threads(2) as threads:
        size = layer_size(pulled(layer_tarball(folder)), best(), threads)
        empty = layer_size(io.BytesIO(EMPTY), best(), threads)
    assert size.unpacked_bytes == 4000 + 1 + 5
    assert size.files == 8, "passwd, shadow, mtab, deep, empty, café, pipe, suid"
    assert (empty.unpacked_bytes, empty.files) == (0, 0)
    assert 18 < empty.compressed_bytes < 100


def test_a_layer_that_is_no_tarball() -> None:
    with (
        Threads(1) as threads,
        pytest.raises(DamagedError, match=r"byte 0 .* should begin a header"),
    ):
        layer_size(io.BytesIO(b"x" * 5000), best(), threads)


def test_an_error_in_a_compressing_thread_comes_up() -> None:
    def broken(block: bytes, before: bytes, last: bool) -> bytes:
        raise MemoryError(len(block), len(before), last)

    with Threads(1) as threads, pytest.raises(MemoryError):
        layer_size(io.BytesIO(ONE), Compressor("broken", broken), threads)
