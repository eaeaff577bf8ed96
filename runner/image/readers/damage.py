"""What the readers raise in the depth, and how names from an archive are shown in messages."""

from __future__ import annotations

from runner.model.errors import ImageError

_SHOWN_CHARACTERS = 120


class DamagedError(ImageError):
    """What is wrong with an image, without the place: the reader adds its source and what to do."""


def shown(name: str | bytes) -> str:
    """A name from an archive, in quotes and on one line whatever bytes it has."""
    if isinstance(name, bytes) or not name.isprintable():
        return _cut(ascii(name))
    return _cut(f"'{name}'")


def short(text: str) -> str:
    """Text from an archive on one line."""
    return _cut(text if text.isprintable() else ascii(text)[1:-1])


def _cut(text: str) -> str:
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[: _SHOWN_CHARACTERS - 20]}…{text[-16:]}"
