"""Secrets among the values that are sent with a request, by their names: patterns for `redact`.

What stays is the first group of each.
"""

from __future__ import annotations

import re

_QUERY = re.compile(
    r"""(?i)((?:[?&]|%3f|%26)(?:[\w.-]{0,40}?(?:token|password|passwd|secret|signature|credential|apikey)"""
    r"""|api[_-]?key|access[_-]?key|key|auth|sig|pwd|pw|pass|jwt)(?:=|%3d))(?!\*\*\*|\$)[^\s&#"'<>]++"""
)
_QUERY_LONG = re.compile(
    r"""(?i)((?:[?&#]|%3f|%26|%23)(?:code|session[_-]?id|sid|otp|ticket|assertion|saml\w{0,20})(?:=|%3d))"""
    r"""(?!\*\*\*|\$)[^\s&#"'<>]{8,}+"""
)
"""What is short is a language or a number."""
_FORM = re.compile(
    r"""(?i)((?<![\w-])(?:-d|-F|--data(?:-\w{1,12})?|--form)(?:[\s=]|\\\r?\n){1,80}["']?code=)"""
    r"""(?!\*\*\*|\$)[^\s&#"'<>]{8,}+"""
)
_BEGINS_FORM = re.compile(
    r"""(?i)((?<![\w&?#-])code=)(?!\*\*\*|\$)[^\s&#"'<>]{8,200}+(?=&\w{1,40}=)"""
)
"""The code of a sign-in in what is sent; elsewhere `code=` is a number or a word."""
_SESSION = re.compile(
    r"""(?i)((?<![\w-])\w{0,40}sess(?:ion)?_?id["']?\s{0,9}[:=]\s{0,9}["']?)"""
    r"""(?=[\w%-]{0,200}\d)[\w%-]{16,}+(?![\w.(])"""
)
"""Names of cookies wherever they stand: `PHPSESSID=…`."""

SENT = (_QUERY, _QUERY_LONG, _FORM, _BEGINS_FORM, _SESSION)
