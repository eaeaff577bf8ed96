"""Likely causes that a traceback of Python tells: which of its lines are the project's own, and
which are of a package that was installed."""

from __future__ import annotations

import re
import sys

_FRAME = re.compile(r"^\s*File \"([^\"\n]+)\", line (\d+), in ", re.MULTILINE)
_RAISED = re.compile(
    r"^(?:pydantic\.errors\.)?"
    r"((?:TypeError|AttributeError|PydanticImportError|PydanticUserError"
    r"|RuntimeError(?=: Model class)): (?!.*NoneType)\S.*)",
    re.MULTILINE,
)
_GONE = re.compile(
    r"AttributeError: (?:module '([\w.]+)' has no attribute '"
    r"|'(\w+)' object has no attribute '[A-Z][a-z0-9]+[A-Z])"
)
"""What a module or an extension had before: a class, as its name tells."""
_MISCALLED = re.compile(
    r"TypeError: (?:Can't instantiate abstract class (\w+)"
    r"|([\w.]+)\(\) (?:got an unexpected keyword|takes \d+ positional|missing \d+ required))"
)
"""What Python says where the call stands, as what is called is not entered."""
_SYNTAX = re.compile(
    r"^\s*File \"([^\"\n]+)\", line (\d+)\n(?:[^\n]*\n){1,3}?"
    r"((?:SyntaxError|IndentationError): \S[^\n]*)",
    re.MULTILINE,
)
_READ_SETTINGS = frozenset(("django", "environ", "decouple", "configurations", "storages"))
"""Packages that say what is wrong with a setting, and not that they want another one."""
_DEMAND = re.compile(r"^[\w.]*\bImproperlyConfigured: (\S.*)", re.MULTILINE)
_INSTALLED = re.compile(r"/(?:site|dist)-packages/(\w+)")
_STANDARD = re.compile(r"/lib/python3|^<")
_IN_PLACE = re.compile(rf"{_INSTALLED.pattern}|{_STANDARD.pattern}")


def call_cause(text: str) -> str:
    """A package of Python that the project calls in a way that the installed version does not know:
    the last exception was raised in the package, or in one that it calls, by a call of the
    project's own file."""
    raised = next(reversed(list(_RAISED.finditer(text))), None)
    if raised is None:
        return ""
    frames = [(match[1], match[2]) for match in _FRAME.finditer(text[: raised.start()])]
    gone = _GONE.match(raised[1])
    is_ours = bool(frames) and not _IN_PLACE.search(frames[-1][0])
    if gone and is_ours and (gone[1] or "").partition(".")[0] not in sys.stdlib_module_names:
        path, line = frames[-1]
        return (
            f"line {line} of {path} asks {gone[1] or gone[2]} for what it does not have"
            f" ({raised[1][:120]}): where an earlier version of its package had it, pin that"
        )
    called = _MISCALLED.match(raised[1])
    if called and is_ours:
        path, line = frames[-1]
        return (
            f"line {line} of {path} calls {called[1] or called[2]} in a way that it does not know"
            f" ({raised[1][:120]}): where that is of a package, pin the version that did"
        )
    behind = ""
    for path, line in reversed(frames):
        if package := _INSTALLED.search(path):
            behind = package[1]
        elif not _STANDARD.search(path):
            return behind and (
                f"line {line} of {path} calls {behind}, whose installed version fails at that"
                f" ({raised[1][:120]}): where it worked with an earlier one, pin that"
            )
    return ""


def syntax_cause(text: str) -> str:
    """A source of the project itself that is no Python, such as one with marks of a merge."""
    match = _SYNTAX.search(text)
    if match is None or _INSTALLED.search(match[1]) or _STANDARD.search(match[1]):
        return ""
    return (
        f"line {match[2]} of {match[1]} is not valid for the Python of its base"
        f" ({match[3][:120]}): correct it, or name the base that it was written for (--base)"
    )


def demand_cause(text: str) -> str:
    """A package of Python that asks, where it is loaded, for settings that it did not need before:
    django-allauth and its middleware."""
    last = next(reversed(list(_DEMAND.finditer(text))), None)
    if last is None:
        return ""
    frames = [match[1] for match in _FRAME.finditer(text[: last.start()])]
    package = _INSTALLED.search(frames[-1]) if frames else None
    if package is None or package[1] in _READ_SETTINGS:
        return ""
    return (
        f"{package[1]}, as installed, asks for a setting that the project does not have"
        f" ({last[1][:120]}): pin the version that it was written for, or add that"
    )
