"""An archive that passes by once: documents are held, layers are read as they come.

Lists that say what is what may come last, so a layer is known by its first bytes. What is neither a
layer nor JSON is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.model.entries import Entry, EntryKind
from runner.oci.archive import Archive, Names, link_target
from runner.oci.blob_location import Stored
from runner.oci.blobs import StoredLayer, layer_of_stream
from runner.oci.damage import ARCHIVE, DamagedError, cut_off, missing, shown
from runner.oci.headers import BLOCK
from runner.oci.reading import Reading
from runner.oci.tape import StreamTape, Tape, pieces_of
from runner.oci.tarball import scan_archive
from runner.oci.unpack import Packing, packing_of


class PassingArchive:
    """An archive read from a stream; `packed_bytes` is the stream's size before it was unpacked."""

    def __init__(
        self, pieces: Iterator[bytes], reading: Reading, packed_bytes: int | None = None
    ) -> None:
        self._reading = reading
        self._packed_bytes = packed_bytes
        self._documents: dict[str, bytes] = {}
        self._layers: dict[str, StoredLayer] = {}
        self._others: set[str] = set()
        tape = StreamTape(self._counted(pieces))
        entries, self.whole = scan_archive(tape, reading.budget, self._member)
        self._names = Names(self._links(entries), reading.budget.limits)
        tape.drain()

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        total = 0
        for piece in pieces:
            total += len(piece)
            if self._packed_bytes is not None:
                self._reading.budget.check_ratio(total, self._packed_bytes)
            yield piece

    def _member(self, entry: Entry, tape: Tape, stored: Stored) -> None:
        if stored.sparse is not None:
            raise DamagedError(f"{shown(entry.path)} is stored with holes")
        for known in (self._documents, self._layers):
            known.pop(entry.path, None)
        size = stored.size_bytes
        window, start = tape.at(stored.position, min(BLOCK, size))
        head = window[stored.position - start :][: min(BLOCK, size)]
        if packing_of(head) is not Packing.unknown:
            pieces = self._whole(tape, stored)
            self._layers[entry.path] = layer_of_stream(
                entry.path, head, pieces, size, self._reading
            )
        elif head.lstrip()[:1] in (b"{", b"["):
            self._reading.budget.take_document(size)
            self._documents[entry.path] = b"".join(self._whole(tape, stored))
        else:
            self._others.add(entry.path)

    def _whole(self, tape: Tape, stored: Stored) -> Iterator[bytes]:
        length = 0
        for piece in pieces_of(tape, stored.position, stored.size_bytes):
            length += len(piece)
            yield piece
        if length < stored.size_bytes:
            raise cut_off("a file", ARCHIVE)

    def _links(self, entries: list[Entry]) -> dict[str, str]:
        links: dict[str, str] = {}
        for entry in entries:
            links.pop(entry.path, None)
            if entry.kind is EntryKind.symlink:
                links[entry.path] = link_target(entry)
            elif entry.kind is EntryKind.file and entry.content_of >= 0:
                links[entry.path] = entries[entry.content_of].path
        return links

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        resolved = self._names.resolved(path)
        return any(resolved in known for known in (self._documents, self._layers, self._others))

    def names(self) -> list[str]:
        """Paths of the files that passed by."""
        return [*self._documents, *self._layers, *self._others]

    def document(self, path: str) -> bytes:
        """A document that passed by."""
        resolved = self._names.resolved(path)
        if resolved in self._documents:
            return self._documents[resolved]
        raise self._instead(path, "JSON")

    def layers(self, paths: Sequence[str]) -> list[StoredLayer]:
        """Layers that passed by."""
        return [self._layer(path) for path in paths]

    def _layer(self, path: str) -> StoredLayer:
        resolved = self._names.resolved(path)
        if resolved in self._layers:
            return self._layers[resolved]
        raise self._instead(path, "layer")

    def _instead(self, path: str, wanted: str) -> DamagedError:
        if self.has(path):
            return DamagedError(f"{shown(path)} is no {wanted}")
        return missing(path, whole=self.whole)


def _proof(archive: PassingArchive) -> Archive:
    return archive
