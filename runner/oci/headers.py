"""The fields of a tarball's headers: numbers, extended headers (PAX), sparse maps.

Formats: POSIX.1-2017 `pax` (ustar and extended headers), and GNU tar's long names, base-256
numbers and sparse files, as its manual describes them.
"""

from __future__ import annotations

import zlib

from msgspec import Struct

from runner.oci.damage import DamagedError, shown
from runner.oci.xattrs import name_of

BLOCK = 512

_ADLER_BASE = 65521
_SPACES = b" " * 8
_LARGEST = (1 << 63) - 1


class Sparse(Struct, frozen=True):
    """A file with holes: where its stored pieces belong, and its size with the holes."""

    size_bytes: int
    pieces: tuple[tuple[int, int], ...]
    """Offset and length of each stored piece, in order."""


class Extended(Struct):
    """What an extended header or a GNU long name says of the next member."""

    path: bytes | None = None
    link: bytes | None = None
    size: int | None = None
    mtime_s: int | None = None
    uid: int | None = None
    gid: int | None = None
    sparse: dict[str, list[bytes]] | None = None
    """Values of the keys `GNU.sparse.*`, in order."""
    xattrs: dict[str, bytes] | None = None
    """Extended attributes by name."""


def checks(header: bytes) -> bool:
    """Whether a block is a header: its checksum is the sum of its bytes, the checksum's own eight
    as spaces. (Adler-32 holds that sum, modulo 65521: C code instead of a loop.)"""
    try:
        said = int(header[148:156].rstrip(b" \0").lstrip(b" ") or b"0", 8)
    except ValueError:
        return False
    summed = zlib.adler32(_SPACES, zlib.adler32(header[156:], zlib.adler32(header[:148]))) & 0xFFFF
    if (said + 1) % _ADLER_BASE == summed:
        return True
    signed = header[:148] + _SPACES + header[156:]
    return said == sum(byte - 256 if byte > 127 else byte for byte in signed)


def number(field: bytes, what: str) -> int:
    """A number of a header: octal digits, or base-256 where the first bit is set.

    Raises `DamagedError` for what is neither.
    """
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False)
        bits = 8 * len(field)
        value = value - (1 << bits) if field[0] == 0xFF else value & ~(1 << (bits - 1))
    else:
        digits = field.partition(b"\0")[0].strip(b" ")
        if digits.strip(b"01234567"):
            raise DamagedError(f"a header's {what} is not a number: {shown(field)}")
        value = int(digits or b"0", 8)
    if abs(value) > _LARGEST:
        raise DamagedError(f"a header's {what} is too large: {shown(field)}")
    return value


def content_size(header: bytes) -> int:
    """Bytes of a member's content, nearly always eleven octal digits."""
    digits = header[124:135]
    if digits.isdigit() and header[135] in b"\0 ":
        try:
            return int(digits, 8)
        except ValueError:
            pass
    size = number(header[124:136], "size")
    if size < 0:
        raise DamagedError(f"a member has the size {size}")
    return size


def extended(data: bytes, before: Extended | None) -> Extended:
    """The records `LENGTH KEY=VALUE\\n` of an extended header; what was known before stays.

    Raises `DamagedError` where the records are not of that form.
    """
    found = before or Extended()
    position = 0
    while position < len(data):
        space = data.find(b" ", position, position + 20)
        digits = data[position:space] if space > 0 else b""
        if not digits.isdigit():
            if not data[position:].strip(b"\0"):
                break
            raise DamagedError("an extended header has a record without its length")
        end = position + int(digits)
        if end > len(data) or end <= space + 1 or data[end - 1] != 0x0A:
            raise DamagedError("an extended header has a record of a false length")
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not equals:
            raise DamagedError("an extended header has a record without a value")
        _record(found, key, value)
        position = end
    return found


def _record(found: Extended, key: bytes, value: bytes) -> None:
    if key == b"path":
        found.path = value
    elif key == b"linkpath":
        found.link = value
    elif key == b"size":
        found.size = _decimal(value, "size")
    elif key == b"mtime":
        found.mtime_s = _seconds(value)
    elif key == b"uid":
        found.uid = _decimal(value, "uid")
    elif key == b"gid":
        found.gid = _decimal(value, "gid")
    elif name := name_of(key):
        found.xattrs = found.xattrs or {}
        found.xattrs[name] = value
    elif key.startswith(b"GNU.sparse."):
        found.sparse = found.sparse or {}
        found.sparse.setdefault(key[11:].decode("ascii", "replace"), []).append(value)


def _decimal(value: bytes, what: str) -> int:
    if not value.isdigit() or len(value) > 19:
        raise DamagedError(f"an extended header's {what} is not a number: {shown(value)}")
    return int(value)


def _seconds(value: bytes) -> int:
    """Whole seconds of a time, rounded down."""
    whole, _, fraction = value.partition(b".")
    digits = whole.removeprefix(b"-")
    if not digits.isdigit() or len(digits) > 19 or (fraction and not fraction.isdigit()):
        raise DamagedError(f"an extended header's mtime is not a time: {shown(value)}")
    return int(whole) - (1 if whole.startswith(b"-") and fraction.strip(b"0") else 0)


def old_sparse(header: bytes, more: list[bytes]) -> Sparse:
    """The map of GNU tar's old format: four pieces in the header, 21 in each further block."""
    fields = [header[386:482], *(block[:504] for block in more)]
    pieces = []
    for field in fields:
        for start in range(0, len(field), 24):
            piece = field[start : start + 24]
            if not piece.strip(b"\0 "):
                break
            pieces.append((number(piece[:12], "sparse map"), number(piece[12:], "sparse map")))
    return Sparse(number(header[483:495], "sparse size"), tuple(pieces))


def pax_sparse(keys: dict[str, list[bytes]]) -> Sparse | None:
    """The map in an extended header (formats 0.0 and 0.1); None where it lies in the content."""
    sizes = keys.get("realsize") or keys.get("size")
    if keys.get("major", [b"0"])[-1] == b"1" or not sizes:
        return None
    if "map" in keys:
        numbers = [_decimal(field, "sparse map") for field in keys["map"][-1].split(b",") if field]
        if len(numbers) % 2:
            raise DamagedError("a sparse file's map lacks a length")
        pieces = list(zip(numbers[::2], numbers[1::2], strict=True))
    else:
        offsets, lengths = keys.get("offset", []), keys.get("numbytes", [])
        pieces = [
            (_decimal(offset, "sparse map"), _decimal(length, "sparse map"))
            for offset, length in zip(offsets, lengths, strict=False)
        ]
    return Sparse(_decimal(sizes[-1], "sparse size"), tuple(pieces))


def checked(sparse: Sparse, stored_bytes: int) -> Sparse:
    """The same map if its pieces are in order, inside the file, and all that is stored.

    Raises `DamagedError` otherwise.
    """
    end = total = 0
    for offset, length in sparse.pieces:
        if offset < end or length < 0:
            raise DamagedError("a sparse file's map is out of order")
        end = offset + length
        total += length
    if end > sparse.size_bytes or total != stored_bytes:
        raise DamagedError("a sparse file's map contradicts its sizes")
    return sparse
