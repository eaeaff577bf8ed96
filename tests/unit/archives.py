"""Writers of tarballs and image archives for tests; tarfile writes them, the readers do not use it.

image = Image([tarball(file("a", b"x")), tarball(whiteout("a"))])
(tmp_path / "image.tar").write_bytes(image.docker_archive())
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import zstandard

Member = tuple[tarfile.TarInfo, bytes]
Pack = Callable[[bytes], bytes]


def member(name: str, kind: bytes = tarfile.REGTYPE, data: bytes = b"", **fields: Any) -> Member:
    """A member of a tarball with any fields of its header."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def file(name: str, data: bytes = b"", **fields: Any) -> Member:
    """A regular file."""
    return member(name, data=data, **{"mode": 0o644, **fields})


def directory(name: str, **fields: Any) -> Member:
    """A directory."""
    return member(name, tarfile.DIRTYPE, **{"mode": 0o755, **fields})


def symlink(name: str, target: str) -> Member:
    """A symbolic link."""
    return member(name, tarfile.SYMTYPE, linkname=target, mode=0o777)


def link(name: str, target: str) -> Member:
    """A hard link."""
    return member(name, tarfile.LNKTYPE, linkname=target)


def device(name: str, major: int, minor: int) -> Member:
    """A character device."""
    return member(name, tarfile.CHRTYPE, devmajor=major, devminor=minor)


def whiteout(path: str) -> Member:
    """The marker that deletes `path`."""
    folder, slash, name = path.rpartition("/")
    return file(f"{folder}{slash}.wh.{name}")


def opaque(path: str) -> Member:
    """The marker that makes the directory `path` opaque."""
    return file(f"{path}/.wh..wh..opq")


def tarball(*members: Member, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tarball of these members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, errors="surrogateescape") as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data) if data else None)
    return buffer.getvalue()


def header(name: bytes, size: bytes = b"00000000000\0", flag: bytes = b"0", **at: bytes) -> bytes:
    """A raw header with a right checksum; `at` are further bytes by offset, as `at345=b"…"`."""
    block = bytearray(512)
    block[: len(name)] = name
    block[100:124] = b"0000644\x000000000\x000000000\0"
    block[124:136] = size
    block[136:148] = b"00000000000\0"
    block[156:157] = flag
    block[257:265] = b"ustar\x0000"
    for offset, value in at.items():
        start = int(offset.removeprefix("at"))
        block[start : start + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes) -> bytes:
    """Content as it stands in a tarball."""
    return data + bytes(-len(data) % 512)


END = bytes(1024)


