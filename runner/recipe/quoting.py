"""What may be written into a Dockerfile, and how: no value can become an instruction of its own.

Most values are checked against the grammar of what they name (a package, a path, a reference) and
are then safe as they stand; free text goes where JSON carries it. Nothing is escaped by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from runner.model.errors import ConfigError


@dataclass(frozen=True)
class Grammar:
    """What a value must look like in full, and how to say so in a message."""

    pattern: re.Pattern[str]
    valid: str

    def matches(self, value: str) -> bool:
        """Whether the whole value is of this form."""
        return self.pattern.fullmatch(value) is not None


def _grammar(pattern: str, valid: str, flags: re.RegexFlag = re.ASCII) -> Grammar:
    return Grammar(re.compile(pattern, flags), valid)


_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_NAME = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_TAG = r":[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_DIGEST = r"@sha256:[0-9a-f]{64}"

IMAGE = _grammar(
    rf"(?:{_HOST}(?::[0-9]+)?/)?{_NAME}(?:/{_NAME})*(?:{_TAG})?(?:{_DIGEST})?(?<=.)",
    "an image reference with a tag or a digest (python:3.11-slim)",
)
TAGGED = _grammar(rf".*(?:{_TAG}|{_DIGEST})", IMAGE.valid)
PINNED = _grammar(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?==[0-9][A-Za-z0-9.+]*",
    "one package pinned to a version (uv==0.9.2)",
)
DISTRIBUTION = _grammar(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", "the name of a Python distribution (setuptools)"
)
SYSTEM_PACKAGE = _grammar(
    r"[a-z0-9][a-z0-9+._-]*(?:=[A-Za-z0-9][A-Za-z0-9.+:~_-]*)?",
    "a package of the distribution, with or without a version (libffi-dev, libffi-dev=3.4.4-1)",
)
STDLIB_PATH = _grammar(
    r"(?!.*\.\.)[A-Za-z0-9_*][A-Za-z0-9_.*-]*(?:/[A-Za-z0-9_*][A-Za-z0-9_.*-]*)*",
    "a path below the standard library, * for any characters (idlelib, lib-dynload/_sqlite3.*)",
)
NAME_PATTERN = _grammar(
    r"(?!\.{1,2}$)(?!\*+$)[A-Za-z0-9_.*][A-Za-z0-9_.*-]*",
    "a file or directory name, * for any characters (tests, *.pyi)",
)
KEPT_PATH = _grammar(
    r"(?!(?:.*/)?\.{1,2}(?:/|$))[\w.@+*-]+(?:/[\w.@+*-]+)*",
    "a path from the root without its first slash, * for any characters (etc/passwd)",
    re.UNICODE,
)
LISTED_PATH = _grammar(
    r"\.(?:/(?!\.{1,2}(?:/|$))[^/\\\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+)+(?<!\s)",
    "a path of UTF-8 text without control characters and backslashes, and no space at its end",
    re.UNICODE,
)
RELATIVE_PATH = _grammar(
    r"(?!/)(?!(?:.*/)?\.\.(?:/|$))[\w.@+,=][\w.@+,=~ -]*(?:/[\w.@+,=~ -]+)*(?<! )/?",
    "a path relative to its directory, of letters, digits, spaces and . _ - + @ , = ~ only",
    re.UNICODE,
)
LEVEL_NAME = _grammar(
    r"[A-Za-z0-9_][A-Za-z0-9_.-]*",
    "a name of letters, digits and . _ - only, as its file is called",
)
VARIABLE = _grammar(
    r"(?!PATH$)[A-Za-z_][A-Za-z0-9_]*",
    "the name of an environment variable other than PATH, which finds the interpreter",
)
VARIABLE_VALUE = _grammar(
    r"[^\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\"'\\$`]*",
    "one line without quotes, backslashes, backquotes and dollar signs",
    re.UNICODE,
)
GIVEN_VARIABLE = _grammar(
    r"[^=\s\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+",
    "the name of an environment variable: not empty, without =, spaces and control characters",
    re.UNICODE,
)
GIVEN_VALUE = _grammar(r"[^\x00\ud800-\udfff]*", "a text without the character NUL", re.UNICODE)
"""Of a variable that a container is given by the engine's API: no line of it is parsed."""
HOST_NAME = _grammar(
    r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    r"(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*",
    "a host name of letters, digits and - _ . with at most 63 characters between two dots (db)",
)
URL_PATH = _grammar(
    r"/[\x21-\x7e]*", "a path that begins with /, without spaces and control characters (/health)"
)
METHOD = _grammar(r"[A-Z]{1,16}", "an HTTP method (GET, POST)")
IGNORE_LINE = _grammar(
    r"[^\x00-\x1f\x7f\x85\u2028\u2029]*", "one line of a .dockerignore, without control characters"
)


def require(grammar: Grammar, where: str, value: str) -> str:
    """The value, if it is of that form; raises `ConfigError` naming place, value and valid form."""
    if not grammar.matches(value):
        raise invalid(where, value, grammar.valid)
    return value


def invalid(where: str, value: object, valid: str) -> ConfigError:
    """The error for a value that cannot stand in a Dockerfile."""
    return ConfigError(f"{where}: {value!a} is not valid; it must be {valid}")


def mirror_url(where: str, value: str) -> str:
    """A mirror's URL without a trailing slash; raises `ConfigError` for anything but plain http(s).

    Credentials are refused, because they would stay in the image's history.
    """
    valid = "an http:// or https:// URL without credentials, query or fragment"
    if not re.fullmatch(rf"https?://{_HOST}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9._~/+-]*)?", value):
        shown = re.sub(r"//[^/]*@", "//…@", value)
        raise invalid(where, shown, valid)
    try:
        port = urlsplit(value).port
    except ValueError:
        port = 0
    if port == 0:
        raise invalid(where, value, valid)
    return value.rstrip("/")


def argument(where: str, value: str) -> str:
    """A word of a command in JSON form: any text that a program can be given as an argument."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise invalid(where, value, "text that can be encoded as UTF-8") from None
    if "\x00" in value:
        raise invalid(where, value, "text without NUL characters")
    return value


def json_form(words: Iterable[str]) -> str:
    """Words as Docker's JSON (exec) form, in ASCII, so that one line stays one line."""
    return json.dumps(list(words))


def copy_operands(*paths: str) -> str:
    """Operands of COPY: plain words, or the JSON form if one of the paths has a space in it."""
    return json_form(paths) if any(" " in path for path in paths) else " ".join(paths)
