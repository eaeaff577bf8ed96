"""How a number of bytes reads: decimal units, as Docker shows them."""

from __future__ import annotations

ABSENT = "–"
"""Stands where nothing was measured."""

_UNITS: tuple[tuple[str, int, int], ...] = (
    ("B", 1, 0),
    ("kB", 10**3, 1),
    ("MB", 10**6, 1),
    ("GB", 10**9, 2),
    ("TB", 10**12, 2),
)


def size(amount_bytes: int | None) -> str:
    """`2.19 GB`, `155.7 MB`, `12.0 kB`, `7 B`; `–` for None, a minus sign for negative sizes."""
    if amount_bytes is None:
        return ABSENT
    if amount_bytes < 0:
        return "−" + size(-amount_bytes)
    text = ""
    for unit, unit_bytes, decimals in _UNITS:
        text = f"{amount_bytes / unit_bytes:.{decimals}f} {unit}"
        if round(amount_bytes / unit_bytes, decimals) < 1000:
            break
    return text
