"""What is left of the limits while an image is read."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from runner.model.entries import Limits
from runner.oci.damage import LimitError

FREE_BYTES = 64 << 20
"""A layer may always unpack to so many bytes, whatever its ratio: a small file of zeros in a small
layer is no bomb."""

FILLED_BYTES = 4 << 30
"""Holes of an image that are gone through at most: a few bytes may stand for a terabyte of them."""


class Spent(Struct, array_like=True, frozen=True):
    """What was taken of the limits that count over a whole image."""

    entries: int
    unpacked_bytes: int
    names_bytes: int
    kept_bytes: int

    def __sub__(self, before: Spent) -> Spent:
        """What was taken since."""
        return Spent(
            self.entries - before.entries,
            self.unpacked_bytes - before.unpacked_bytes,
            self.names_bytes - before.names_bytes,
            self.kept_bytes - before.kept_bytes,
        )


class Budget:
    """Counts down over a whole image; what is beyond a limit raises `LimitError` that names it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.entries = limits.entries
        self._unpacked = 0
        self._names = 0
        self._kept = 0
        self._documents = 0
        self._fillable = FILLED_BYTES

    def spent(self) -> Spent:
        """What was taken so far; JSON documents, of which no layer has any, left out."""
        entries = self.limits.entries - self.entries
        return Spent(entries, self._unpacked, self._names, self._kept)

    def take_again(self, spent: Spent) -> None:
        """Count a layer that was read before and is named again: it is in memory once, but what is
        found out about the image takes its time once more."""
        self.take_entries(spent.entries)
        self.take_unpacked(spent.unpacked_bytes)

    def take_entries(self, count: int) -> None:
        """Count the entries of one layer."""
        self.entries -= count
        if self.entries < 0:
            raise LimitError("entries", self.limits.entries)

    def take_layers(self, count: int) -> None:
        """Look whether an image may have so many layers."""
        if count > self.limits.layers:
            raise LimitError("layers", self.limits.layers, f"the image has {count}")

    def take_history(self, texts: Sequence[str]) -> None:
        """Look whether an image may have such a history: instruction and comment of each entry."""
        limits, entries = self.limits, len(texts)
        if entries > limits.history:
            raise LimitError("history", limits.history, f"the image's has {entries} entries")
        characters = sum(map(len, texts))
        if characters > limits.history_bytes:
            raise LimitError("history_bytes", limits.history_bytes, f"the history has {characters}")

    def take_unpacked(self, size_bytes: int) -> None:
        """Count bytes of layers after decompression, and the holes of sparse files."""
        self._unpacked += size_bytes
        if self._unpacked > self.limits.unpacked_bytes:
            raise LimitError("unpacked_bytes", self.limits.unpacked_bytes)

    def may_fill(self, size_bytes: int) -> bool:
        """Whether so many bytes of holes may be gone through as zeros only to compare a content;
        counts them. This limit ends nothing: beyond it a content is not compared."""
        if size_bytes > self._fillable:
            return False
        self._fillable -= size_bytes
        return True

    def check_ratio(self, unpacked_bytes: int, stored_bytes: int) -> None:
        """Look whether so many bytes may come out of so few."""
        if unpacked_bytes > max(FREE_BYTES, self.limits.ratio * stored_bytes):
            raise LimitError(
                "ratio",
                self.limits.ratio,
                f"{stored_bytes} bytes hold more than {unpacked_bytes} bytes",
            )

    def check_header(self, size_bytes: int, why: str) -> None:
        """Look whether an extended header, or a sparse file's map, may be so long."""
        if size_bytes > self.limits.header_bytes:
            raise LimitError("header_bytes", self.limits.header_bytes, why)

    def take_name(self, size_bytes: int) -> None:
        """Count one of the long names of paths and links."""
        if size_bytes > self.limits.path_bytes:
            raise LimitError("path_bytes", self.limits.path_bytes, f"a name has {size_bytes}")
        self._take_names(size_bytes)

    def _take_names(self, size_bytes: int) -> None:
        self._names += size_bytes
        if self._names > self.limits.names_bytes:
            raise LimitError("names_bytes", self.limits.names_bytes)

    def take_kept(self, size_bytes: int) -> None:
        """Count a content that is kept."""
        self._kept += size_bytes
        if self._kept > self.limits.kept_bytes:
            raise LimitError("kept_bytes", self.limits.kept_bytes)

    def take_document(self, size_bytes: int) -> None:
        """Count a JSON document that is held in memory."""
        self._documents += size_bytes
        if self._documents > self.limits.json_bytes:
            raise LimitError("json_bytes", self.limits.json_bytes)
