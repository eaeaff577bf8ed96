"""YAML, TOML, JSON and words of a shell that somebody else wrote, read as data within limits.

Nothing in a document is interpolated and no type is made but plain ones. What would take a parser
long, or deeper than Python can go, is refused before it is parsed: `ForeignError` says in a few
words what is wrong, and the caller names the file.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

MOST_BYTES = 256 << 10
"""A document that is longer is none that anybody wrote by hand."""
LONGEST_LINE = 32 << 10
"""A longer line is no command that anybody wrote, and splitting one word takes a square of it."""
MOST_DEPTH = 32
MOST_VALUES = 20_000
"""How many values a document may have once its aliases are followed."""
MOST_CHARACTERS = 4 << 20
"""How long all of them may be together."""

_DOTTED = re.compile(rf"(?<![\w\"'-])(?:[\w\"'-]+[ \t]*\.[ \t]*){{{MOST_DEPTH}}}")
"""A dotted key of TOML that is deeper than any: its parser takes a square of that long."""


_UNNAMED = re.compile(r'in "<unicode string>",')
"""How PyYAML names a text that comes from no file; the caller names the file."""


class ForeignError(ValueError):
    """A document that cannot be read: why, without its name."""


def yaml_document(text: str) -> Any:
    """The value of a YAML document; None for an empty one."""
    _require_short(text)
    try:
        _require_small(yaml.parse(text, Loader=_Loader))
        return yaml.load(text, Loader=_Loader)
    except ForeignError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise ForeignError(f"not YAML: {_words(error)}") from error


def toml_document(text: str) -> dict[str, Any]:
    """The table of a TOML document."""
    _require_short(text)
    if _DOTTED.search(text):
        raise ForeignError(f"keys are nested more than {MOST_DEPTH} deep")
    try:
        return tomllib.loads(text)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ForeignError(f"not TOML: {_words(error)}") from error


def toml_or_nothing(text: str) -> dict[str, Any]:
    """The same; empty for what cannot be read."""
    try:
        return toml_document(text)
    except ForeignError:
        return {}


def table_of(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A table in a document; empty where there is none."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def json_document(text: str) -> Any:
    """The value of a JSON document."""
    _require_short(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ForeignError(f"not JSON: {_words(error)}") from error


def exec_form(value: str) -> list[str] | None:
    """The words of an instruction in exec form, a JSON list of texts; None for the shell form."""
    try:
        words = json_document(value) if value.startswith("[") else None
    except ForeignError:
        return None
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return words
    return None


class _Loader(yaml.SafeLoader):
    """Safe, and without dates and numbers of base 60: as text they say what was written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith(("timestamp", "int"))]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"[-+]?(?:0x[0-9a-fA-F]{1,15}|0|[1-9][0-9]{0,17})$"),
    [*"-+0123456789"],
)


def shell_split(line: str) -> list[str]:
    """The words of a line as a POSIX shell quotes them, nothing in them expanded.

    Raises `ForeignError` for a quote that is open, and for a line that is too long.
    """
    if len(line) > LONGEST_LINE:
        raise ForeignError(f"a line of more than {LONGEST_LINE} characters")
    try:
        return shlex.split(line)
    except ValueError as error:
        raise ForeignError(str(error)) from error


def _require_short(text: str) -> None:
    if len(text) > MOST_BYTES:
        raise ForeignError(f"longer than {MOST_BYTES >> 10} KiB")


def _require_small(events: Iterator[Any]) -> None:
    """Refuse what grows by its aliases, or is nested deeply; events come one by one, so that
    nothing is built of it."""
    sizes: dict[str, tuple[int, int]] = {}
    """Anchor → values behind it, and their characters."""
    opened: list[tuple[str | None, int, int]] = []
    values = characters = 0
    for event in events:
        if getattr(event, "tag", None) not in (None, "!"):
            raise ForeignError(f"the tag {event.tag!a} is not read here")
        if isinstance(event, yaml.AliasEvent):
            if any(event.anchor == anchor for anchor, *_ in opened):
                raise ForeignError(f"&{event.anchor} holds itself")
            more, longer = sizes.get(event.anchor or "", (1, 0))
            values, characters = values + more, characters + longer
        elif isinstance(event, yaml.ScalarEvent):
            values, characters = values + 1, characters + len(event.value)
            if event.anchor:
                sizes[event.anchor] = (1, len(event.value))
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, values, characters))
            values += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before, shorter = opened.pop()
            if anchor:
                sizes[anchor] = (values - before, characters - shorter)
        if len(opened) > MOST_DEPTH:
            raise ForeignError(f"nested more than {MOST_DEPTH} deep")
        if values > MOST_VALUES:
            raise ForeignError(f"more than {MOST_VALUES} values")
        if characters > MOST_CHARACTERS:
            raise ForeignError(f"longer than {MOST_CHARACTERS >> 20} MiB with its aliases followed")


def _words(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    text = _UNNAMED.sub("at", str(error))
    return " ".join(text.split())[:300]
