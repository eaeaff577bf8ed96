"""How long it is waited for the answer of an engine, and how much of one is taken in.

A limit on a single read is none on an answer: a byte every few seconds keeps it open without end.
So the waiting of all reads is counted together, whatever is read from: see `patient_response`. An
answer that is bounded (JSON) has to be complete within the limit; one that goes on (an export, the
messages of a build) has to bring a number of bytes within it, again and again.
"""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Iterable, Iterator

JSON_LIMIT_BYTES = 64 << 20
"""What a JSON answer has at most; that of an engine with ten thousand containers has 20 MB."""

_MESSAGE_BYTES = 256
_PIECE_BYTES = 1 << 20

_EXPORT = re.compile(r"/(?:get|export)(?:\?|$)")
_MESSAGES = re.compile(r"/(?:build|images/create|images/load)(?:\?|$)")


class Patience:
    """What is left of the waiting for one answer."""

    def __init__(
        self, limit_s: float, most_bytes: int | None = None, renewed_by_bytes: int | None = None
    ) -> None:
        """At most `limit_s` of waiting, again after each `renewed_by_bytes` if they are given; and
        no more than `most_bytes`."""
        self._limit_s = limit_s
        self._most_bytes = most_bytes
        self._renewed_by_bytes = renewed_by_bytes
        self._waited_s = 0.0
        self._came_bytes = 0

    @property
    def left_s(self) -> float:
        """Seconds that the next read may wait."""
        return self._limit_s - self._waited_s

    def take(self, count: int, waited_s: float) -> None:
        """Count a read; raises `OSError` if the answer is too long."""
        self._waited_s += waited_s
        self._came_bytes += count
        if self._most_bytes is not None and self._came_bytes > self._most_bytes:
            raise too_long("an answer", self._most_bytes)
        if self._renewed_by_bytes is not None and self._came_bytes >= self._renewed_by_bytes:
            self._waited_s, self._came_bytes = 0.0, 0

    def over(self, what: str = "of its answer") -> TimeoutError:
        """The error when nothing is left."""
        if self._renewed_by_bytes is None:
            said = f"timed out: no full answer within {self._limit_s:g} s"
        else:
            said = f"timed out: {self._came_bytes} bytes {what} within {self._limit_s:g} s"
        return TimeoutError(errno.ETIMEDOUT, said)


def patience_for(path: str, limit_s: float) -> Patience:
    """The patience with the answer to a request for this path of an engine's API."""
    if _EXPORT.search(path):
        return Patience(limit_s, renewed_by_bytes=_PIECE_BYTES)
    if _MESSAGES.search(path):
        return Patience(limit_s, renewed_by_bytes=_MESSAGE_BYTES)
    return patience_for_error(limit_s)


def patience_for_error(limit_s: float) -> Patience:
    """The patience with an answer that says why there is no other, which is JSON."""
    return Patience(limit_s, JSON_LIMIT_BYTES)


def too_long(what: str, limit_bytes: int) -> OSError:
    """The error for what is longer than it may be."""
    limit = f"{limit_bytes >> 20} MiB"
    return OSError(errno.EMSGSIZE, f"it sent more than the {limit} that {what} may have")


def said_of(error: BaseException) -> str:
    """What `Patience` said, if the error is its; empty for any other."""
    limits = (errno.ETIMEDOUT, errno.EMSGSIZE)
    return str(error.strerror) if isinstance(error, OSError) and error.errno in limits else ""


def moving(pieces: Iterable[bytes], limit_s: float) -> Iterator[bytes]:
    """The pieces of what is sent; raises `TimeoutError` where they are not taken in time: as with
    an answer, a limit on each is none on all of them."""
    patience = Patience(limit_s, renewed_by_bytes=_PIECE_BYTES)
    for piece in pieces:
        begun_s = time.monotonic()
        yield piece
        patience.take(len(piece), time.monotonic() - begun_s)
        if patience.left_s <= 0:
            raise patience.over("taken")
