"""Documents as JSON, for programs."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(document: Any) -> str:
    """An indented JSON document that ends in a newline; enums by value, tuples as arrays.

    A byte of a file name that is no UTF-8 stands as the escape `\\udcXX`, as Python and most
    readers of JSON take it back.
    """
    try:
        return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(document), ensure_ascii=False, indent=1)
        return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
