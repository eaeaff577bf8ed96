"""How long it is waited for the answer of an engine, and how much of one is taken in.

A limit on a single read is none on an answer: a byte every few seconds keeps it open without end.
So the socket itself counts what all its reads waited for together. An answer that is bounded (JSON)
has to be complete within the limit; one that goes on (an export, the messages of a build) has to
bring a number of bytes within it, again and again.
"""

from __future__ import annotations

import errno
import re
import socket
import time
from typing import Any

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

    def over(self) -> TimeoutError:
        """The error when nothing is left."""
        if self._renewed_by_bytes is None:
            said = f"timed out: no full answer within {self._limit_s:g} s"
        else:
            said = f"timed out: {self._came_bytes} bytes of its answer within {self._limit_s:g} s"
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


class PatientSocket(socket.socket):
    """A socket whose reads share the patience for one answer, whatever else limits each of them."""

    patience: Patience | None = None

    @classmethod
    def connected(cls, path: str, timeout_s: float | None) -> PatientSocket:
        """One that is connected to a Unix socket; raises `OSError` where nothing listens."""
        found = cls(socket.AF_UNIX)
        found.settimeout(timeout_s)
        found.connect(path)
        return found

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As of any socket; raises `TimeoutError` when the patience is over."""
        patience = self.patience
        if patience is None:
            return super().recv_into(buffer, nbytes, flags)
        if patience.left_s <= 0:
            raise patience.over()
        self.settimeout(patience.left_s)
        begun_s = time.monotonic()
        try:
            count = super().recv_into(buffer, nbytes, flags)
        except TimeoutError as error:
            raise patience.over() from error
        patience.take(count, time.monotonic() - begun_s)
        return count
