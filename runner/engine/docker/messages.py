"""The messages of an engine that come one after the other: of a build, a pull, a load.

Each is a JSON object on a line of its own. The SDK tries to parse all that came since the last one
with every piece that arrives, which takes a time that grows with the square of a long message.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

import msgspec
import requests
from docker.errors import create_api_error_from_http_exception

from runner.engine.docker.patience import JSON_LIMIT_BYTES, too_long
from runner.engine.port import Message
from runner.model.text import one_line

_PIECE_BYTES = 1 << 16


def messages_of(response: requests.Response) -> Iterator[Message]:
    """The messages of an answer, which is closed in the end; raises what the SDK raises, `OSError`
    for one that is too long, and `ValueError` for what is no JSON."""
    with contextlib.closing(response):
        try:
            response.raise_for_status()
        except requests.HTTPError as error:
            create_api_error_from_http_exception(error)
        yield from split_messages(response.iter_content(chunk_size=_PIECE_BYTES))


def split_messages(pieces: Iterable[bytes]) -> Iterator[Message]:
    """The JSON objects in these pieces, one on a line."""
    for line in _lines(pieces):
        if line.strip():
            try:
                message = msgspec.json.decode(line)
            except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
                raise ValueError(f"a message is not JSON: {one_line(str(error))}") from error
            if isinstance(message, dict):
                yield message


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    begun: list[bytes] = []
    size = 0
    for piece in pieces:
        first, *others = piece.split(b"\n")
        begun.append(first)
        size += len(first)
        if size > JSON_LIMIT_BYTES:
            raise too_long("a message", JSON_LIMIT_BYTES)
        if others:
            yield b"".join(begun)
            yield from others[:-1]
            begun, size = [others[-1]], len(others[-1])
    yield b"".join(begun)