def digest(data: bytes) -> str:
    """`sha256:…` of some bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def zstd(data: bytes) -> bytes:
    """Packed with zstandard."""
    return zstandard.ZstdCompressor().compress(data)


def gz(data: bytes) -> bytes:
    """Packed with gzip."""
    return gzip.compress(data, 1, mtime=0)


def plain(data: bytes) -> bytes:
    """Not packed."""
    return data


@dataclass
class Image:
    """An image of layers (tarballs, from the base up) in the forms that tools write."""

    layers: Sequence[bytes]
    pack: Pack = plain
    platform: tuple[str, ...] = ("linux", "amd64")
    history: Sequence[str] = ()
    name: str = "example:latest"
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of the configuration, in place of its own."""

    @cached_property
    def packed(self) -> list[bytes]:
        """The layers as they are stored."""
        return [self.pack(layer) for layer in self.layers]

    @cached_property
    def diff_ids(self) -> list[str]:
        """The digests of the layers as they are unpacked."""
        return [digest(layer) for layer in self.layers]

    @property
    def configuration(self) -> bytes:
        """The image's configuration."""
        history = self.history or [f"RUN step {place}" for place in range(len(self.layers))]
        system, architecture, *variant = self.platform
        said = {
            "os": system,
            "architecture": architecture,
            **({"variant": variant[0]} if variant else {}),
            "config": {"User": "app", "Env": ["PATH=/bin", "EMPTY="]},
            "rootfs": {"type": "layers", "diff_ids": self.diff_ids},
            "history": [{"created_by": "ENV A=1", "empty_layer": True}]
            + [{"created_by": line} for line in history],
        }
        return json.dumps({**said, **self.fields}).encode()

    def docker_files(self) -> dict[str, bytes]:
        """The members of a docker-archive with a manifest."""
        name = digest(self.configuration)[7:]
        paths = [f"{place:02}{digest(packed)[9:]}" for place, packed in enumerate(self.packed)]
        item = {
            "Config": f"{name}.json",
            "RepoTags": [self.name],
            "Layers": [f"{path}/layer.tar" for path in paths],
        }
        return {
            **{f"{path}/VERSION": b"1.0" for path in paths},
            **{
                f"{path}/layer.tar": packed for path, packed in zip(paths, self.packed, strict=True)
            },
            f"{name}.json": self.configuration,
            "manifest.json": json.dumps([item]).encode(),
        }

    def legacy_files(self) -> dict[str, bytes]:
        """The members of a docker-archive of the time before manifests."""
        files: dict[str, bytes] = {}
        parent = ""
        for place, layer in enumerate(self.layers):
            identity = hashlib.sha256(f"{place}{parent}".encode()).hexdigest()
            step = self.history[place] if self.history else f"RUN step {place}"
            shell, line = "RUN /bin/sh -c ", step.removeprefix("RUN ")
            command = step.removeprefix(shell) if step.startswith(shell) else line
            described: dict[str, Any] = {
                "id": identity,
                "os": self.platform[0],
                "architecture": self.fields.get("architecture", self.platform[1]),
                "container_config": {
                    "Cmd": ["/bin/sh", "-c", command if line != step else f"#(nop) {step}"]
                },
                "config": self.fields.get(
                    "config", {"User": "app", "Env": ["PATH=/bin", "EMPTY="]}
                ),
            }
            if parent:
                described["parent"] = parent
            files[f"{identity}/json"] = json.dumps(described).encode()
            files[f"{identity}/layer.tar"] = layer
            files[f"{identity}/VERSION"] = b"1.0"
            parent = identity
        name, _, tag = self.name.partition(":")
        files["repositories"] = json.dumps({name: {tag: parent}}).encode()
        return files

    def oci_blobs(self) -> tuple[dict[str, bytes], dict[str, Any]]:
        """The blobs of an OCI layout, and the descriptor of the manifest."""
        blobs = [*self.packed, self.configuration]
        described = [{"digest": digest(blob), "size": len(blob)} for blob in blobs]
        manifest = json.dumps(
            {"schemaVersion": 2, "config": described[-1], "layers": described[:-1]}
        ).encode()
        system, architecture, *variant = self.platform
        platform = {"os": system, "architecture": architecture}
        if variant:
            platform["variant"] = variant[0]
        descriptor = {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": digest(manifest),
            "size": len(manifest),
            "platform": platform,
            "annotations": {"org.opencontainers.image.ref.name": self.name},
        }
        return {blob_path(blob): blob for blob in [*blobs, manifest]}, descriptor

    def oci_files(self) -> dict[str, bytes]:
        """The files of an OCI layout that holds this image alone."""
        return oci_files(self)

    def docker_archive(self) -> bytes:
        """What `docker save` writes."""
        return archive_of(self.docker_files())

    def legacy_archive(self) -> bytes:
        """What `docker save` wrote once."""
        return archive_of(self.legacy_files())

    def oci_archive(self) -> bytes:
        """An OCI layout as a tar file."""
        return archive_of(self.oci_files())


def blob_path(blob: bytes) -> str:
    """Where an OCI layout has this blob."""
    return f"blobs/{digest(blob).replace(':', '/')}"


def oci_files(*images: Image, extra: Sequence[dict[str, Any]] = ()) -> dict[str, bytes]:
    """The files of an OCI layout that holds these images, one level below the index if several."""
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    descriptors: list[dict[str, Any]] = []
    for image in images:
        blobs, descriptor = image.oci_blobs()
        files.update(blobs)
        descriptors.append(descriptor)
    if len(descriptors) + len(extra) > 1:
        index = json.dumps({"schemaVersion": 2, "manifests": [*descriptors, *extra]}).encode()
        files[blob_path(index)] = index
        descriptors = [{"digest": digest(index), "size": len(index)}]
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": descriptors}).encode()
    return files


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """A tar file of these files."""
    return tarball(*(file(name, data) for name, data in files.items()))


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The same as a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
