"""Manifests that cannot be read, and languages that are known by name alone: pure functions.

What is broken is told with its line, and never taken for something that is not there.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence

import yaml

from runner.detect.names import COMPOSE
from runner.model.foreign import ForeignError, json_document, toml_document, yaml_document

LOOKED_FOR = ("Dockerfile", "requirements.txt", "pyproject.toml", "package.json", "go.mod")
"""What a project is known by."""
_OTHERS = {
    "Gemfile": "Ruby",
    "Cargo.toml": "Rust",
    "composer.json": "PHP",
    "pom.xml": "Java",
    "build.gradle": "Java",
    "build.gradle.kts": "Kotlin",
    "mix.exs": "Elixir",
    "rebar.config": "Erlang",
    "Package.swift": "Swift",
    "deno.json": "Deno",
}
_ENDINGS = {".csproj": ".NET", ".fsproj": ".NET", ".cabal": "Haskell"}
_DEEPEST = 1
"""Manifests further down are those of examples and packages."""
_MODULE = re.compile(r"^\s*module\s+(?:\S+|\()", re.MULTILINE)
_AT = re.compile(r"\(?\bat line (\d+),? column (\d+)\)?")


def broken(paths: Sequence[str], texts: Mapping[str, str]) -> list[str]:
    """`package.json, line 3: not JSON: …` for each manifest that is there and cannot be read."""
    found = []
    for path in paths:
        reader = _READERS.get(posixpath.basename(path))
        if reader is not None and path in texts and path.count("/") <= _DEEPEST:
            why = reader(texts[path])
            if why:
                found.append(f"{path}, {why}")
    return found


def other_language(paths: Sequence[str]) -> str:
    """`Gemfile: Ruby` for the first file that names a language without a plain Dockerfile here;
    empty for none."""
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        name = posixpath.basename(path)
        language = _OTHERS.get(name) or _ENDINGS.get(posixpath.splitext(name)[1], "")
        if language and path.count("/") <= _DEEPEST:
            return f"{path}: {language}"
    return ""


def _json(text: str) -> str:
    try:
        value = json_document(text)
    except ForeignError as error:
        cause = error.__cause__
        if isinstance(cause, json.JSONDecodeError):
            return f"line {cause.lineno}, column {cause.colno}: not JSON: {cause.msg}"
        return f"line 1: {error}"
    return "" if isinstance(value, dict) else "line 1: not a JSON object"


def _toml(text: str) -> str:
    try:
        toml_document(text)
    except ForeignError as error:
        return _with_line(str(error))
    return ""


def _yaml(text: str) -> str:
    try:
        yaml_document(text)
    except ForeignError as error:
        mark = getattr(error.__cause__, "problem_mark", None)
        if isinstance(error.__cause__, yaml.MarkedYAMLError) and mark is not None:
            return f"line {mark.line + 1}: not YAML: {error.__cause__.problem}"
        return f"line 1: {error}"
    return ""


def _module(text: str) -> str:
    return "" if _MODULE.search(text) else "line 1: not a go.mod: it has no `module PATH` line"


def _with_line(said: str) -> str:
    """`line 2, column 9: not TOML: …` of a message that ends with the place."""
    place = _AT.search(said)
    if place is None:
        return f"line 1: {said}"
    rest = " ".join(said.replace(place[0], "").split())
    return f"line {place[1]}, column {place[2]}: {rest}"


_READERS: dict[str, Callable[[str], str]] = {
    "package.json": _json,
    "pyproject.toml": _toml,
    "go.mod": _module,
    **dict.fromkeys(COMPOSE, _yaml),
}
