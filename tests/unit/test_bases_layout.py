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
from pathlib import Path
from typing import Any

import pytest

from runner.engine.bases.archive import checked_digest
from runner.engine.bases.layout import (
    LAYER_TYPE,
    MANIFEST_TYPE,
    Part,
    StoredImage,
    docker_archive,
    docker_images,
    folder_lookup,
    oci_images,
    tar_lookup,
)
from runner.engine.files import atomic_file, remove_unfinished
from runner.engine.standins.layout_store import LayoutStore
from runner.model.errors import BaseError
from runner.model.progress import Silent

TAG = "dockbench/standin:slim"


def part(content: bytes) -> Part:
    return Part(len(content), lambda: io.BytesIO(content))


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def image(*layers: bytes) -> StoredImage:
    config = {
        "config": {"Labels": {"a": "b"}},
        "rootfs": {"diff_ids": list(map(digest_of, layers))},
    }
    return StoredImage(json.dumps(config).encode(), tuple(map(part, layers)))


def contents(stored: StoredImage) -> tuple[bytes, list[bytes]]:
    return stored.config, [layer.read() for layer in stored.layers]


def saved(stored: StoredImage) -> bytes:
    return b"".join(docker_archive(stored, TAG))


def test_docker_archive_round_trip() -> None:
    original = image(b"one" * 1000, b"two")
    with tarfile.open(fileobj=io.BytesIO(saved(original))) as archive:
        (found,) = docker_images(tar_lookup(archive))
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        assert contents(found) == contents(original)
    assert manifest[0]["RepoTags"] == [TAG]


def test_equal_layers_are_written_once() -> None:
    with tarfile.open(fileobj=io.BytesIO(saved(image(b"same", b"other", b"same")))) as archive:
        names = [name for name in archive.getnames() if name.endswith("layer.tar")]
        (found,) = docker_images(tar_lookup(archive))
        assert [layer.read() for layer in found.layers] == [b"same", b"other", b"same"]
    assert len(names) == 2


def test_store_keeps_shared_layers_once(tmp_path: Path) -> None:
    store = LayoutStore(tmp_path)
    small, big = image(b"base"), image(b"base", b"more")
    store.keep("small", [saved(small)])
    store.keep("big", iter([saved(big)[:700], b"", saved(big)[700:]]))
    assert store.names() == {"small", "big"}
    for name, original in (("small", small), ("big", big)):
        found = store.find(name, "x86_64")
        assert found is not None
        assert contents(found) == contents(original)
    blobs = [path.read_bytes() for path in (tmp_path / "blobs" / "sha256").iterdir()]
    assert len(blobs) == 6  # two layers, two configurations, two manifests
    assert store.find("none", "x86_64") is None


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


def test_links_in_a_docker_archive_are_followed(tmp_path: Path) -> None:
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
    kept = LayoutStore(tmp_path).find("x", "x86_64")
    with tarfile.open(fileobj=io.BytesIO(buffer.getvalue())) as archive:
        (read,) = docker_images(tar_lookup(archive))
        assert kept is not None
        assert contents(kept) == contents(read) == (config, [layer, layer])
        assert read.layers[1].size_bytes == len(layer)


def test_oci_index_of_several_platforms(tmp_path: Path) -> None:
    blobs = tmp_path / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(content: bytes) -> str:
        (blobs / hashlib.sha256(content).hexdigest()).write_bytes(content)
        return digest_of(content)

    def manifest(layer: bytes) -> str:
        packed = put(gzip.compress(layer))
        described = {
            "config": {"digest": put(image(layer).config)},
            "layers": [{"mediaType": f"{LAYER_TYPE}+gzip", "digest": packed}],
        }
        return put(json.dumps(described).encode())

    platforms = [
        {"digest": manifest(name.encode()), "platform": {"architecture": name}}
        for name in ("amd64", "arm64")
    ]
    inner = put(json.dumps({"manifests": platforms}).encode())
    top = {"manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": inner}]}
    (tmp_path / "index.json").write_text(json.dumps(top))
    (found,) = oci_images(folder_lookup(tmp_path), "aarch64")
    assert found.diff_ids == (digest_of(b"arm64"),)
    assert gzip.decompress(found.layers[0].read()) == b"arm64"


def test_incomplete_layout_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"manifests": [{"digest": "sha256:00"}]}')
    with pytest.raises(BaseError, match="blobs/sha256/00"):
        oci_images(folder_lookup(tmp_path), "x86_64")


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
    found = store.find("slim", "x86_64")
    assert found is not None
    assert contents(found) == contents(original)
