"""Where an entry of an image stands: `layer << 32 | index`.

One number instead of an object per file keeps an image of a million files within memory.
"""

from __future__ import annotations

SHIFT = 32
INDEX = (1 << SHIFT) - 1


def position_of(layer: int, index: int) -> int:
    """The position of an entry: index of its layer, index in its layer."""
    return layer << SHIFT | index


def index_of(position: int) -> int:
    """The index in its layer of what is at a position."""
    return position & INDEX


def layer_of(position: int) -> int:
    """The index of the layer of a position."""
    return position >> SHIFT
