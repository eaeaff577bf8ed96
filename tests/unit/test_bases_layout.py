"""Images outside an engine: what is written is read again, and a kill leaves nothing half-done."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runner.engine.bases.archive import checked_digest
from runner.engine.files import atomic_file, remove_unfinished
from runner.engine.standins.layout_store import LAYER_TYPE, MANIFEST_TYPE, LayoutStore
from runner.model.entries import Limits
from runner.model.errors import BaseError
from runner.model.progress import Silent
from runner.oci.archive import FileArchive, FolderArchive
from runner.oci.budget import Budget
from runner.oci.content_selection import Wanted
from runner.oci.damage import DamagedError
from runner.oci.digests import Digests
from runner.oci.reading import Reading
from runner.oci.stored_image import StoredImage, docker_archive, stored_images

TAG = "dockbench/standin:slim"


@dataclass(frozen=True)
class Bytes:
    """A blob in memory."""

    content: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.content)

    def pieces(self) -> Iterator[bytes]:
        yield self.content


@pytest.fixture
def reading() -> Iterator[Reading]:
    with Digests() as digests:
        yield Reading(Wanted(), Budget(Limits()), digests)


@contextmanager
def opened(content: bytes, reading: Reading, path: Path) -> Iterator[FileArchive]:
    """An archive in a file."""
    path.write_bytes(content)
    with path.open("rb") as file:
        yield FileArchive(file.fileno(), len(content), reading)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def image(*layers: bytes) -> StoredImage:
    config = {
        "config": {"Labels": {"a": "b"}},
        "rootfs": {"diff_ids": list(map(digest_of, layers))},
    }
    return StoredImage(json.dumps(config).encode(), tuple(map(Bytes, layers)))


def contents(stored: StoredImage) -> tuple[bytes, list[bytes]]:
    return stored.config, [b"".join(layer.pieces()) for layer in stored.layers]


def saved(stored: StoredImage) -> bytes:
    return b"".join(docker_archive(stored, TAG))


def test_docker_archive_round_trip(tmp_path: Path, reading: Reading) -> None:
    original = image(b"one" * 1000, b"two")
    with opened(saved(original), reading, tmp_path / "a.tar") as read:
        (found,) = stored_images(read, "x86_64")
        assert contents(found) == contents(original)
    with tarfile.open(fileobj=io.BytesIO(saved(original))) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert manifest[0]["RepoTags"] == [TAG]


def test_equal_layers_are_written_once(tmp_path: Path, reading: Reading) -> None:
    written = saved(image(b"same", b"other", b"same"))
    with tarfile.open(fileobj=io.BytesIO(written)) as archive:
        names = [name for name in archive.getnames() if name.endswith("layer.tar")]
    with opened(written, reading, tmp_path / "a.tar") as read:
        (found,) = stored_images(read, "x86_64")
        assert contents(found)[1] == [b"same", b"other", b"same"]
    assert len(names) == 2


def test_store_keeps_shared_layers_once(tmp_path: Path) -> None:
    store = LayoutStore(tmp_path)
    small, big = image(b"base"), image(b"base", b"more")
    store.keep("small", [saved(small)])
    store.keep("big", iter([saved(big)[:700], b"", saved(big)[700:]]))
    assert store.names() == {"small", "big"}
    for name, original in (("small", small), ("big", big)):
        found = store.find(name)
        assert found is not None
        assert contents(found) == contents(original)
    blobs = [path.read_bytes() for path in (tmp_path / "blobs" / "sha256").iterdir()]
    assert len(blobs) == 6  # two layers, two configurations, two manifests
    assert store.find("none") is None


def test_store_is_a_layout_that_others_read(tmp_path: Path) -> None:
    LayoutStore(tmp_path).keep("slim", [saved(image(b"base"))])
    index = json.loads((tmp_path / "index.json").read_text())
    (entry,) = index["manifests"]
    manifest_path = tmp_path / "blobs" / entry["digest"].replace(":", "/")
    assert entry["mediaType"] == MANIFEST_TYPE
    assert digest_of(manifest_path.read_bytes()) == entry["digest"]
    manifest = json.loads(manifest_path.read_text())
    assert [layer["mediaType"] for layer in manifest["layers"]] == [LAYER_TYPE]
    assert json.loads((tmp_path / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}


def test_links_in_a_docker_archive_are_followed(tmp_path: Path, reading: Reading) -> None:
    layer = b"layer" * 99
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:

        def add(name: str, content: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

        add("a/layer.tar", layer)
        link = tarfile.TarInfo("b/layer.tar")
        link.type, link.linkname = tarfile.SYMTYPE, "../a/layer.tar"
        archive.addfile(link)
        config = image(layer, layer).config
        add("c.json", config)
        entry: dict[str, Any] = {"Config": "c.json", "Layers": ["a/layer.tar", "b/layer.tar"]}
        add("manifest.json", json.dumps([entry]).encode())
    LayoutStore(tmp_path).keep("x", [buffer.getvalue()])
    kept = LayoutStore(tmp_path).find("x")
    with opened(buffer.getvalue(), reading, tmp_path / "a.tar") as again:
        (read,) = stored_images(again, "x86_64")
        assert kept is not None
        assert contents(kept) == contents(read) == (config, [layer, layer])
        assert read.layers[1].size_bytes == len(layer)


def test_oci_index_of_several_platforms(tmp_path: Path, reading: Reading) -> None:
    blobs = tmp_path / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(content: bytes) -> dict[str, Any]:
        (blobs / hashlib.sha256(content).hexdigest()).write_bytes(content)
        return {"digest": digest_of(content), "size": len(content)}

    def manifest(layer: bytes) -> dict[str, Any]:
        packed = put(gzip.compress(layer))
        described = {
            "config": put(image(layer).config),
            "layers": [packed | {"mediaType": f"{LAYER_TYPE}+gzip"}],
        }
        return put(json.dumps(described).encode())

    platforms = [
        manifest(name.encode()) | {"platform": {"architecture": name}}
        for name in ("amd64", "arm64")
    ]
    inner = put(json.dumps({"manifests": platforms}).encode())
    top = {"manifests": [inner | {"mediaType": "application/vnd.oci.image.index.v1+json"}]}
    (tmp_path / "index.json").write_text(json.dumps(top))
    with ExitStack() as stack:
        (found,) = stored_images(FolderArchive(tmp_path, reading, stack), "aarch64")
        assert found.diff_ids == (digest_of(b"arm64"),)
        assert gzip.decompress(b"".join(found.layers[0].pieces())) == b"arm64"


def test_incomplete_layout_says_what_is_missing(tmp_path: Path, reading: Reading) -> None:
    digest = f"sha256:{'0' * 64}"
    index = {"manifests": [{"digest": digest, "size": 1}]}
    (tmp_path / "index.json").write_text(json.dumps(index))
    with ExitStack() as stack, pytest.raises(DamagedError, match=r"blobs/sha256/00.* is missing"):
        stored_images(FolderArchive(tmp_path, reading, stack), "x86_64")


def test_our_label_is_added_to_the_others() -> None:
    marked = image(b"base").labelled({"io.dockbench": "base"})
    labels = json.loads(marked.config)["config"]["Labels"]
    assert labels == {"a": "b", "io.dockbench": "base"}
    assert marked.diff_ids == image(b"base").diff_ids


def test_wrong_digest_names_both(tmp_path: Path) -> None:
    path = tmp_path / "base.tar"
    path.write_bytes(b"content")
    found = hashlib.sha256(b"content").hexdigest()
    assert checked_digest(path, found.upper(), Silent()) == f"sha256:{found}"
    assert checked_digest(path, f"sha256:{found}", Silent()) == f"sha256:{found}"
    with pytest.raises(BaseError, match=f"{found}.*{'0' * 64}.*nothing was loaded"):
        checked_digest(path, "0" * 64, Silent())


def test_stream_that_breaks_off_leaves_nothing_listed(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield saved(image(b"base" * 5000))[:9000]
        raise ConnectionError("the engine went away")

    store = LayoutStore(tmp_path)
    with pytest.raises(ConnectionError):
        store.keep("slim", broken())
    assert store.names() == set()
    assert not list(tmp_path.rglob("*.partial"))


def test_block_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail_in_the_middle() -> None:
        with atomic_file(path) as file:
            file.write(b"new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_the_middle()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_kill_in_mid_export_leaves_nothing_half_written(tmp_path: Path) -> None:
    """A real process, killed with SIGKILL while it writes; then the next run keeps the image."""
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from runner.engine.standins.layout_store import LayoutStore\n"
        "def chunks():\n"
        "    yield sys.stdin.buffer.read()\n"
        "    time.sleep(60)\n"
        "LayoutStore(Path(sys.argv[1])).keep('slim', chunks())\n"
    )
    original = image(b"layer" * 50_000)
    process = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(saved(original)[:150_000])
    process.stdin.close()
    deadline = time.monotonic() + 30
    while not list(tmp_path.rglob("*.partial")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    store = LayoutStore(tmp_path)
    assert store.names() == set()
    remove_unfinished(tmp_path)
    assert not list(tmp_path.rglob("*.partial"))
    store.keep("slim", [saved(original)])
    found = store.find("slim")
    assert found is not None
    assert contents(found) == contents(original)
