"""Takes credentials out of text before it is kept (DESIGN rule: secrets stay out)."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"(?<=[A-Za-z0-9+.-]://)[^\s/@\"']+@")
"""Behind the end of a scheme, not with the whole of it: looking for its beginning takes a time that
grows with the square of a long word."""


def redacted(text: str) -> str:
    """The text with `user:password@` in URLs replaced by `***@`."""
    return _CREDENTIALS.sub("***@", text)
