"""Variables for the container of a check: what the user says, and what a compose file says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from runner.model.errors import ConfigError

SECRET = "placeholder-of-the-check-0123456789abcdef"
"""What stands for a secret that nobody has told."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTED = re.compile(
    r"""[^\S\n]*(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)')[^\S\n]*(?:\#[^\n]*)?(?:\n|\Z)""",
    re.DOTALL,
)
_ADDRESS = re.compile(r"(?:URL|URI|DSN|CONNECTION_STRING)$")
_TO_FILL_IN = re.compile(r"<[^<>]+>|\[[A-Za-z][\w -]+\]|\{\{[^{}]+\}\}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_REFERENCE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)(?:(:?[-?+])([^}]{0,1024}))?\})")
_MOST_FILLED = 4096
"""The longest value, in characters, that variables are filled in to: each could double the last."""
_MOST_FILLED_OF_ALL = 1 << 20
"""The same for all values of a file."""
_LONGEST_TEXT = 64 << 10
"""The longest text, in characters, that variables are filled in to."""


def given_variables(words: Sequence[str], caller: Mapping[str, str]) -> dict[str, str]:
    """`KEY=VALUE`, or `KEY` with the value that the caller's own environment has.

    Raises `ConfigError` for a name that is none, and one that the caller's environment lacks.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not _NAME.fullmatch(name):
            raise ConfigError(f"--env {name!a}: write KEY=VALUE, such as DEBUG=1")
        if not equals and name not in caller:
            raise ConfigError(f"--env {name}: not in this environment: write {name}=VALUE")
        found[name] = value if equals else caller[name]
    return found


def variables_of_file(text: str, name: str) -> dict[str, str]:
    """The variables `KEY=VALUE` of a .env file, read as docker compose reads it: `export` and
    comments are left out; a quoted value ends at its quote, which may be some lines further; in
    double quotes, backslashes mean what they usually do; but for single quotes, `$KEY` and
    `${KEY:-other}` are filled in where the file has that variable above.

    Raises `ConfigError` with the number of a line that is none.
    """
    found: dict[str, str] = {}
    text = text.replace("\r\n", "\n")
    position, left = 0, _MOST_FILLED_OF_ALL
    while position < len(text):
        begin, position = position, (text.find("\n", position) + 1) or len(text)
        line = text[begin:position].strip().removeprefix("export ").lstrip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not equals or not _NAME.fullmatch(key.strip()):
            number = text.count("\n", 0, begin) + 1
            raise ConfigError(f"{name}, line {number}: not KEY=VALUE: comment it out with #")
        if quoted := _QUOTED.match(text, text.index("=", begin) + 1):
            position = quoted.end()
        known = found if left > 0 else {}
        found[key.strip()] = filled = _quoted(quoted, known) if quoted else _plain(value, known)
        left -= len(filled)
    return found


def variables_of_example(text: str, name: str) -> dict[str, str]:
    """The same of an example, where what stands for an address (`<url>`, `[INSERT_URL]`) is none:
    empty. Other such words do as well as any. Raises `ConfigError`."""
    found = variables_of_file(text, name)
    left = {key for key, x in found.items() if _ADDRESS.search(key) and _TO_FILL_IN.fullmatch(x)}
    return {key: "" if key in left else value for key, value in found.items()}


def _plain(value: str, known: Mapping[str, str]) -> str:
    """A value without quotes, without the comment behind it."""
    return _filled("" if value.lstrip()[:1] == "#" else re.split(r"\s+#", value)[0].strip(), known)


def _quoted(match: re.Match[str], known: Mapping[str, str]) -> str:
    """A value without the quotes around it."""
    if match["single"] is not None:
        return match["single"]
    return _ESCAPED.sub(lambda x: _ESCAPES.get(x[1], x[1]), _filled(match["double"], known))


def _filled(value: str, known: Mapping[str, str]) -> str:
    """The value with its variables filled in; as it is where one of them is not known."""
    if len(value) > _MOST_FILLED or "\\$" in value or "$$" in value:
        return value
    filled = interpolated(value, known)
    return value if filled is None or len(filled) > _MOST_FILLED else filled


def interpolated(text: str, known: Mapping[str, str]) -> str | None:
    """The text with its variables filled in as compose does it; None where one is not known, and
    where it would become too long."""
    missing, left = False, _LONGEST_TEXT

    def fill(match: re.Match[str]) -> str:
        nonlocal missing, left
        value = value_of(match)
        left -= len(value)
        missing = missing or left < 0
        return "" if missing else value

    def value_of(match: re.Match[str]) -> str:
        nonlocal missing
        name = match[1] or match[2]
        if not name:
            return "$"
        sign, word = match[3] or "", match[4] or ""
        value = known.get(name)
        if sign.endswith("+"):
            return word if value else ""
        if value or (value is not None and not sign.startswith(":")):
            return value
        missing = missing or not sign.endswith("-")
        return word

    filled = _REFERENCE.sub(fill, text)
    return None if missing else filled
