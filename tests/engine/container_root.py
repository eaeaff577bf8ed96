"""The root that a container sees, from the engine's export of it: a tarball of the mounted root."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from runner.model.entries import EntryKind

FROM_THE_ENGINE = ("dev", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", ".dockerenv")
"""What the engine puts into every container."""
KINDS = {
    tarfile.REGTYPE: EntryKind.file,
    tarfile.LNKTYPE: EntryKind.file,
    tarfile.DIRTYPE: EntryKind.directory,
    tarfile.SYMTYPE: EntryKind.symlink,
    tarfile.CHRTYPE: EntryKind.device,
    tarfile.BLKTYPE: EntryKind.device,
    tarfile.FIFOTYPE: EntryKind.device,
}
DEVICES = (tarfile.CHRTYPE, tarfile.BLKTYPE)


def of_the_engine(path: str) -> bool:
    """Whether this is the engine's, or a folder that it writes into."""
    return path.startswith(FROM_THE_ENGINE) or path in ("proc", "sys", "etc")


def entries_of(exported: bytes) -> dict[str, tuple[Any, ...]]:
    """Kind, size, mode, owner, target, small content and all hard links of each entry."""
    seen: dict[str, tuple[Any, ...]] = {}
    names_of: dict[str, list[str]] = {}
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:
        for member in archive:
            if of_the_engine(member.name):
                continue
            linked = archive.getmember(member.linkname) if member.islnk() else member
            file = archive.extractfile(linked) if linked.isreg() else None
            names_of.setdefault(linked.name, []).append(member.name)
            device = f"{member.devmajor}:{member.devminor}" if member.type in DEVICES else ""
            device = f"block {device}" if member.isblk() else device
            seen[member.name] = (
                KINDS[member.type],
                linked.size,
                member.mode & 0o7777,
                (member.uid, member.gid),
                member.linkname if member.issym() else device,
                file.read(999) if file and linked.size < 1000 else None,
                linked.name,
            )
    return {
        path: (*facts, tuple(sorted(names_of[first]))) for path, (*facts, first) in seen.items()
    }
