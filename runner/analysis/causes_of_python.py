"""What was written for an earlier Python than the one that runs it: modules and names that the
standard library no longer has, and packages that are no valid Python any more."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_LEFT = frozenset(
    (
        *("distutils", "imp", "asyncore", "asynchat", "smtpd"),  # gone in 3.12
        *("cgi", "cgitb", "crypt", "imghdr", "sndhdr", "nntplib", "pipes", "telnetlib", "uu"),
        *("xdrlib", "lib2to3", "audioop", "chunk", "mailcap"),  # in 3.13
        *("formatter", "parser", "symbol", "binhex", "macpath", "dummy_threading"),
    )
)
"""Modules that Python had (https://docs.python.org/3/whatsnew)."""
_ABSTRACT = (
    *("Awaitable", "ByteString", "Callable", "Container", "Coroutine", "Generator", "Hashable"),
    *("ItemsView", "Iterable", "Iterator", "KeysView", "Mapping", "MappingView", "MutableMapping"),
    *("MutableSequence", "MutableSet", "Reversible", "Sequence", "Set", "Sized", "ValuesView"),
)
_NAMES: Mapping[str, Collection[str]] = {
    "ast": ("Bytes", "Ellipsis", "NameConstant", "Num", "Str"),
    "asyncio": ("JoinableQueue", "async", "coroutine"),
    "base64": ("decodestring", "encodestring"),
    "cgi": ("escape", "parse_qs", "parse_qsl"),
    "collections": _ABSTRACT,
    "configparser": ("SafeConfigParser",),
    "fractions": ("gcd",),
    "html.parser": ("HTMLParseError",),
    "inspect": ("formatargspec", "getargspec"),
    "locale": ("format",),
    "os": ("errno",),
    "pkgutil": ("ImpImporter", "ImpLoader"),
    "platform": ("dist", "linux_distribution"),
    "plistlib": ("readPlist", "readPlistFromBytes", "writePlist"),
    "ssl": ("match_hostname", "wrap_socket"),
    "sys": ("getcheckinterval", "setcheckinterval"),
    "time": ("clock",),
    "typing": ("io", "re"),
    "unittest": ("findTestCases", "makeSuite"),
}
"""The same of names in modules."""
_ENDED = re.compile(r"[A-Za-z_][\w.]{0,100}(?:Error|Exception|Warning)\b.{0,500}")
_MODULE = re.compile(r"ModuleNotFoundError: No module named '(\w{1,100})'")
_NAME = re.compile(
    r"(?:ImportError: cannot import name '(?P<name>\w{1,100})' from '(?P<module>[\w.]{1,100})'"
    r" \(/usr/(?:local/)?lib/python3"
    r"|AttributeError: module '(?P<owner>[\w.]{1,100})' has no attribute"
    r" '(?P<attribute>\w{1,100})')"
)
_FILE = re.compile(r"[ \t]{0,20}File \"([^\"\n]{1,500})\", line \d{1,9}$")
_IN_PACKAGE = re.compile(r"/(?:site|dist)-packages/(\w{1,100})")
_BEFORE = 5
"""So many lines above it, a syntax error says which file has it."""


def older_python_cause(text: str, own: Collection[str] = ()) -> str:
    """What a program ended by, where that is one of these; `own` are names of the project's own
    modules."""
    lines = text.splitlines()
    last = next((x for x in reversed(range(len(lines))) if _ENDED.match(lines[x])), None)
    if last is None:
        return ""
    what = _module(lines[last], own) or _name(lines[last])
    what = what or _syntax(lines[last], lines[max(0, last - _BEFORE) : last])
    if not what:
        return ""
    return (
        f"{what}: what asks for that was written for an earlier one; name that Python (in FROM, or"
        " in .python-version where there is no Dockerfile)"
    )


def _module(line: str, own: Collection[str]) -> str:
    match = _MODULE.match(line)
    if match is None or match[1] not in _LEFT or match[1] in own:
        return ""
    return f"the Python of its base has no module {match[1]} any more"


def _name(line: str) -> str:
    match = _NAME.match(line)
    if match is None:
        return ""
    module, name = match["module"] or match["owner"], match["name"] or match["attribute"]
    if name not in _NAMES.get(module, ()):
        return ""
    return f"{module} of the Python of its base has no {name} any more"


def _syntax(line: str, before: Collection[str]) -> str:
    """A generator without parentheses, and a name that is a keyword since."""
    is_old = "Generator expression must be parenthesized" in line or (
        line.startswith("SyntaxError: invalid syntax")
        and any(re.search(r"\basync\b(?! def| for| with)", x[:500]) for x in before)
    )
    if not is_old or not line.startswith("SyntaxError"):
        return ""
    files = [match[1] for x in before if (match := _FILE.match(x))]
    package = _IN_PACKAGE.search(files[-1]) if files else None
    return f"{package[1]} is not valid for the Python of its base" if package else ""
