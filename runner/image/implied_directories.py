"""Directories that no entry names and that are there because of what is in them."""

from __future__ import annotations

from collections.abc import Container

from runner.model.entries import Limits
from runner.oci.damage import LimitError


class Implied:
    """Finds the directories above a path, and counts what their paths take of memory: with
    directories in each other that grows with the square of their number."""

    def __init__(self) -> None:
        self._limit_bytes = Limits().implied_bytes
        self._bytes = 0

    def missing(self, path: str, known: Container[str]) -> list[str]:
        """The directory at a path and those above it, from the innermost, up to the first that is
        known; the root always is. Raises `LimitError` beyond the limit."""
        missing: list[str] = []
        while path and path not in known:
            missing.append(path)
            self._bytes += len(path)
            if self._bytes > self._limit_bytes:
                raise LimitError("implied_bytes", self._limit_bytes, "directories in directories")
            path = path.rpartition("/")[0]
        return missing
