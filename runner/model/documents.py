"""Documents as JSON, for programs, and back: file names that are not UTF-8 pass both ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_SPELLED = r"\\x"
"""How JSON writes a backslash and an `x`."""
_LONE_SURROGATE = "[\ud800-\udfff]"
_ESCAPED_SURROGATE = rb"\\u[dD][89a-fA-F]"
_ACTING = re.compile(
    r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|#(?=#(?:\[|vso\[|teamcity\[))"
)
"""What JSON allows in a string, but a terminal or a CI log would carry out."""


def to_json(document: Any) -> str:
    """An indented JSON document that ends in a newline; enums by value, tuples as arrays. It can be
    printed anywhere: control and bidirectional characters stand as escapes.

    A text with bytes that are not UTF-8 (the name of a file) has each of them as `\\xHH`, as
    `reversible` says: JSON has no other way to hold them, and no lone surrogate is ever written.
    """
    try:
        text = msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
    except UnicodeEncodeError:
        text = _spelled_out(document)
    return _at_rest(_spelled_out(document) if _SPELLED in text else text)


def _spelled_out(document: Any) -> str:
    import json

    plain = _each(msgspec.to_builtins(document), reversible)
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def reversible(text: str) -> str:
    """Text in which each byte that is not UTF-8 stands as `\\xHH` and each backslash is doubled;
    text without such bytes and without `\\x` stays as it is. `restored` takes it back."""
    if not re.search(_LONE_SURROGATE, text) and "\\x" not in text:
        return text
    doubled = text.replace("\\", "\\\\")
    return re.sub(_LONE_SURROGATE, lambda found: _hexadecimal(found[0]), doubled)


def restored(text: str) -> str:
    """What `reversible` was given."""
    if "\\x" not in text:
        return text
    return re.sub(r"\\(\\|x[0-9a-f]{2}|u[0-9a-f]{4})", _unescaped, text)


def _hexadecimal(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}"


def _unescaped(found: re.Match[str]) -> str:
    if found[1] == "\\":
        return "\\"
    code = int(found[1][1:], 16)
    return chr(code + 0xDC00 if found[1][0] == "x" else code)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """Every text of a document changed, keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_each(key, change): _each(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_each(one, change) for one in value]
    return value


def _at_rest(text: str) -> str:
    if text.isascii() and "\x7f" not in text and "##" not in text:
        return text
    return _ACTING.sub(_as_escape, text)


def _as_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def from_json(data: bytes, kind: type[T]) -> T:
    """What `to_json` wrote; raises `msgspec.MsgspecError`."""
    try:
        if _SPELLED.encode() in data:
            return msgspec.convert(_each(msgspec.json.decode(data), restored), kind)
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
