"""Variables for the container of a check: what the user says, and what a compose file says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from runner.model.errors import ConfigError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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
    """The lines `KEY=VALUE` of a .env file: comments, `export` and quotes around a whole value are
    left out, nothing is expanded.

    Raises `ConfigError` with the number of a line that is none.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip().removeprefix("export ").lstrip()
        if not stripped or stripped.startswith("#"):
            continue
        key, equals, value = stripped.partition("=")
        if not equals or not _NAME.fullmatch(key.strip()):
            raise ConfigError(f"{name}, line {number}: not KEY=VALUE: comment it out with #")
        found[key.strip()] = _value(value.strip())
    return found


def _value(text: str) -> str:
    """A value without the quotes around it, or without the comment behind it."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return re.split(r"\s+#", text, maxsplit=1)[0]
