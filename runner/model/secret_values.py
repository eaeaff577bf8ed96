"""How the values of secrets are written, and which values are none."""

from __future__ import annotations

import re

MARK = "***"
"""What stands in the place of a secret."""

VALUE = (
    r"""(?:\$\{[^}\n]{1,200}\}|"(?:[^"\\\n]|\\(?:\r\n|[\s\S]))*"|'(?:[^'\n]|(?<=\\)\n|(?<=\\\r)\n)*'"""
    r"""|\\(?:\r\n|[\s\S])|[^\s"'\\]|["'\\])++"""
)
"""A word as a shell reads it, quotes and escapes with what they hold; a line may go on below."""
BLANKS = r"(?:\s|\\\r?\n)"
"""Blanks, a line that goes on below among them."""
_PLAIN = re.compile(r"true|false|yes|no|none|null|on|off|0|1|required|optional")
_REFERENCE = re.compile(
    r"""["']?\$(?:\{(?!\w+:?[-=+][^}$])[^}]*\}|\w+|\([^)]*\))["']?[,;)]*$|["']?\$\{\{.*"""
)


def harmless(value: str) -> bool:
    """A reference, an empty value, a switch, or what has been taken out already."""
    bare = value.strip("\"',;) \t").lower()
    return not bare or bool(_PLAIN.fullmatch(bare)) or bare == MARK or bool(_REFERENCE.match(value))
