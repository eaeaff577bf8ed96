"""Sizes of real images, against judges that share no code with ours."""

from __future__ import annotations

import io
import os
import subprocess
import sysconfig
import tarfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import docker
import pytest

from runner.engine.builders.context_file import ContextFile
from runner.engine.docker.engine import DockerEngine
from runner.image.cache import LayerCache
from runner.image.compress import Compressor
from runner.image.read import read_image
from runner.image.sizes import measure
from runner.model.entries import Entry
from runner.model.errors import EngineLostError, ImageError
from runner.model.paths import CachePaths
from runner.model.record import Sizes
from runner.oci.overlay_tarball import layer_tarball
from runner.oci.paths import OPAQUE_MARKER
from tests.engine import needs
from tests.engine.contexts import build_context
from tests.engine.registry import Registry, running_registry
from tests.engine.unreadable import Unreadable

IMAGE = "dockbench/test:sizes"
LONG = "a-name-that-is-longer-than-a-tar-header-can-hold/" * 5
DOCKERFILE = f"""\
ARG BASE_IMAGE
FROM ${{BASE_IMAGE}}
LABEL kind=sizes
COPY library /library
RUN mkdir -p /data/kept /data/opaque /data/{LONG} \
 && for i in 1 2 3 4 5; do head -c 100000 /bin/busybox > /data/kept/$i; done \
 && ln /data/kept/1 /data/hard && ln /data/kept/1 /data/harder && ln -s kept /data/link \
 && echo deep > /data/{LONG}file && echo new > "/data/sp ace ü" && mkfifo /data/pipe \
 && echo old > /data/opaque/old
ENV NOTHING=1
RUN rm -r /data/kept/2 /data/opaque && mkdir /data/opaque && echo new > /data/opaque/new
WORKDIR /data
RUN chmod 600 /data/kept/3
RUN true
CMD ["httpd"]
"""


@pytest.fixture(scope="module")
def image(
    engine: DockerEngine, tiny: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An image with all that is hard to count, and 10 MB of real files."""
    context = tmp_path_factory.mktemp("sizes") / "context.tar"
    library = Path(sysconfig.get_path("stdlib"))
    with tarfile.open(context, "w", format=tarfile.GNU_FORMAT) as archive:
        dockerfile = context.with_name("Dockerfile")
        dockerfile.write_text(DOCKERFILE)
        archive.add(dockerfile, "Dockerfile")
        for folder in ("json", "asyncio", "email", "unittest", "xml", "encodings"):
            archive.add(library / folder, f"library/{folder}")
        archive.add(os.path.realpath("/proc/self/exe"), "library/python")
    build_context(engine, ContextFile(context), IMAGE, base=tiny)
    yield IMAGE
    engine.client.images.remove(IMAGE)


@pytest.fixture
def cache(tmp_path: Path) -> LayerCache:
    return LayerCache(CachePaths(tmp_path))


@pytest.fixture(scope="module")
def sizes(engine: DockerEngine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Sizes:
    """The image, measured with an empty cache."""
    return measure(engine, image, [], LayerCache(CachePaths(tmp_path_factory.mktemp("cache"))))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as found:
        yield found


def test_unpacked_is_what_find_counts(engine: DockerEngine, image: str, sizes: Sizes) -> None:
    for layer, folder in zip(sizes.layers, needs.layer_folders(engine, image), strict=True):
        command = ["find", str(folder), "-type", "f", "-printf", "%i %s\\n"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        by_inode = dict(line.split() for line in listed.splitlines())
        assert layer.unpacked_bytes == sum(map(int, by_inode.values())), layer.created_by


def test_unpacked_is_what_the_engine_says(engine: DockerEngine, image: str, sizes: Sizes) -> None:
    """On overlay2 `.Size` is unpacked bytes, with the text of symbolic links counted as content."""
    folders = needs.layer_folders(engine, image)
    assert engine.info().storage_driver == "overlay2"
    links = sum(
        len(str(path.readlink()))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_symlink()
    )
    said = engine.client.images.get(image).attrs["Size"]
    assert sizes.unpacked_bytes <= said <= sizes.unpacked_bytes + links


def test_compressed_is_what_a_registry_stores(
    engine: DockerEngine, image: str, sizes: Sizes, registry: Registry
) -> None:
    reference = f"{registry.address}/sizes"
    engine.client.images.get(image).tag(reference)
    try:
        said: Any = engine.client.images.push(reference, stream=True, decode=True)
        assert not [line for line in said if "error" in line]
    finally:
        engine.client.images.remove(reference)
    stored = registry.layer_bytes("sizes")
    assert sizes.compressed_bytes == pytest.approx(sum(stored), rel=0.02)
    for layer, size in zip(sizes.layers, stored, strict=True):
        assert layer.compressed_bytes == pytest.approx(size, rel=0.02, abs=1000), layer.created_by


def test_folders_and_export_agree(
    engine: DockerEngine, image: str, sizes: Sizes, cache: LayerCache
) -> None:
    exported = measure(Unreadable(engine), image, [], cache)
    assert exported.unpacked_bytes == sizes.unpacked_bytes
    for ours, theirs in zip(sizes.layers, exported.layers, strict=True):
        assert ours.diff_id == theirs.diff_id
        assert ours.created_by == theirs.created_by
        assert ours.unpacked_bytes == theirs.unpacked_bytes
        assert ours.files == theirs.files
        assert ours.compressed_bytes == pytest.approx(theirs.compressed_bytes, rel=0.01, abs=100)


def listing(content: bytes) -> list[tuple[object, ...]]:
    """What a layer's tarball says of its members, less the times."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return sorted(
            (item.name, item.type, item.linkname, item.size, item.mode & 0o7777, item.uid)
            for item in archive
        )


