"""The anatomy of an image: layers, waste with its reasons, caches, packages, hints.

`AnatomyDocument` is the contract of `dockbench inspect --json` (schema 1): its keys stay as they
are; more may be added.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct, field

SCHEMA = 1


class WasteReason(Enum):
    """Why bytes are stored and cannot be reached."""

    deleted = "deleted"
    overwritten = "overwritten"
    attributes = "attributes"
    """Copied up only because mode, owner or times changed, or for a hard link (`Waste.linked`): the
    content is the same."""
    opaque = "opaque"
    """Hidden by a directory that was made opaque."""
    type_change = "type_change"
    """Replaced by something of another kind: a directory by a file, a file by a symbolic link,
    or the reverse."""


class ImageFacts(Struct, frozen=True):
    """The image as a whole, in bytes."""

    name: str
    stored_bytes: int
    """Payload in all layers."""
    live_bytes: int
    """Payload reachable in the merged root, hard-linked content once."""
    wasted_bytes: int
    """stored − live."""
    compressed_bytes: int | None
    compressor: str
    base: str = ""
    platform: str = ""
    reader: str = ""
    live_files: int = 0
    """Regular files in the merged root, hard-linked content once."""


class LayerFacts(Struct, frozen=True):
    """One layer."""

    diff_id: str
    created_by: str
    stored_bytes: int
    compressed_bytes: int | None
    files: int
    is_base: bool
    wasted_bytes: int = 0
    """Bytes of this layer that later layers (or it itself) hide."""


class Waste(Struct, frozen=True):
    """Bytes that are stored and cannot be reached, for one path."""

    path: str
    bytes: int
    written_by: int
    """Index of the layer that holds them."""
    hidden_by: int
    """Index of the layer that hides them."""
    reason: WasteReason
    guessed: bool = False
    """Whether `attributes` or `overwritten` was told by size and time, as contents of equal size
    were not compared."""
    linked: bool = False
    """Whether it was copied up only to get a further name, a hard link; then `reason` is
    `attributes`."""

    @property
    def cause(self) -> str:
        """Why, in words."""
        return "hard link" if self.linked else self.reason.value.replace("_", " ")


class CacheFinding(Struct, frozen=True):
    """A left-over cache that is live in the image."""

    path: str
    bytes: int
    kind: str
    """`pip`, `poetry`, `uv`, `apt lists`, `__pycache__`, …"""
    written_by: int = -1
    files: int = 0
    advice: str = ""
    """The line that would avoid it."""


class Package(Struct, frozen=True):
    """An installed package and the live bytes that it owns."""

    manager: str
    """`dpkg`, `apk`, `python`, `conda`, `npm`."""
    name: str
    version: str
    bytes: int
    files: int = 0


class SizeOf(Struct, frozen=True):
    """A path and its live bytes."""

    path: str
    bytes: int
    files: int = 1


SMALLEST_DUPLICATE_BYTES = 16 << 10
"""Smaller files are not compared: there are many, and they are little."""


class Duplicate(Struct, frozen=True):
    """The same content under several names: not waste, but worth knowing."""

    bytes: int
    """Of one copy."""
    paths: tuple[str, ...]


class Hint(Struct, frozen=True):
    """What to change: the instruction, the bytes that it would save, and how."""

    bytes: int
    layer: int
    instruction: str
    finding: str
    change: str


class DiveNumbers(Struct, frozen=True):
    """dive's three numbers, computed as dive computes them, for comparison only."""

    dive_efficiency: float
    dive_wasted_bytes: int
    dive_user_wasted_percent: float
    """A ratio in spite of its name, as in dive's own rules: 0.1 is 10 %."""


class AnatomyDocument(Struct, frozen=True):
    """What `dockbench inspect --json` prints."""

    image: ImageFacts
    layers: tuple[LayerFacts, ...]
    waste: tuple[Waste, ...]
    caches: tuple[CacheFinding, ...]
    packages: tuple[Package, ...]
    unowned_bytes: int
    unowned: tuple[SizeOf, ...] = ()
    """The unowned bytes by directory."""
    largest_files: tuple[SizeOf, ...] = ()
    largest_directories: tuple[SizeOf, ...] = ()
    """With all that is below them; one that holds little beside one other is left out."""
    duplicates: tuple[Duplicate, ...] | None = None
    """All of them, the most costly first; None where they were not looked for."""
    hints: tuple[Hint, ...] = ()
    secrets: tuple[str, ...] = ()
    """Paths, in any layer, of files that usually hold secrets: names, no content."""
    dive: DiveNumbers | None = None
    schema: int = field(default=SCHEMA)
