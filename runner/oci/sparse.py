"""Files with holes: the map that lies in the content (format 1.0), and the content with zeros."""

from __future__ import annotations

from collections.abc import Iterator

from runner.oci.budget import Budget
from runner.oci.damage import DamagedError
from runner.oci.headers import BLOCK, Sparse
from runner.oci.tape import Tape, bytes_of, pieces_of

UNENDED = "a sparse file's map has no end"

_ZEROS = bytes(1 << 18)


def map_in_content(
    tape: Tape, position: int, size: int, keys: dict[str, list[bytes]], budget: Budget
) -> tuple[Sparse, int]:
    """The map in front of the content, and how many bytes it takes with its padding.

    Lines of decimal numbers: how many pieces, then offset and length of each. Raises
    `DamagedError` for anything else.
    """
    sizes = keys.get("realsize") or keys.get("size")
    if not sizes:
        raise DamagedError("a sparse file has no size")
    blocks: list[bytes] = []
    lines, wanted = 0, 1
    while lines < wanted:
        taken = len(blocks) * BLOCK
        block = bytes_of(tape, position + taken, BLOCK)
        budget.check_header(taken + BLOCK, UNENDED)
        if len(block) < BLOCK or taken + BLOCK > size:
            raise DamagedError(UNENDED)
        blocks.append(block)
        lines += block.count(b"\n")
        if wanted == 1 and lines:
            wanted = 1 + 2 * _number(b"".join(blocks).partition(b"\n")[0])
    numbers = [_number(line) for line in b"".join(blocks).split(b"\n")[1:wanted]]
    pieces = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return Sparse(_number(sizes[-1]), pieces), len(blocks) * BLOCK


def _number(line: bytes) -> int:
    if not line.isdigit() or len(line) > 19:
        raise DamagedError("a sparse file's map holds something else than numbers")
    return int(line)


def filled(tape: Tape, position: int, sparse: Sparse) -> Iterator[bytes]:
    """The content of a sparse file in pieces, its holes as zeros."""
    reached = 0
    for offset, length in sparse.pieces:
        yield from _hole(offset - reached)
        yield from pieces_of(tape, position, length)
        position += length
        reached = offset + length
    yield from _hole(sparse.size_bytes - reached)


def _hole(size: int) -> Iterator[bytes]:
    while size > 0:
        yield _ZEROS[:size]
        size -= len(_ZEROS)
