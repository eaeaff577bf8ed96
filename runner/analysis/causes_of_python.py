"""What was written for an earlier Python than the one that runs it: modules and names that the
standard library no longer has, and packages that are no valid Python any more."""

from __future__ import annotations

import re
import sys

_LEFT = frozenset(
    (
        *("distutils", "imp", "asyncore", "asynchat", "smtpd"),  # gone in 3.12
        *("cgi", "cgitb", "crypt", "imghdr", "sndhdr", "nntplib", "pipes", "telnetlib", "uu"),
        *("xdrlib", "lib2to3", "audioop", "chunk", "mailcap"),  # in 3.13
        *("formatter", "parser", "symbol", "binhex", "macpath", "dummy_threading", "_bootlocale"),
    )
)
"""Modules that Python had (https://docs.python.org/3/whatsnew)."""
_MODULE = re.compile(r"^ModuleNotFoundError: No module named '(\w+)'", re.MULTILINE)
_NAME = re.compile(
    r"^(?:ImportError: cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'"
    r" \(/usr/(?:local/)?lib/python3"
    r"|AttributeError: module '(?P<owner>[\w.]+)' has no attribute '(?P<attribute>\w+)')",
    re.MULTILINE,
)
_SYNTAX = re.compile(
    r"^\s*File \"[^\"\n]*/(?:site|dist)-packages/(\w+)[^\"\n]*\", line \d+\n(?:[^\n]*\n){1,3}?"
    r"(?:SyntaxError|IndentationError): \S",
    re.MULTILINE,
)


def older_python_cause(text: str) -> str:
    """The last of these that a program ended by."""
    what = _module(text) or _name(text) or _syntax(text)
    if not what:
        return ""
    return (
        f"{what}: what asks for that was written for an earlier one; name that Python (in FROM, or"
        " in .python-version where there is no Dockerfile)"
    )


def _module(text: str) -> str:
    found = [name for name in _MODULE.findall(text) if name in _LEFT]
    return f"the Python of its base has no module {found[-1]} any more" if found else ""


def _name(text: str) -> str:
    for match in reversed(list(_NAME.finditer(text))):
        module, name = match["module"] or match["owner"], match["name"] or match["attribute"]
        if module.partition(".")[0] in sys.stdlib_module_names:
            return f"{module} of the Python of its base has no {name} any more"
    return ""


def _syntax(text: str) -> str:
    found = _SYNTAX.findall(text)
    return f"{found[-1]} is not valid for the Python of its base" if found else ""
