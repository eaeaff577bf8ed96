"""Replacing spans of a text: what an edit does not name stays as its author wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Replacement:
    """Put `text` in the place of `document[start:end]`; equal positions insert."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class NotApplicable:
    """Why an edit leaves a document as it is; one line for tables and messages."""

    reason: str


def replaced(text: str, replacements: Iterable[Replacement]) -> str:
    """All replacements at once; insertions at one position keep their order.

    Raises `ValueError` if two of them overlap.
    """
    parts: list[str] = []
    position = 0
    for item in sorted(replacements, key=lambda item: (item.start, item.end)):
        if item.start < position:
            raise ValueError(f"replacements overlap at {item.start}")
        parts += [text[position : item.start], item.text]
        position = item.end
    return "".join([*parts, text[position:]])
