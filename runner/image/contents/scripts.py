"""Which files of an image may be scripts that its containers start: readers keep their contents."""

from __future__ import annotations

SCRIPT_BYTES_MAX = 16 << 10

_FOLDERS = frozenset({"", "app", "srv", "opt", "code", "usr/local/bin", "usr/local/sbin"})
_PARTS_OF_PACKAGES = ("site-packages/", "dist-packages/", "node_modules/")


def is_script(path: str, size_bytes: int) -> bool:
    """Whether a command may name this file: a small one, by the names and places that scripts
    have which start a service."""
    if size_bytes > SCRIPT_BYTES_MAX:
        return False
    folder, _, name = path.rpartition("/")
    named = name.endswith(".sh") or "entrypoint" in name
    placed = folder in _FOLDERS and "." not in name and name == name.lower()
    return (named or placed) and not any(part in path for part in _PARTS_OF_PACKAGES)
