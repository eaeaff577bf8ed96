"""Documents as JSON, for programs, and back: file names that are no UTF-8 pass both ways."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_LONE_SURROGATE = "[\ud800-\udfff]"
_ESCAPED_SURROGATE = rb"\\u[dD][89a-fA-F]"


def to_json(document: Any) -> str:
    """An indented JSON document that ends in a newline; enums by value, tuples as arrays.

    A byte of a file name that is no UTF-8 stands as the escape `\\udcXX`, as Python and most
    readers of JSON take it back.
    """
    try:
        return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
    except UnicodeEncodeError:
        import json

        text = json.dumps(msgspec.to_builtins(document), ensure_ascii=False, indent=1)
        return re.sub(_LONE_SURROGATE, lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


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
