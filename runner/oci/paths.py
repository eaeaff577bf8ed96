"""Names in an archive → paths in an image: as an engine that unpacks them would take them, but for
names that lead through a link of their own layer (docs/archives.md, "What names mean").

`./`, `/` in front, doubled and trailing slashes and `a/../b` mean what a file system takes them to
mean below the image's root; a name that leads out of the root is refused. A path is taken by its
name: symbolic links on the way are not followed, nothing is ever looked up on this machine.
"""

from __future__ import annotations

from runner.model.entries import EntryKind
from runner.oci.damage import DamagedError, shown

WHITEOUT = ".wh."
OPAQUE_MARKER = ".wh..wh..opq"
_META = ".wh..wh."
"""Other markers of the old aufs driver; engines ignore them."""


def plain(name: str) -> str:
    """The path that a name stands for; empty for the root itself.

    Raises `DamagedError` for a name that leads out of the root or cannot be one.
    """
    if "\0" in name:
        raise DamagedError(f"the name {shown(name)} has a NUL byte in it")
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                raise DamagedError(f"the name {shown(name)} leads out of the image's root")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def marked(path: str) -> tuple[str, EntryKind] | None:
    """What a marker in a layer's tarball stands for; None for one that stands for nothing.

    `path` is plain and its last part begins with `.wh.`.
    """
    folder, slash, name = path.rpartition("/")
    if name == OPAQUE_MARKER:
        return folder, EntryKind.opaque
    if name.startswith(_META):
        return None
    hidden = name.removeprefix(WHITEOUT)
    if hidden in ("", ".", ".."):
        raise DamagedError(f"the whiteout {shown(path)} names nothing")
    return f"{folder}{slash}{hidden}", EntryKind.whiteout
