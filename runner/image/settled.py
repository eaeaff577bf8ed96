"""Whether an overwritten file holds what it held before: by the contents, where they are at hand.

A merge guesses that by size and time. Few contents are in question: hidden ones whose place a file
of the same size took. What passed by in a stream left its fingerprints; everything else is read
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from runner.image.tree import SETTLED, Hidden, MergedTree
from runner.model.anatomy import WasteReason
from runner.model.entries import ImageContent

MOST_BYTES = 1 << 30
"""What is read at most of the contents in question, small ones first."""


def settle(image: ImageContent, tree: MergedTree) -> None:
    """Give what the tree of this image hides the reasons that the contents tell, as far as these
    left fingerprints or can be read again; everything else stays a guess."""
    passed_by = _positions(_guessed(tree))
    if passed_by and image.passed_by is not None:
        _compare(tree, image.passed_by(passed_by))
    asked = in_question(tree)
    if asked and image.digests_again is not None:
        _compare(tree, image.digests_again(asked))


def in_question(tree: MergedTree) -> list[int]:
    """Positions of the contents whose digests would settle what is a guess, in order."""
    return _positions(_affordable(tree))


def _positions(guessed: Iterable[Hidden]) -> list[int]:
    return sorted({at for hidden in guessed for at in (hidden.position, hidden.instead)})


def _guessed(tree: MergedTree) -> list[Hidden]:
    return [hidden for hidden in tree.hidden if hidden.instead != SETTLED]


def _affordable(tree: MergedTree) -> Iterator[Hidden]:
    def size_bytes(hidden: Hidden) -> int:
        return tree.entry_at(hidden.position).size_bytes

    left = MOST_BYTES
    for hidden in sorted(_guessed(tree), key=size_bytes):
        left -= 2 * size_bytes(hidden)
        if left < 0:
            return
        yield hidden


def _compare(tree: MergedTree, found: Mapping[int, str] | Mapping[int, int]) -> None:
    """Settle the guesses about contents of which something was found to compare them by."""
    tree.hidden = [_settled(hidden, found) for hidden in tree.hidden]


def _settled(hidden: Hidden, found: Mapping[int, str] | Mapping[int, int]) -> Hidden:
    before, after = found.get(hidden.position), found.get(hidden.instead)
    if not before or not after:
        return hidden
    reason = WasteReason.attributes if before == after else WasteReason.overwritten
    return hidden._replace(reason=reason, instead=SETTLED)
