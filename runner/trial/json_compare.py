"""Compares a JSON answer with the expected one: equal as a whole, or where they first differ."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_SHOWN = 80


def canonical(value: Any) -> str:
    """The one spelling of a JSON value: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """`sha256:…` of the value's canonical spelling."""
    spelled = canonical(value).encode(errors="surrogatepass")
    return f"sha256:{hashlib.sha256(spelled).hexdigest()}"


def first_difference(expected: Any, got: Any, path: str = "$") -> str | None:
    """Where the values first differ, with both of them, such as `$.entities[2].end: expected 9,
    got 10`; None if they are the same. 1, 1.0 and true are three different values."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return _difference_of_objects(expected, got, path)
    if isinstance(expected, list) and isinstance(got, list):
        return _difference_of_lists(expected, got, path)
    if type(expected) is type(got) and expected == got:
        return None
    return f"{path}: expected {_shown(expected)}, got {_shown(got)}"


def _difference_of_objects(expected: dict[str, Any], got: dict[str, Any], path: str) -> str | None:
    for key in sorted(expected.keys() | got.keys()):
        where = f"{path}.{key}" if key.isidentifier() else f"{path}[{json.dumps(key)}]"
        if key not in got:
            return f"{where}: expected {_shown(expected[key])}, got nothing"
        if key not in expected:
            return f"{where}: expected nothing, got {_shown(got[key])}"
        if difference := first_difference(expected[key], got[key], where):
            return difference
    return None


def _difference_of_lists(expected: list[Any], got: list[Any], path: str) -> str | None:
    for place, (wanted, found) in enumerate(zip(expected, got, strict=False)):
        if difference := first_difference(wanted, found, f"{path}[{place}]"):
            return difference
    if len(expected) != len(got):
        return f"{path}: expected {len(expected)} items, got {len(got)}"
    return None


def _shown(value: Any) -> str:
    text = canonical(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
