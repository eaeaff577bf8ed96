"""Extended attributes of an entry, capabilities above all, in a form that can be compared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence

from runner.model.entries import Entry, EntryKind

CAPABILITIES = "security.capability"
_OF_THE_MACHINE = ("security.selinux", "trusted.overlay.", "user.overlay.", "security.ima")
_KEYS = (b"SCHILY.xattr.", b"LIBARCHIVE.xattr.")


def name_of(key: bytes) -> str:
    """The attribute that a record of an extended header holds; empty for any other record."""
    prefix = next((prefix for prefix in _KEYS if key.startswith(prefix)), b"")
    return key[len(prefix) :].decode("utf-8", "backslashreplace") if prefix else ""


def canonical(attributes: Mapping[str, bytes]) -> str:
    """`name=digest` for each attribute that is part of an image, in the order of their names."""
    return " ".join(
        f"{name}={hashlib.sha256(value).hexdigest()[:16]}"
        for name, value in sorted(attributes.items())
        if not name.startswith(_OF_THE_MACHINE)
    )


def names(canonical_form: str) -> dict[str, str]:
    """Name → digest."""
    return dict(part.rpartition("=")[::2] for part in canonical_form.split(" ") if part)


def add_attributes(root: str, entries: Iterable[Entry]) -> None:
    """Ask the files of a layer's directory for their attributes."""
    for entry in entries:
        if entry.kind in (EntryKind.file, EntryKind.directory):
            entry.xattrs = canonical(_of_file(f"{root}/{entry.path}"))


def _of_file(path: str) -> dict[str, bytes]:
    listed: Sequence[str] = os.listxattr(path, follow_symlinks=False)
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in listed}
