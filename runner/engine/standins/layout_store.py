"""Stand-ins kept outside the engine: an OCI layout per recipe, which holds shared layers once.

Another engine, or one whose data were wiped, loads them from here instead of building them again.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from runner.engine.files import atomic_file, write_atomically
from runner.oci.iterator_io import pulled
from runner.oci.stored_image import StoredImage

CHUNK_BYTES = 1 << 20
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
NAME = "org.opencontainers.image.ref.name"

Written = tuple[str, int]
"""Digest and size in bytes."""


@dataclass(frozen=True)
class BlobFile:
    """A blob of the layout."""

    path: Path

    @property
    def size_bytes(self) -> int:
        """How many bytes it has."""
        return self.path.stat().st_size

    def pieces(self) -> Iterator[bytes]:
        """All of it, piece by piece."""
        with self.path.open("rb") as file:
            while piece := file.read(CHUNK_BYTES):
                yield piece


@dataclass(frozen=True)
class LayoutStore:
    """An OCI layout in a directory, with images known by name."""

    folder: Path

    def find(self, name: str) -> StoredImage | None:
        """The image of that name, or None if it is not kept here."""
        named = [entry for entry in self._entries() if entry["annotations"][NAME] == name]
        if not named:
            return None
        manifest = json.loads(self._blob(named[0]["digest"]).read_bytes())
        layers = tuple(BlobFile(self._blob(layer["digest"])) for layer in manifest["layers"])
        return StoredImage(self._blob(manifest["config"]["digest"]).read_bytes(), layers)

    def names(self) -> set[str]:
        """What is kept here."""
        return {str(entry["annotations"][NAME]) for entry in self._entries()}

    def keep(self, name: str, stream: Iterable[bytes]) -> None:
        """Take in one image as `docker save` streams it; it is listed once all of it is on disk."""
        files = self._take_files(stream)
        manifest = json.loads(self._blob(files["manifest.json"][0]).read_bytes())[0]
        described = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": _descriptor(CONFIG_TYPE, files[manifest["Config"]]),
            "layers": [_descriptor(LAYER_TYPE, files[layer]) for layer in manifest["Layers"]],
        }
        content = json.dumps(described).encode()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        write_atomically(self._blob(digest), content)
        self._list(name, _descriptor(MANIFEST_TYPE, (digest, len(content))))
        self._drop(set(files.values()), described)

    def _take_files(self, stream: Iterable[bytes]) -> dict[str, Written]:
        """Every file of a docker archive as a blob; links are resolved to what they name."""
        files: dict[str, Written] = {}
        links: dict[str, str] = {}
        with tarfile.open(fileobj=pulled(stream), mode="r|") as archive:
            for member in archive:
                if member.issym():
                    folder = posixpath.dirname(member.name)
                    links[member.name] = posixpath.normpath(posixpath.join(folder, member.linkname))
                elif member.islnk():
                    links[member.name] = member.linkname
                elif member.isreg():
                    content = archive.extractfile(member)
                    assert content is not None
                    files[member.name] = self._take(content)
        return files | {name: files[target] for name, target in links.items()}

    def _take(self, content: IO[bytes]) -> Written:
        hashed = hashlib.sha256()
        size = 0
        arriving = self.folder / "blobs" / "sha256" / "arriving"
        with atomic_file(arriving) as file:
            while chunk := content.read(CHUNK_BYTES):
                hashed.update(chunk)
                size += len(chunk)
                file.write(chunk)
        digest = f"sha256:{hashed.hexdigest()}"
        arriving.rename(self._blob(digest))
        return digest, size

    def _list(self, name: str, descriptor: dict[str, Any]) -> None:
        entries = [entry for entry in self._entries() if entry["annotations"][NAME] != name]
        entries.append(descriptor | {"annotations": {NAME: name}})
        index = {"schemaVersion": 2, "manifests": entries}
        write_atomically(self.folder / "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        write_atomically(self.folder / "index.json", json.dumps(index).encode())

    def _entries(self) -> list[dict[str, Any]]:
        try:
            index = json.loads((self.folder / "index.json").read_bytes())
        except FileNotFoundError:
            return []
        return list(index["manifests"])

    def _drop(self, arrived: set[Written], manifest: dict[str, Any]) -> None:
        """Remove what the engine's archive holds beside configuration and layers."""
        used = {each["digest"] for each in [manifest["config"], *manifest["layers"]]}
        for digest, _ in arrived:
            if digest not in used:
                self._blob(digest).unlink(missing_ok=True)

    def _blob(self, digest: str) -> Path:
        return self.folder / "blobs" / digest.replace(":", "/", 1)


def _descriptor(media_type: str, blob: Written) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": blob[0], "size": blob[1]}
