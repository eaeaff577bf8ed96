"""What the readers raise in the depth, and how names from an archive are shown in messages."""

from __future__ import annotations

from runner.model.errors import ImageError

_SHOWN_CHARACTERS = 120


class DamagedError(ImageError):
    """What is wrong with an image, without the place: the reader adds its source and what to do."""


def shown(name: str | bytes) -> str:
    """A name from an archive on one line, whatever bytes it has."""
    text = ascii(name) if isinstance(name, bytes) or not name.isprintable() else f"'{name}'"
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"{text[: _SHOWN_CHARACTERS - 20]}…{text[-16:]}"
