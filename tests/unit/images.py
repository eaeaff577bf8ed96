"""Small images written by hand: entries, layers and images as a reader would have found them.

image(
    layer(directory("app"), file("app/a", 10), link("app/b", to="app/a")),
    layer(whiteout("app/a"), created_by="RUN rm app/a"),
)
"""

from __future__ import annotations

from msgspec.structs import replace

from runner.model.entries import Entry, EntryKind, ImageContent, LayerContent


def file(
    path: str,
    size_bytes: int = 0,
    *,
    mode: int = 0o644,
    uid: int = 0,
    gid: int = 0,
    mtime_s: int = 0,
    digest: str = "",
    content: bytes | None = None,
) -> Entry:
    """A regular file; with `content`, its size is that of the content."""
    size = size_bytes if content is None else len(content)
    return Entry(
        path,
        EntryKind.file,
        size,
        mode,
        uid,
        gid,
        mtime_s,
        digest=digest,
        content=content,
    )


def link(path: str, *, to: str) -> Entry:
    """A further name of a file: of the last one before it in its layer that is called `to`, or,
    if there is none, of the one in the layers below (`layer` looks it up)."""
    return Entry(path, EntryKind.file, mode=0o644, target=to)


def directory(path: str, *, mode: int = 0o755) -> Entry:
    """A directory."""
    return Entry(path, EntryKind.directory, mode=mode)


def symlink(path: str, target: str) -> Entry:
    """A symbolic link."""
    return Entry(path, EntryKind.symlink, mode=0o777, target=target)


def device(path: str, numbers: str = "1:3") -> Entry:
    """A character device, by default that of `/dev/null`."""
    return Entry(path, EntryKind.device, mode=0o666, target=numbers)


def whiteout(path: str) -> Entry:
    """The deletion of what lies below at `path`."""
    return Entry(path, EntryKind.whiteout)


def opaque(path: str) -> Entry:
    """Hides what the layers below hold in the directory `path`."""
    return Entry(path, EntryKind.opaque)


def layer(*entries: Entry, created_by: str = "", diff_id: str = "") -> LayerContent:
    """A layer of these entries in this order; hard links find their content as in a tarball."""
    found: list[Entry] = []
    holder_of: dict[str, int] = {}
    for position, entry in enumerate(entries):
        holder = position
        if entry.kind is EntryKind.file and entry.target in holder_of:
            holder = holder_of[entry.target]
            entry = replace(entry, target="", content_of=holder)
        if entry.kind is EntryKind.file and not entry.target:
            holder_of[entry.path] = holder
        found.append(entry)
    return LayerContent(diff_id, created_by, found)


def image(*layers: LayerContent, name: str = "example:latest") -> ImageContent:
    """An image of these layers from the base up; layers without diff_id get one by position."""
    for position, content in enumerate(layers):
        content.diff_id = content.diff_id or f"sha256:{position:064x}"
        content.created_by = content.created_by or f"RUN step {position}"
    return ImageContent(name, list(layers), platform="linux/amd64", reader="overlay2")
