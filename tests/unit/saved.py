"""Images of hand-written layers as real archives, in the form of `docker save`."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from runner.model.entries import Entry, EntryKind, ImageContent, LayerContent

_TYPES = {
    EntryKind.file: tarfile.REGTYPE,
    EntryKind.directory: tarfile.DIRTYPE,
    EntryKind.symlink: tarfile.SYMTYPE,
    EntryKind.device: tarfile.CHRTYPE,
    EntryKind.whiteout: tarfile.REGTYPE,
    EntryKind.opaque: tarfile.REGTYPE,
}


def save(content: ImageContent, path: Path) -> Path:
    """Write a docker archive; files hold as many bytes as their entries say."""
    layers = [layer_tarball(layer) for layer in content.layers]
    names = [f"{index:064x}/layer.tar" for index in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": [content.name], "Layers": names}]
    members = {
        "config.json": json.dumps(configuration(content)).encode(),
        **dict(zip(names, layers, strict=True)),
        "manifest.json": json.dumps(manifest).encode(),
    }
    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def configuration(content: ImageContent) -> dict[str, Any]:
    """The image's configuration."""
    tarballs = [layer_tarball(layer) for layer in content.layers]
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(tarball).hexdigest()}" for tarball in tarballs],
        },
        "history": [{"created_by": layer.created_by} for layer in content.layers],
    }


def layer_tarball(layer: LayerContent) -> bytes:
    """The tarball of a layer, its entries in their order."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in layer.entries:
            member = _member(entry, layer)
            archive.addfile(member, io.BytesIO(_content(entry)) if member.size else None)
    return buffer.getvalue()


def _member(entry: Entry, layer: LayerContent) -> tarfile.TarInfo:
    member = tarfile.TarInfo(_name(entry))
    member.type = _TYPES[entry.kind]
    member.mode, member.uid, member.gid = entry.mode, entry.uid, entry.gid
    member.mtime = entry.mtime_s
    if entry.kind is EntryKind.file and (entry.target or entry.content_of >= 0):
        member.type = tarfile.LNKTYPE
        member.linkname = entry.target or layer.entries[entry.content_of].path
    elif entry.kind is EntryKind.file:
        member.size = entry.size_bytes
    elif entry.kind is EntryKind.symlink:
        member.linkname = entry.target
    elif entry.kind is EntryKind.device:
        member.devmajor, member.devminor = map(int, entry.target.split(":"))
    return member


def _name(entry: Entry) -> str:
    folder, slash, name = entry.path.rpartition("/")
    if entry.kind is EntryKind.whiteout:
        return f"{folder}{slash}.wh.{name}"
    if entry.kind is EntryKind.opaque:
        return f"{entry.path}/.wh..wh..opq" if entry.path else ".wh..wh..opq"
    return entry.path


def _content(entry: Entry) -> bytes:
    """The entry's own content, or bytes that depend on its digest alone."""
    if entry.content is not None:
        return entry.content
    seed = hashlib.sha256(entry.digest.encode()).digest()
    return (seed * (entry.size_bytes // len(seed) + 1))[: entry.size_bytes]
