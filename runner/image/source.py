"""The port to an image's layers: each as a stream, whatever it is read from."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass
class Layer:
    """One layer's content as an uncompressed tarball, to be read once from front to back."""

    content: BinaryIO
    diff_id: str = ""
    """`sha256:…`; certain when `content` was read to its end. Before, it may be empty, or what the
    layer is called where it was found."""


class LayerSource(Protocol):
    """Where the layers of one image come from."""

    def layers(self, wanted: Set[str]) -> Iterator[Layer]:
        """The layers with these diff_ids, and maybe others, in any order, each once.

        A layer must be read to its end before the next is asked for. Raises `ImageError` when the
        layers cannot be read, also while a layer's content is read.
        """