def test_a_folder_becomes_the_same_tarball_as_in_the_export(
    engine: DockerEngine, image: str, sizes: Sizes
) -> None:
    folders = needs.layer_folders(engine, image)
    rebuilt = {
        layer.diff_id: listing(b"".join(layer_tarball(folder)))
        for layer, folder in zip(sizes.layers, folders, strict=True)
    }
    exported: dict[str, list[tuple[object, ...]]] = {}

    class Listed:
        def __init__(self) -> None:
            self.pieces: list[bytes] = []

        def add(self, piece: bytes) -> None:
            self.pieces.append(piece)

        def end(self, diff_id: str, _entries: Sequence[Entry]) -> None:
            exported[diff_id] = listing(b"".join(self.pieces))

    read_image(
        image, copies=lambda _path, _plain: Listed(), connect=lambda: Unreadable(engine).images
    )
    assert rebuilt == exported
    names = {str(item[0]) for content in rebuilt.values() for item in content}
    assert {"data/kept/.wh.2", f"data/opaque/{OPAQUE_MARKER}"} <= names


def test_instructions_are_named_as_written(sizes: Sizes) -> None:
    words = [layer.created_by.partition(" ")[0] for layer in sizes.layers]
    assert words == ["COPY", "RUN", "COPY", "RUN", "RUN", "WORKDIR", "RUN", "RUN"]
    assert sizes.layers[-2].created_by == "RUN chmod 600 /data/kept/3"
    assert sizes.layers[-1].created_by == "RUN true"


def test_hard_links_count_once_and_whiteouts_not_at_all(sizes: Sizes) -> None:
    by_instruction = {layer.created_by[:14]: layer for layer in sizes.layers}
    assert by_instruction["RUN mkdir -p /"].unpacked_bytes == 5 * 100_000 + 5 + 4 + 4
    assert by_instruction["RUN mkdir -p /"].files == 5 + 2 + 1 + 1 + 1 + 1 + 1
    assert by_instruction["RUN rm -r /dat"].unpacked_bytes == len("new\n")
    assert by_instruction["RUN rm -r /dat"].files == 1
    assert by_instruction["RUN chmod 600 "].unpacked_bytes == 100_000
    assert by_instruction["RUN true"].files == 0


