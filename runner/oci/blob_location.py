"""Where the contents of files lie in the tarball of a layer, and who is told of them."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from runner.model.entries import Entry
    from runner.oci.headers import Sparse
    from runner.oci.tape import Tape

IN_PIECES = -1
"""The place of a file with holes."""


class Stored(NamedTuple):
    """Where the content of a regular file lies in the tarball."""

    position: int
    size_bytes: int
    sparse: Sparse | None


OnFile = Callable[["Entry", "Tape", Stored], None]
"""Sees regular files that are not links; may read their content from the tape."""

Places = MutableSequence[int]
"""Where the contents of a tarball's regular files lie in it, in the order of the files."""
