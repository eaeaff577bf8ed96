"""Waste: bytes that an image stores and no container can reach, with what hid each and why.

wasted = stored − live. Every hidden content is listed once, under the path of the layer that
stores it; hard-linked content only when its last name is gone. The reason is that of the layer
that hid it:

- `deleted`: a whiteout of the file, or of a directory above it;
- `opaque`: the directory was made opaque (deleted and made again in one step);
- `type_change`: something of another kind took its place, or the place of a directory above it;
- `attributes`: a file with the same content did (`linked` where it only got a further name: an
  overlay file system copies a file of a lower layer up before it makes a hard link to it);
- `overwritten`: a file with other content did (`runner.image.content_comparison` has how that is
  known).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runner.image.tree import SETTLED, MergedTree, payload
from runner.model.anatomy import Waste, WasteReason
from runner.model.entries import ImageContent
from runner.model.positions import layer_of


def waste_of(image: ImageContent, tree: MergedTree) -> list[Waste]:
    """All waste of an image, the largest first, then by path and layer.

    `tree` is the merge of this image. The bytes add up to `stored_bytes` − `live_bytes`.
    """
    if tree.layers is not image.layers:
        raise ValueError("the tree is not the merge of this image")
    waste = []
    for position, hidden_by, reason, instead in tree.hidden:
        entry, guessed = tree.entry_at(position), instead != SETTLED
        written_by = layer_of(position)
        linked = reason is WasteReason.attributes and position in tree.linked
        size_bytes = payload(entry)
        waste.append(Waste(entry.path, size_bytes, written_by, hidden_by, reason, guessed, linked))
    waste.sort(key=lambda found: (-found.bytes, found.path, found.written_by, found.hidden_by))
    return waste


def wasted_by_layer(waste: Iterable[Waste], layers: int) -> Sequence[int]:
    """Bytes of each layer that a later one, or itself, hides; one number per layer."""
    wasted = [0] * layers
    for found in waste:
        wasted[found.written_by] += found.bytes
    return wasted
