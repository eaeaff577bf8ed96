"""Documents as JSON, for programs, and back: file names that are no UTF-8 pass both ways."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_LONE_SURROGATE = "[\ud800-\udfff]"
_ESCAPED_SURROGATE = rb"\\u[dD][89a-fA-F]"
_ACTING = re.compile(
    r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|#(?=#(?:\[|vso\[|teamcity\[))"
)
"""What JSON allows in a string, but a terminal or a CI log would carry out."""


def to_json(document: Any) -> str:
    """An indented JSON document that ends in a newline; enums by value, tuples as arrays. It can be
    printed anywhere: control and bidirectional characters stand as escapes.

    A byte of a file name that is no UTF-8 stands as the escape `\\udcXX`, as Python and most
    readers of JSON take it back.
    """
    try:
        text = msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
        return _at_rest(text)
    except UnicodeEncodeError:
        import json

        text = json.dumps(msgspec.to_builtins(document), ensure_ascii=False, indent=1)
        return _at_rest(re.sub(_LONE_SURROGATE, _as_escape, text) + "\n")


def _at_rest(text: str) -> str:
    if text.isascii() and "\x7f" not in text and "##" not in text:
        return text
    return _ACTING.sub(_as_escape, text)


def _as_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def from_json(data: bytes, kind: type[T]) -> T:
    """What `to_json` wrote; raises `msgspec.MsgspecError`."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        if isinstance(error, msgspec.ValidationError) or not re.search(_ESCAPED_SURROGATE, data):
            raise
        import json

        try:
            loose = json.loads(data)
        except (ValueError, RecursionError):
            raise error from None
        return msgspec.convert(loose, kind)
