"""The largest files of an image; its largest folders are in `folders`."""

from __future__ import annotations

import heapq

from runner.image.contents.live import LiveRoot
from runner.model.anatomy import SizeOf


def largest_files(root: LiveRoot, top: int) -> tuple[SizeOf, ...]:
    """The files with the most bytes; hard-linked content once."""
    found = heapq.nsmallest(top, root.bytes_of.items(), key=lambda item: (-item[1], item[0]))
    return tuple(SizeOf(path, size) for path, size in found if size)
