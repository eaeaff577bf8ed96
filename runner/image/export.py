"""Layers read from the stream in which an engine exports an image (`GET /images/NAME/get`).

Older engines write a docker-archive (`ID/layer.tar`), newer ones an OCI layout (`blobs/sha256/…`,
packed or not). Both put the lists that say what is what behind the layers, so a layer is
recognised by its first bytes and named by the digest of its content, which is what a diff_id is.
Nothing is kept on disk, and the stream is read once.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Iterator, Set
from typing import IO, Protocol

import docker
import requests
from docker.errors import DockerException

from runner.image.source import Layer, LayerSource
from runner.model.errors import EngineLostError, ImageError
from runner.oci.damage import DamagedError
from runner.oci.headers import BLOCK
from runner.oci.iterator_io import pulled
from runner.oci.unpack import Packing, packing_of, unpacked

_PIECE_BYTES = 1 << 20
_CONTENT_NAME = re.compile(r"[0-9a-f]{64}")


class Aliases(Protocol):
    """Remembers which diff_id stood behind a name in an export."""

    def diff_id_of(self, name: str) -> str | None:
        """The diff_id, if this name was seen before."""

    def remember(self, name: str, diff_id: str) -> None:
        """Keep it for the next export."""


class ExportedImage:
    """The layers of one image, from the engine's export of it."""

    def __init__(self, client: docker.DockerClient, image: str, aliases: Aliases) -> None:
        self._client = client
        self._image = image
        self._aliases = aliases
        self._subject = f"the engine's export of {image}"
        self._advice = "build it again"

    def layers(self, wanted: Set[str]) -> Iterator[Layer]:
        """The layers in the stream's order, less those that are known not to be wanted.

        Raises `ImageError` for an export that is neither form or lacks a wanted layer, and
        `EngineLostError` when the stream breaks off.
        """
        left = set(wanted)
        try:
            with tarfile.open(
                fileobj=pulled(self._stream()), mode="r|", bufsize=_PIECE_BYTES
            ) as archive:
                for member in archive:
                    layer = self._layer(archive, member, left)
                    if layer is None:
                        continue
                    yield layer
                    left.discard(layer.diff_id)
                    if name := _content_name(member.name):
                        self._aliases.remember(name, layer.diff_id)
        except (tarfile.TarError, EOFError) as error:
            raise self._unreadable(error) from error
        if left:
            raise ImageError(f"{self._subject} lacks layer {min(left)}: {self._advice}")

    def _layer(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, left: Set[str]
    ) -> Layer | None:
        """The layer in this member; None if it is something else or known not to be wanted."""
        if not member.isreg():
            return None
        name = _content_name(member.name)
        known = self._aliases.diff_id_of(name) if name else None
        if known is not None and known not in left:
            return None
        if known is None and f"sha256:{name}" in left:
            known = f"sha256:{name}"
        file = archive.extractfile(member)
        assert file is not None, "a regular member has content"
        head = file.read(BLOCK)
        packing = packing_of(head)
        if packing is Packing.unknown or (packing is Packing.plain and len(head) < BLOCK):
            return None
        content = self._unpacked(_all_of(head, file), packing)
        return digested(content, known or "")

    def _unpacked(self, pieces: Iterator[bytes], packing: Packing) -> Iterator[bytes]:
        try:
            yield from unpacked(pieces, packing)
        except DamagedError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> ImageError:
        return ImageError(f"{self._subject} cannot be read ({error}): {self._advice}")

    def _stream(self) -> Iterator[bytes]:
        try:
            yield from self._client.api.get_image(self._image, chunk_size=_PIECE_BYTES)
        except (requests.RequestException, DockerException, OSError) as error:
            raise EngineLostError(
                f"the engine stopped while exporting {self._image}"
                f" ({' '.join(str(error).split())}): see that it runs, then run again"
            ) from error


def digested(content: Iterator[bytes], name: str = "") -> Layer:
    """A layer of this content; it is called by its name until at its end it knows its diff_id."""

    def passed_on() -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in content:
            digest.update(piece)
            yield piece
        layer.diff_id = f"sha256:{digest.hexdigest()}"

    layer = Layer(pulled(passed_on()), name)
    return layer


def _all_of(head: bytes, rest: IO[bytes]) -> Iterator[bytes]:
    yield head
    while piece := rest.read(_PIECE_BYTES):
        yield piece


def _content_name(member: str) -> str | None:
    """The part of a member's name that is a digest, and so stands for the same content always."""
    found = _CONTENT_NAME.search(member)
    return found.group() if found else None


def _proof(image: ExportedImage) -> LayerSource:
    return image