def test_base_layers_are_known_by_their_diff_ids(
    engine: DockerEngine, tiny: str, image: str, cache: LayerCache
) -> None:
    base = engine.client.images.get(tiny).attrs["RootFS"]["Layers"]
    measured = measure(engine, image, base, cache)
    assert [layer.is_base for layer in measured.layers] == [True] * 2 + [False] * 6
    later = [*base, measured.layers[-1].diff_id]
    measured = measure(engine, image, later, cache)
    assert [layer.is_base for layer in measured.layers] == [True] * 2 + [False] * 6


def test_the_second_time_nothing_is_read(engine: DockerEngine, image: str, tmp_path: Path) -> None:
    first = measure(Unreadable(engine), image, [], LayerCache(CachePaths(tmp_path)))
    begun = time.monotonic()
    again = measure(engine, image, [], LayerCache(CachePaths(tmp_path)))
    assert time.monotonic() - begun < 0.2
    assert again == first


def test_waste_costs_no_second_export_and_compresses_nothing_again(
    engine: DockerEngine, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports: list[str] = []

    def counted(api: docker.APIClient, name: str, chunk_size: int) -> Any:
        exports.append(name)
        return export(api, name, chunk_size)

    export = docker.APIClient.get_image
    monkeypatch.setattr(docker.APIClient, "get_image", counted)
    paths = CachePaths(tmp_path)
    first = measure(Unreadable(engine), image, [], LayerCache(paths), with_waste=True)
    assert exports == [image]
    assert measure(Unreadable(engine), image, [], LayerCache(paths), with_waste=True) == first
    assert exports == [image], "it is known"
    (known,) = paths.layers.glob("*.wasted")
    known.unlink()
    idle = Compressor(LayerCache(paths).compressor.name, not_asked_for)
    assert measure(Unreadable(engine), image, [], LayerCache(paths, idle), with_waste=True) == first
    assert exports == [image, image]
    paths = CachePaths(tmp_path / "folders")
    from_folders = measure(engine, image, [], LayerCache(paths), with_waste=True)
    assert from_folders.wasted_bytes == first.wasted_bytes == 100_000 + 100_000 + len("old\n")


def not_asked_for(_block: bytes, _before: bytes, _last: bool) -> NoReturn:
    raise AssertionError("a layer is compressed whose size is known")


def test_an_export_compresses_only_what_is_new(
    engine: DockerEngine, image: str, tmp_path: Path
) -> None:
    paths = CachePaths(tmp_path)
    first = measure(Unreadable(engine), image, [], LayerCache(paths))
    forgotten = first.layers[3].diff_id
    for path in paths.layers.glob(f"{forgotten.removeprefix('sha256:')}-*.json"):
        path.unlink()
    usual, compressed = LayerCache(paths).compressor, list[int]()

    def counted(block: bytes, before: bytes, last: bool) -> bytes:
        compressed.append(last)
        return usual.deflate(block, before, last)

    cache = LayerCache(paths, Compressor(usual.name, counted))
    assert measure(Unreadable(engine), image, [], cache) == first
    assert sum(compressed) == 1


def test_an_image_that_is_not_there(engine: DockerEngine, cache: LayerCache) -> None:
    with pytest.raises(ImageError, match="no image dockbench/test:nowhere"):
        measure(engine, "dockbench/test:nowhere", [], cache)


def test_an_engine_that_is_gone(engine: DockerEngine, cache: LayerCache, tmp_path: Path) -> None:
    version = engine.client.api.api_version
    client = docker.DockerClient(f"unix://{tmp_path}/none.sock", version=version)

    with pytest.raises(EngineLostError, match="stopped answering"):
        measure(DockerEngine(client, engine.address), "dockbench/test:any", [], cache)
