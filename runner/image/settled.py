"""Whether an overwritten file holds what it held before: by the contents, where they are at hand.

A merge guesses that by size and time. Few contents are in question: hidden ones whose place a file
of the same size took.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runner.image.tree import SETTLED, Hidden, MergedTree
from runner.model.anatomy import WasteReason
from runner.model.entries import ImageContent

MOST_BYTES = 1 << 30
"""What is read at most of the contents in question, small ones first."""


def settle(image: ImageContent, tree: MergedTree) -> None:
    """Give what the tree of this image hides the reasons that the contents tell, as far as these
    can be read again; everything else stays a guess."""
    asked = in_question(tree)
    if asked and image.digests_again is not None:
        digests = image.digests_again(asked)
        tree.hidden = [_settled(hidden, digests) for hidden in tree.hidden]


def in_question(tree: MergedTree) -> list[int]:
    """Positions of the contents whose digests would settle what is a guess, in order."""
    return sorted({at for hidden in _affordable(tree) for at in (hidden.position, hidden.instead)})


def _affordable(tree: MergedTree) -> Iterator[Hidden]:
    def size_bytes(hidden: Hidden) -> int:
        return tree.entry_at(hidden.position).size_bytes

    left = MOST_BYTES
    guessed = [hidden for hidden in tree.hidden if hidden.instead != SETTLED]
    for hidden in sorted(guessed, key=size_bytes):
        left -= 2 * size_bytes(hidden)
        if left < 0:
            return
        yield hidden


def _settled(hidden: Hidden, digests: Mapping[int, str]) -> Hidden:
    before, after = digests.get(hidden.position), digests.get(hidden.instead)
    if not before or not after:
        return hidden
    reason = WasteReason.attributes if before == after else WasteReason.overwritten
    return hidden._replace(reason=reason, instead=SETTLED)
