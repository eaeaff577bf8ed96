"""Whether an overwritten file holds what it held before: by the contents, where they are at hand.

A merge guesses that by size and time. Few contents are in question: hidden ones whose place a file
of the same size took. What passed by in a stream left its fingerprints; everything else is read
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner.image.tree import SETTLED, Hidden, MergedTree
from runner.model.anatomy import WasteReason
from runner.model.entries import ImageContent

MOST_BYTES = 1 << 30
"""What is read at most of the contents in question, small ones first."""


def settle(image: ImageContent, tree: MergedTree) -> None:
    """Give what the tree of this image hides the reasons that the contents tell, as far as these
    left fingerprints or can be read again; everything else stays a guess."""
    if image.passed_by is not None:
        _compare(tree, image.passed_by)
    asked = in_question(tree)
    if asked and image.fingerprints_again is not None:
        _compare(tree, image.fingerprints_again(asked).get)


def in_question(tree: MergedTree) -> list[int]:
    """Positions of the contents whose fingerprints would settle what is a guess, in order."""
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


def _compare(tree: MergedTree, fingerprint_of: Callable[[int], int | None]) -> None:
    """Settle the guesses about contents of which both fingerprints are known, by position. There
    may be millions of them, so they are not kept twice."""
    for place, (position, hidden_by, _, instead) in enumerate(tree.hidden):
        if instead == SETTLED:
            continue
        before, after = fingerprint_of(position), fingerprint_of(instead)
        if before and after:
            reason = WasteReason.attributes if before == after else WasteReason.overwritten
            tree.hidden[place] = Hidden(position, hidden_by, reason)
