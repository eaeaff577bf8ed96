"""One real image through every reader, and through the container's own view of its root.

All readers give the same entries and the same anatomy: packages, caches, links, duplicates, waste;
with the digests of all contents, and as `dockbench inspect` reads them, which has none.
"""

from __future__ import annotations

import dataclasses
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.fuzz.layers import DATABASES
from runner.engine.docker.engine import DockerEngine
from runner.engine.docker.socket_images import SocketImages
from runner.engine.image_store import ImageStore
from runner.image.anatomy import anatomy
from runner.image.content_comparison import settle
from runner.image.contents import keep_for_contents
from runner.image.merge import merge
from runner.image.read import read_image, reading_image
from runner.image.tree import MergedTree
from runner.model import labels
from runner.model.anatomy import AnatomyDocument
from runner.model.entries import Entry, EntryKind, ImageContent
from runner.model.errors import ImageError
from tests.engine import needs
from tests.engine.container_root import entries_of, of_the_engine
from tests.engine.contexts import build_context, write_context
from tests.engine.podman import running_podman
from tests.engine.unreadable import Unreadable
from tests.unit.archives import Image, archive_of, gz, oci_files, plain, write_folder, zstd

IMAGE = "dockbench/test:readers"
LONG = "a-name-that-is-longer-than-a-tar-header-can-hold/" * 5
TIME = "2001-02-03 04:05:06"
DOCKERFILE = f"""\
ARG BASE_IMAGE
FROM ${{BASE_IMAGE}}
RUN mkdir -p /data/kept /data/opaque /data/{LONG} /data/dir /data/again \
 && for i in 1 2 3 4 5; do head -c 100000 /bin/busybox > /data/kept/$i; done \
 && ln /data/kept/1 /data/hard && ln /data/kept/1 /data/harder && ln -s kept /data/link \
 && echo deep > /data/{LONG}file && echo new > "/data/sp ace ü" && mkfifo /data/pipe \
 && echo old > /data/opaque/old && echo x > "/data/new$(printf '\\nline')" \
 && printf x > "/data/$(printf 'latin\\351')" && mknod /data/null c 1 3 && mknod /data/loop b 7 9 \
 && truncate -s 3000000 /data/holes && echo again > /data/again/file && echo f > /data/file \
 && ln /data/kept/5 /data/five && ln /data/kept/5 /data/dir/five \
 && mkdir -p /opt /root/.cache/pip /data/times \
 && echo before > /data/times/same-time && echo content > /data/times/same-content \
 && echo mode > /data/times/mode && touch -d "{TIME}" /data/times/* /data/holes \
 && cp /data/kept/4 /opt/copy && cp /data/kept/4 /root/.cache/pip/a
ENV NOTHING=1
COPY installed/ /
RUN rm -r /data/kept/2 /data/opaque && mkdir /data/opaque && echo new > /data/opaque/new
RUN chmod 600 /data/kept/3 && chown 3:4 /data/kept/4 && rm /data/hard && touch /data/link2
RUN rm -r /data/dir /data/file && echo file > /data/dir && mkdir /data/file && touch /data/file/in
RUN rm -r /data/again && mkdir /data/again && echo other > /data/again/file && ln -sf 4 /data/link
RUN chmod 640 /data/harder && rm /data/kept/5 /data/five && rm -r /var/lib/dpkg/info/dash.list \
 && ln /opt/copy /opt/linked
RUN echo behind > /data/times/same-time && echo content > /data/times/same-content \
 && chmod 600 /data/times/mode && echo end | dd of=/data/holes bs=1 seek=2999996 conv=notrunc \
 && touch -d "{TIME}" /data/times/same-time /data/holes
RUN true
USER 7
CMD ["httpd"]
"""
OF_EQUAL_SIZE = {
    "data/times/same-time": "overwritten",
    "data/times/same-content": "attributes",
    "data/times/mode": "attributes",
    "data/holes": "overwritten",
}
"""Why contents are waste of which neither the size nor the time tells what became of them."""

LINKED = ("data/kept/5", "data/five", "data/dir/five")
INSTALLED = {f"installed/{path}": content for path, content in DATABASES.items()}


