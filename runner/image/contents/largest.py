"""The largest files of an image; its largest directories are in `folders`."""

from __future__ import annotations

import heapq

from runner.image.contents.live import LiveRoot
from runner.model.anatomy import SizeOf


def largest_files(root: LiveRoot, top: int) -> tuple[SizeOf, ...]:
    """The files with the most bytes; hard-linked content once."""
    least = min(heapq.nlargest(top, root.bytes_of.values()), default=0)
    found = [(-size, path) for path, size in root.bytes_of.items() if size >= least and size]
    return tuple(SizeOf(path, -size) for size, path in sorted(found)[:top])
