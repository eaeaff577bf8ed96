"""Takes user and password out of URLs (`https://user:password@host`), also out of those whose
password has characters that do not belong there, and of `user:password@host` without a scheme."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import partial

_WORD = re.compile(r"[^\s@]*+@\S*+")
_START = re.compile(
    r"""://|(?:^|(?<=[='"(,\[<{;|`]))//|(?:^|(?<=[='"(,\[<{;|`]))([A-Za-z0-9._%+-]++):(?!//)"""
)
"""Where a user may begin: behind a scheme, or at the beginning of what stands by itself."""
_USER = re.compile(r"""[^\s/@:"'\[?#]*+:(?!\d{1,5}(?:["'/,;?)]|$))(?!//)""")
"""The user of a URL up to the colon, unless it is a host and its port."""
_AUTHORITY = re.compile(r"""[^\s/?#"']*+""")
_HOST = re.compile(r"(?:[A-Za-z\[][\w.:\[\]-]{0,253}|\d{1,3}(?:\.\d{1,3}){3})")
_VARIABLES = re.compile(r"(?:\w*:)?\$(?:\{\w+\}|\w+)")
_NOT_A_USER = re.compile(
    r"npm|workspace|file|link|patch|mailto|e-?mail|author|maintainer|contact|from|to|cc|by|"
    r"pkg|sip|acct|https?"
)
_DIGEST = re.compile(r"sha\d+:")
_LONGEST_REFERENCE = 200


def without_userinfo(text: str, mark: str) -> str:
    """The text with `mark` in the place of each user and password."""
    return _WORD.sub(partial(_without, mark=mark), text) if "@" in text else text


def _without(found: re.Match[str], mark: str) -> str:
    """A word that holds `@`, without what stands before it in URLs."""
    word = found[0]
    ends = [at.end() for at in re.finditer("@", word) if not _DIGEST.match(word, at.end())]
    limits = [at.start() for at in re.finditer('"|://', word)]
    scheme = word.find("://") if "://" in word else len(word)
    pieces, done = [], 0
    for start in _START.finditer(word):
        begin = start.start(1) if start[1] else start.end()
        if begin < done or (
            start[1] and (begin > scheme or _NOT_A_USER.fullmatch(start[1].lower()))
        ):
            continue
        find = _loose_end if start[1] else _end_in_url
        end = find(word, start.end(), ends, limits)
        if end and not _is_reference(word[begin : end - 1], mark):
            pieces += [word[done:begin], mark]
            done = end - 1
    return "".join([*pieces, word[done:]])


def _end_in_url(word: str, begin: int, ends: list[int], limits: list[int]) -> int:
    """Behind the `@` of the user and password that begin there; 0 if there are none."""
    if user := _USER.match(word, begin):
        return _last(user.end(), ends, limits)
    authority = _AUTHORITY.match(word, begin)
    inside = bisect_right(ends, authority.end()) if authority else 0
    return ends[inside - 1] if inside and ends[inside - 1] > begin + 1 else 0


def _loose_end(word: str, begin: int, ends: list[int], limits: list[int]) -> int:
    """The same behind `user:` where no scheme stands before it: of several hosts in a row
    (`u:p@one,u:p@two`) the first, where the last one's would not do."""
    first = bisect_right(ends, begin + 1)
    for end in (_last(begin, ends, limits), *ends[first : first + 1]):
        host = _HOST.match(word, end) if end > begin + 1 else None
        if host and ("." in host[0] or not _has_colon(word, begin, end)):
            return end
    return 0


def _has_colon(word: str, begin: int, end: int) -> bool:
    return word.find(":", begin, min(end, begin + _LONGEST_REFERENCE)) >= 0


def _last(begin: int, ends: list[int], limits: list[int]) -> int:
    """The end of the last `@` before the next URL or double quote, else of the last of all; 0 if
    there is none."""
    limit = bisect_right(limits, begin)
    before = bisect_right(ends, limits[limit]) if limit < len(limits) else len(ends)
    end = ends[before - 1] if before else 0
    return end if end > begin else next((at for at in ends[-1:] if at > begin), 0)


def _is_reference(secret: str, mark: str) -> bool:
    """Whether the user and password are variables only, or have been taken out already."""
    if len(secret) > _LONGEST_REFERENCE:
        return False
    return secret == mark or _VARIABLES.fullmatch(secret) is not None
