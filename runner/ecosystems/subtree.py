"""One directory of a project as a project of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from runner.ecosystems.port import Tree


class Subtree:
    """The files below a directory, relative to it."""

    def __init__(self, tree: Tree, directory: str) -> None:
        self._tree = tree
        self._head = f"{directory}/"

    @cached_property
    def paths(self) -> Sequence[str]:
        """Paths of regular files."""
        head = self._head
        return tuple(x.removeprefix(head) for x in self._tree.paths if x.startswith(head))

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Path → content of what was read."""
        found = self._tree.texts.items()
        return {x.removeprefix(self._head): text for x, text in found if x.startswith(self._head)}


def _proof(tree: Subtree) -> Tree:
    return tree
