"""Takes credentials out of text before it is kept (DESIGN rule: secrets stay out)."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^\s/@\"']+@")


def redacted(text: str) -> str:
    """The text with `user:password@` in URLs replaced by `***@`."""
    return _CREDENTIALS.sub(r"\g<scheme>***@", text)
