"""Names cut to the width that there is."""

from __future__ import annotations


def with_platform(name: str, platform: str) -> str:
    """`app:1 (linux/amd64)`, as a name alone does not say which image was picked."""
    return f"{name} ({platform})" if platform else name


def shortened_path(path: str, width: int) -> str:
    """At most `width` characters, the middle cut out: the top directory and the name tell most."""
    if len(path) <= width:
        return path
    top, slash, rest = path[1:].partition("/")
    top = path[0] + top
    head = f"{top}/…" if slash and len(top) + 2 < width // 2 else "…"
    kept = width - len(head)
    if kept <= 0:
        return path[:width]
    tail = rest[-kept:]
    whole = tail.find("/")
    return head + (tail[whole:] if 0 <= whole < len(tail) - 1 else tail)