@pytest.fixture(scope="module")
def image(
    engine: DockerEngine, tiny: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An image with all that is hard to read."""
    file = tmp_path_factory.mktemp("readers") / "context.tar"
    build_context(engine, write_context(file, DOCKERFILE, **INSTALLED), IMAGE, base=tiny)
    yield IMAGE
    engine.client.images.remove(IMAGE)


def small(_path: str, size_bytes: int) -> bool:
    return size_bytes < 1000


@pytest.fixture(scope="module")
def from_folders(engine: DockerEngine, image: str) -> ImageContent:
    needs.layer_folders(engine, image)
    found = read_image(image, keep=small, hash_contents=True, connect=lambda: engine.images)
    assert found.reader == "overlay2"
    return found


@pytest.fixture(scope="module")
def saved(engine: DockerEngine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `docker save` writes."""
    path = tmp_path_factory.mktemp("saved") / "image.tar"
    with path.open("wb") as file:
        for piece in engine.client.images.get(image).save(named=True):
            file.write(piece)
    return path


@pytest.fixture(scope="module")
def same(saved: Path) -> Image:
    """The same layers and configuration, to be written in other forms."""
    with tarfile.open(saved) as archive:

        def content(name: str) -> bytes:
            found = archive.extractfile(name)
            assert found is not None
            return found.read()

        [item] = json.loads(content("manifest.json"))
        layers = [content(name) for name in item["Layers"]]
        fields = json.loads(content(item["Config"]))
        steps = [step["created_by"] for step in fields["history"] if not step.get("empty_layer")]
        return Image(layers, name=IMAGE, history=steps, fields=fields)


def listed(entries: list[Entry]) -> list[tuple[Any, ...]]:
    """Entries less what differs between a folder and a tarball: the order within the layer."""
    return sorted(
        (
            entry.path,
            entry.kind.value,
            entry.size_bytes,
            entry.mode,
            (entry.uid, entry.gid, entry.mtime_s),
            entry.target,
            entries[entry.content_of].path if entry.content_of >= 0 else "",
            entry.digest,
            entry.content,
        )
        for entry in entries
    )


def assert_same(found: ImageContent, judge: ImageContent) -> None:
    assert [layer.diff_id for layer in found.layers] == [layer.diff_id for layer in judge.layers]
    assert [layer.created_by for layer in found.layers] == [
        layer.created_by for layer in judge.layers
    ]
    for ours, theirs in zip(found.layers, judge.layers, strict=True):
        assert listed(ours.entries) == listed(theirs.entries), ours.created_by
    for name in ("name", "image_id", "platform", "user", "environment"):
        assert getattr(found, name) == getattr(judge, name), name
    assert told(found) == told(judge)


def told(content: ImageContent, tree: MergedTree | None = None) -> AnatomyDocument:
    """The anatomy less what it says of the reader and of how the layers were packed; with `tree`,
    that of an image without digests."""
    document = anatomy(content, tree=tree, with_duplicates=tree is None)
    facts = replace(document.image, reader="", compressed_bytes=None, compressor="")
    layers = tuple(replace(layer, compressed_bytes=None) for layer in document.layers)
    return replace(document, image=facts, layers=layers)


def inspected(source: str, connect: Callable[[], ImageStore] | None = None) -> AnatomyDocument:
    """What `dockbench inspect` finds, from a source that is read as it reads it."""
    with reading_image(source, keep=keep_for_contents, connect=connect) as content:
        tree = merge(content)
        settle(content, tree)
        return told(content, tree)


@pytest.fixture(scope="module")
def inspected_folders(engine: DockerEngine, image: str) -> AnatomyDocument:
    needs.layer_folders(engine, image)
    return inspected(image, lambda: engine.images)


def test_what_the_times_do_not_tell_the_folders_do(inspected_folders: AnatomyDocument) -> None:
    reasons = {waste.path: waste.reason.value for waste in inspected_folders.waste}
    assert reasons.items() >= OF_EQUAL_SIZE.items()
    assert not any(waste.guessed for waste in inspected_folders.waste)


def test_the_export_tells_what_the_folders_do(
    engine: DockerEngine, image: str, inspected_folders: AnatomyDocument
) -> None:
    assert inspected(image, lambda: Unreadable(engine).images) == inspected_folders


def test_the_saved_archive_tells_what_the_folders_do(
    saved: Path, inspected_folders: AnatomyDocument
) -> None:
    assert inspected(str(saved)) == inspected_folders


def test_there_is_something_of_everything_to_agree_on(from_folders: ImageContent) -> None:
    document = anatomy(from_folders, with_duplicates=True)
    assert {package.manager for package in document.packages} == {
        "dpkg",
        "apk",
        "python",
        "conda",
        "npm",
    }
    assert [cache.kind for cache in document.caches] == ["pip"]
    assert {waste.reason.value for waste in document.waste} >= {
        "deleted",
        "attributes",
        "opaque",
        "type_change",
    }
    gone = {waste.path for waste in document.waste if waste.path in LINKED}
    assert len(gone) == 1, "content whose last name is gone is waste, once"
    assert document.duplicates
    assert document.hints


def test_the_export_is_the_folders(
    engine: DockerEngine, image: str, from_folders: ImageContent
) -> None:
    found = read_image(
        image, keep=small, hash_contents=True, connect=lambda: Unreadable(engine).images
    )
    assert found.reader == "export"
    assert_same(found, from_folders)


def test_the_saved_archive_is_the_folders(saved: Path, from_folders: ImageContent) -> None:
    found = read_image(str(saved), keep=small, hash_contents=True)
    assert found.reader == "docker-archive"
    assert_same(found, from_folders)


PACKS = {"gzip": gz, "zstd": zstd}
FORMS = [
    "docker gzip",
    "docker zstd",
    "docker legacy",
    "oci",
    "oci gzip",
    "oci zstd",
    "oci folder",
    "oci gzip, all gzip",
    "docker, all gzip",
    "docker, all zstd",
]
"""What it is, how its layers are packed, and how it is packed as a whole."""


def write_form(form: str, same: Image, path: Path) -> Path:
    """The image in a form of archive."""
    layers, _, whole = form.partition(", all ")
    kind, _, packing = layers.partition(" ")
    same = dataclasses.replace(same, pack=PACKS.get(packing, plain))
    files = same.docker_files() if kind == "docker" else oci_files(same)
    if packing == "legacy":
        files = same.legacy_files()
    if packing == "folder":
        return write_folder(path, files)
    path.write_bytes(PACKS.get(whole, plain)(archive_of(files)))
    return path


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_of_the_archive_tell_what_the_folders_do(
    form: str, same: Image, inspected_folders: AnatomyDocument, tmp_path: Path
) -> None:
    assert inspected(str(write_form(form, same, tmp_path / "image"))) == inspected_folders


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_of_the_archive_are_the_folders(
    form: str, same: Image, from_folders: ImageContent, tmp_path: Path
) -> None:
    path = write_form(form, same, tmp_path / "image")
    found = read_image(str(path), keep=small, hash_contents=True)
    found.image_id = from_folders.image_id  # the configuration was written anew
    assert_same(found, from_folders)


def test_the_merged_layers_are_what_a_container_sees(
    engine: DockerEngine, image: str, from_folders: ImageContent
) -> None:
    """The engine's export of a container is a tarball of the mounted root."""
    container = engine.client.containers.create(image, labels={labels.OWNER: "test"})
    try:
        pieces: Any = container.export()
        exported = b"".join(pieces)
    finally:
        container.remove(force=True)
    seen = entries_of(exported)
    tree = merge(from_folders)
    names_of = {name: names for names in tree.hard_links.values() for name in names}
    merged: dict[str, tuple[Any, ...]] = {}
    for live in tree.live():
        kind = live.entry.kind
        holder = tree.entry_at(live.content) if kind is EntryKind.file else live.entry
        if of_the_engine(live.path):
            continue
        merged[live.path] = (
            kind,
            holder.size_bytes,
            live.entry.mode,
            (live.entry.uid, live.entry.gid),
            "" if kind is EntryKind.file else live.entry.target,
            holder.content,
            names_of.get(live.path, (live.path,)),
        )
    assert merged == seen
    assert {"data/kept/3", "data/harder", "data/dir", "data/file/in", "bin/busybox"} <= set(seen)
    assert seen["data/loop"][4] == "block 7:9"
    assert seen["opt/copy"][-1] == ("opt/copy", "opt/linked")


@pytest.fixture
def images(engine: DockerEngine) -> SocketImages:
    """The same engine, asked without the SDK."""
    if not engine.address.startswith("unix://"):
        pytest.skip(f"the engine at {engine.address} listens on no socket of this machine")
    return SocketImages(engine.address)


def test_the_socket_gives_what_the_sdk_gives(
    engine: DockerEngine, image: str, images: SocketImages, from_folders: ImageContent
) -> None:
    through_sdk = engine.images
    said, same = images.inspect(image), through_sdk.inspect(image)
    assert [said[key] for key in ("Id", "RootFS", "GraphDriver")] == [
        same[key] for key in ("Id", "RootFS", "GraphDriver")
    ]
    assert images.history(image) == through_sdk.history(image)
    assert b"".join(images.export(image)) == b"".join(through_sdk.export(image))
    assert images.layer_folders(said) == through_sdk.layer_folders(same)
    found = read_image(image, keep=small, hash_contents=True, connect=lambda: images)
    assert found.reader == from_folders.reader
    assert_same(found, from_folders)


@pytest.mark.parametrize(("driver", "reader"), [("overlay", "overlay2"), ("vfs", "export")])
def test_podman_gives_the_same_image(
    driver: str,
    reader: str,
    images: SocketImages,
    image: str,
    from_folders: ImageContent,
) -> None:
    with running_podman(driver) as podman:
        assert podman.info().version.startswith("Podman ")
        podman.client.images.load(b"".join(images.export(image)))
        for store in (podman.images, SocketImages(podman.address)):
            found = read_image(
                image,
                keep=small,
                hash_contents=True,
                connect=lambda store=store: store,  # type: ignore[misc]
            )
            assert found.reader == reader
            assert_same(found, from_folders)


def test_an_image_that_is_not_there(engine: DockerEngine, images: SocketImages) -> None:
    for store in (engine.images, images):
        with pytest.raises(
            ImageError, match=r"the engine at \S+ has no image dockbench/test:nowhere"
        ):
            read_image("dockbench/test:nowhere", connect=lambda store=store: store)  # type: ignore[misc]


def test_an_image_for_another_platform(engine: DockerEngine, image: str) -> None:
    needs.layer_folders(engine, image)
    with pytest.raises(ImageError, match=r"is for linux/.*, not for linux/s390x"):
        read_image(image, platform="linux/s390x", connect=lambda: engine.images)
    with pytest.raises(ImageError, match="no image for linux/s390x"):
        read_image(image, platform="linux/s390x", connect=lambda: Unreadable(engine).images)
