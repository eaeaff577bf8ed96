"""Images outside an engine: reads docker and OCI archives, writes and reads OCI layouts.

Every engine since 20.10 loads the docker-archive form, and only newer ones load OCI's, so whatever
is read here is handed to the engine as a docker-archive stream, with a tag of ours and no other.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from runner.model.errors import BaseError
from runner.oci import tar_writer
from runner.oci.platforms import matches

CHUNK_BYTES = 1 << 20
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"
"""The full reference, where the name above may be a tag alone."""

_INDEX_TYPES = (INDEX_TYPE, "application/vnd.docker.distribution.manifest.list.v2+json")


@dataclass(frozen=True)
class Part:
    """One file of an image: how many bytes, and how to read them."""

    size_bytes: int
    open: Callable[[], BinaryIO]

    def pieces(self) -> Iterator[bytes]:
        """The content piece by piece."""
        with self.open() as file:
            while piece := file.read(CHUNK_BYTES):
                yield piece

    def read(self) -> bytes:
        """The whole content (for small files)."""
        with self.open() as file:
            return file.read()


@dataclass(frozen=True)
class StoredImage:
    """An image outside an engine."""

    config: bytes
    layers: tuple[Part, ...]
    names: tuple[str, ...] = ()
    """What it was saved as; empty where it was saved by its id."""

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


Lookup = Callable[[str], Part | None]
"""From a path inside an archive or layout to the file there."""


def folder_lookup(folder: Path) -> Lookup:
    """Files of an OCI layout in a folder."""

    def find(name: str) -> Part | None:
        path = folder / name
        return Part(path.stat().st_size, lambda: path.open("rb")) if path.is_file() else None

    return find


def tar_lookup(archive: tarfile.TarFile) -> Lookup:
    """Files of a tarball; links inside it are followed."""
    members = {member.name.removeprefix("./"): member for member in archive.getmembers()}

    def find(name: str) -> Part | None:
        member = members.get(name)
        if member is None or member.isdir():
            return None
        return Part(_size_bytes(archive, member), lambda: _extracted(archive, member))

    return find


def docker_images(find: Lookup) -> list[StoredImage]:
    """The images of a docker archive (what `docker save` writes); none if it is not one."""
    manifest = find("manifest.json")
    if manifest is None:
        return []
    return [
        StoredImage(
            _must(find, entry["Config"]).read(),
            tuple(_must(find, layer) for layer in entry.get("Layers") or []),
            tuple(map(str, entry.get("RepoTags") or ())),
        )
        for entry in json.loads(manifest.read())
    ]


def oci_images(find: Lookup, machine: str, name: str = "") -> list[StoredImage]:
    """The images of an OCI layout, for this architecture; none if it is not one.

    `name` restricts them to those whose reference name annotation it is.
    """
    index = find("index.json")
    if index is None:
        return []
    described = json.loads(index.read())["manifests"]
    if name:
        described = [
            each for each in described if (each.get("annotations") or {}).get(NAME) == name
        ]
    return [_oci_image(find, each) for each in _for_machine(find, described, machine)]


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
    written = set()
    for name, layer in zip(names, image.layers, strict=True):
        if name in written:
            continue
        written.add(name)
        yield from tar_writer.file(name, layer.size_bytes, layer.pieces())
    yield tar_writer.END


def _for_machine(
    find: Lookup, described: Sequence[dict[str, Any]], machine: str
) -> Iterator[dict[str, Any]]:
    """Descriptors of manifests, with indexes followed and other platforms left out."""
    for each in described:
        architecture = (each.get("platform") or {}).get("architecture", "")
        if architecture and not matches(machine, architecture):
            continue
        if each.get("mediaType") in _INDEX_TYPES:
            inner = json.loads(_blob(find, each["digest"]).read())
            yield from _for_machine(find, inner["manifests"], machine)
        else:
            yield each


def _oci_image(find: Lookup, descriptor: dict[str, Any]) -> StoredImage:
    manifest = json.loads(_blob(find, descriptor["digest"]).read())
    for layer in manifest["layers"]:
        if str(layer.get("mediaType", "")).endswith("zstd"):
            raise BaseError(
                "the archive's layers are compressed with zstd, which not every engine reads: "
                "write it again with gzip or uncompressed"
            )
    name = (descriptor.get("annotations") or {}).get(CONTAINERD_NAME)
    return StoredImage(
        _blob(find, manifest["config"]["digest"]).read(),
        tuple(_blob(find, layer["digest"]) for layer in manifest["layers"]),
        (str(name),) if name else (),
    )


def _blob(find: Lookup, digest: str) -> Part:
    return _must(find, f"blobs/{digest.replace(':', '/', 1)}")


def _must(find: Lookup, name: str) -> Part:
    part = find(name)
    if part is None:
        raise BaseError(f"the archive is incomplete: it names {name}, which is not in it")
    return part


def _size_bytes(archive: tarfile.TarFile, member: tarfile.TarInfo) -> int:
    """Of the regular file itself, or of the one behind a link."""
    if member.isreg():
        return member.size
    with _extracted(archive, member) as file:
        return file.seek(0, io.SEEK_END)


def _extracted(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    file = archive.extractfile(member)
    if file is None:
        raise BaseError(f"the archive is damaged: {member.name} cannot be read")
    return file  # type: ignore[return-value]
