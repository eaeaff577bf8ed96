"""What a layer holds, entry by entry, whatever it was read from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import Enum

from msgspec import Struct, field


class EntryKind(Enum):
    """What an entry of a layer is."""

    file = "file"
    directory = "directory"
    symlink = "symlink"
    device = "device"
    """Character or block device, or a named pipe."""
    whiteout = "whiteout"
    """`path` is deleted from the layers below; the marker itself is not part of the path."""
    opaque = "opaque"
    """The directory `path` hides everything that the layers below hold in it."""


class Entry(Struct, array_like=True, gc=False):
    """One entry of a layer, in the order in which the layer holds it; on its way from one process
    to another a list without the names of the fields."""

    path: str
    """Relative to the root, no leading `./` or `/`, no trailing slash; undecodable bytes as
    surrogate escapes. Never with `..`; empty only for an opaque root directory."""
    kind: EntryKind
    size_bytes: int = 0
    """Payload of a regular file; 0 for everything else and for a further name of linked content."""
    mode: int = 0
    uid: int = 0
    gid: int = 0
    mtime_s: int = 0
    target: str = ""
    """Target of a symbolic link, `major:minor` of a character device, `block major:minor` of a
    block device, nothing of a pipe; of a hard link whose content is not in
    its own layer (`content_of` is -1, `size_bytes` 0) the path of that content in the layers
    below."""
    content_of: int = -1
    """Index in the layer of the entry that holds the content: hard links share it; -1 for an
    entry that stands for itself."""
    digest: str = ""
    """sha256 of the content where the reader was asked for it, else empty."""
    content: bytes | None = None
    """The content itself where the reader was asked to keep it (package databases)."""
    xattrs: str = ""
    """Extended attributes as `name=digest` in the order of their names, separated by spaces: those
    of the layer's format, less what belongs to this machine (SELinux, overlay). Directories of an
    engine are only asked for them where the reader was told to."""


def content_indexes(entries: Iterable[Entry]) -> Iterator[int]:
    """Indexes of the regular files that are not a further name of another one."""
    file = EntryKind.file
    return (
        index
        for index, entry in enumerate(entries)
        if entry.kind is file and entry.content_of < 0 and not entry.target
    )


class LayerContent(Struct):
    """One layer with everything in it."""

    diff_id: str
    created_by: str
    entries: list[Entry] = field(default_factory=list)
    compressed_bytes: int | None = None
    """As stored, where the source holds the layer compressed; else None."""


FingerprintsAgain = Callable[[Collection[int]], Mapping[int, int]]
"""Positions of contents (`runner.image.tree`) → their fingerprints, less those that cannot be read:
what tells contents of equal size in one image apart."""

FingerprintOf = Callable[[int], int]
"""Position of a content → its fingerprint; 0 if it is unknown."""


class ImageContent(Struct):
    """An image as a reader found it: its layers from the base up."""

    name: str
    layers: list[LayerContent]
    image_id: str = ""
    platform: str = ""
    """`linux/amd64`; says what was picked where the source holds several."""
    reader: str = ""
    """`overlay2`, `export`, `docker-archive` or `oci-layout`."""
    user: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    """The words of ENTRYPOINT, CMD and HEALTHCHECK: what the image's containers start."""
    passed_by: FingerprintOf | None = None
    """What was noted of contents that passed by in a stream; None where none did."""
    notes: tuple[str, ...] = ()
    """What a reader has to know of what was read, and what was not."""
    fingerprints_again: FingerprintsAgain | None = None
    """A second look at contents, while the source is open; None where nothing can be read again."""


KeepContent = Callable[[str, int], bool]
"""Path and size → whether the reader keeps the content in `Entry.content`."""


def keep_nothing(_path: str, _size_bytes: int) -> bool:
    """Keep no content."""
    return False


class Limits(Struct, frozen=True):
    """What a hostile image may ask of this machine; beyond it a reader raises `ImageError` that
    names the limit."""

    entries: int = 5_000_000
    layers: int = 1_000
    unpacked_bytes: int = 1 << 40
    """Sum over all layers, after decompression."""
    ratio: float = 2_000.0
    """Decompressed over compressed bytes of one layer."""
    path_bytes: int = 65_536
    names_bytes: int = 1 << 30
    """Sum of the names that are longer than a header holds."""
    json_bytes: int = 16 << 20
    history: int = 10_000
    """Entries of the history, those without a layer included."""
    history_bytes: int = 4 << 20
    """Sum of the instructions and comments in the history, in characters."""
    kept_bytes: int = 512 << 20
    """Sum of the contents that are kept."""
    packages: int = 200_000
    """Packages of all package databases."""
    listed: int = 3_000_000
    """Lines of all package databases (in JSON what commas separate, where that is more)."""
    header_bytes: int = 1 << 20
    """An extended header of a tarball (as in Go's archive/tar), or the map of a sparse file."""
    window_bytes: int = 128 << 20
    """Window of a zstandard stream: the largest that `zstd` accepts without being asked to."""
    links: int = 40
    """Symbolic links that one name in an archive leads through."""
    index_depth: int = 4
    """Indexes of an OCI layout in each other."""
    manifests: int = 1_000
    """What all indexes of an OCI layout name."""
    implied_bytes: int = 64 << 20
    """Sum of the paths of directories that are there only because something is in them: a single
    name of 64 KiB may be that of 32 768 directories in each other."""
