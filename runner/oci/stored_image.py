"""An image as an archive or a layout stores it: its configuration, and its layers to be handed on.

Every engine since 20.10 loads the docker-archive form, and only newer ones load OCI's, so an image
is handed to an engine as a docker-archive stream, with a tag of ours and no other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from runner.model.entries import Limits
from runner.oci import tar_writer
from runner.oci.archive import FileArchive, FolderArchive
from runner.oci.docker_archive import MANIFEST, docker_images
from runner.oci.documents import Descriptor, Manifest, decoded
from runner.oci.layout import INDEX, blob, blob_path, candidates, loaded
from runner.oci.paths import plain
from runner.oci.platforms import matches

CONTAINERD_NAME = "io.containerd.image.name"
"""Annotation with the full reference; OCI's own name may be a tag alone."""


class Blob(Protocol):
    """Some bytes that are stored."""

    @property
    def size_bytes(self) -> int:
        """How many."""

    def pieces(self) -> Iterator[bytes]:
        """All of them, piece by piece."""


@dataclass(frozen=True)
class StoredImage:
    """An image outside an engine."""

    config: bytes
    layers: tuple[Blob, ...]
    """As they are stored, from the base up."""
    names: tuple[str, ...] = ()
    """What it was saved as; empty where it was saved by its id."""
    compressed_with_zstd: bool = False
    """Whether a layer is, which not every engine reads."""

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """The digest of each uncompressed layer, from the base up."""
        return tuple(json.loads(self.config)["rootfs"]["diff_ids"])

    def labelled(self, marks: dict[str, str]) -> StoredImage:
        """The same image with more labels: a new id, the same layers."""
        config = json.loads(self.config)
        inner = config.get("config") or {}
        config["config"] = inner | {"Labels": (inner.get("Labels") or {}) | marks}
        return replace(self, config=json.dumps(config).encode())


def stored_images(archive: FileArchive | FolderArchive, machine: str) -> list[StoredImage]:
    """The images of a docker archive, or those of an OCI layout that are for this architecture;
    none if it is neither. Their layers are read while the archive is open.

    Raises `DamagedError`.
    """
    if archive.has(MANIFEST):
        return [
            StoredImage(
                archive.document(plain(image.item.config)),
                tuple(archive.part(plain(layer)) for layer in image.item.layers or ()),
                image.offered.names,
            )
            for image in docker_images(archive)
        ]
    if not archive.has(INDEX):
        return []
    index = decoded(archive.document(INDEX), Manifest, INDEX)
    return [
        _of_manifest(archive, descriptor, manifest)
        for descriptor, manifest in candidates(archive, index, Limits())
        if not descriptor.platform
        or not descriptor.platform.architecture
        or matches(machine, descriptor.platform.architecture)
    ]


def _of_manifest(
    archive: FileArchive | FolderArchive, descriptor: Descriptor, manifest: Manifest | None
) -> StoredImage:
    _, manifest, _ = loaded(archive, descriptor, manifest)
    assert manifest.config is not None, "only manifests with a configuration are loaded"
    layers = manifest.layers or []
    name = (descriptor.annotations or {}).get(CONTAINERD_NAME)
    return StoredImage(
        blob(archive, manifest.config),
        tuple(archive.part(blob_path(layer.digest)) for layer in layers),
        (name,) if name else (),
        any((layer.media_type or "").endswith("zstd") for layer in layers),
    )


def docker_archive(image: StoredImage, tag: str) -> Iterator[bytes]:
    """The image as a docker archive, piece by piece, with this tag and no other."""
    config_name = f"{hashlib.sha256(image.config).hexdigest()}.json"
    names = [f"{diff_id.partition(':')[2]}/layer.tar" for diff_id in image.diff_ids]
    manifest = [{"Config": config_name, "RepoTags": [tag], "Layers": names}]
    for name, content in (
        ("manifest.json", json.dumps(manifest).encode()),
        (config_name, image.config),
    ):
        yield from tar_writer.file(name, len(content), (content,))
    layers = dict(zip(names, image.layers, strict=True))  # equal ones once
    for name, layer in layers.items():
        yield from tar_writer.file(name, layer.size_bytes, layer.pieces())
    yield tar_writer.END
