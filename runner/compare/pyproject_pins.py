"""The dependencies that a pyproject.toml lists with the versions that an image holds: text in,
text out."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from runner.dockerfile.pip_names import requirement_of, with_version

PYPROJECT = "pyproject.toml"
_TABLE = re.compile(r"^[ \t]*\[project\][ \t]*(?:#.*)?$", re.MULTILINE)
_NEXT_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_LIST = re.compile(r"^[ \t]*dependencies[ \t]*=[ \t]*\[", re.MULTILINE)
_TOKEN = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#[^\n]*|\]")
"""What may stand in a list of texts: a text, a comment, its end."""


def pinned_pyproject(
    text: str, versions: Mapping[str, str], why: str, aside: Collection[str] = ()
) -> str:
    """The text with these versions in `project.dependencies`, what none of them names added at the
    end below a comment that says `why`; as it is where that list is not found.

    `aside` are names that are not added.
    """
    wanted = _listed(text)
    tokens = list(_tokens(text))
    if wanted is None or not tokens:
        return text
    known = {canonicalize_name(x.name) for word in wanted if (x := requirement_of(word))}
    pieces, at = [], 0
    for match in tokens[:-1]:
        if match[0].startswith("#"):
            continue
        (word,) = tomllib.loads(f"x = [{match[0]}]")["x"]
        pieces += [text[at : match.start()], _text(with_version(word, versions) or word, match[0])]
        at = match.end()
    others = [x for x in versions if x not in known and x not in aside]
    end = tokens[-1].start()
    added = _added(text[at:end], [f"{x}=={versions[x]}" for x in others], why, bool(wanted))
    found = "".join([*pieces, added, text[end:]])
    both = [with_version(word, versions) or word for word in wanted]
    return found if _listed(found) == [*both, *(f"{x}=={versions[x]}" for x in others)] else text


def is_listed(text: str) -> bool:
    """Whether the dependencies of a project are a list in this text, and nowhere else."""
    return _listed(text) is not None and bool(list(_tokens(text)))


def _listed(text: str) -> list[str] | None:
    """`project.dependencies`; None where there is no such list of texts."""
    try:
        project: Any = tomllib.loads(text).get("project")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    found = project.get("dependencies") if isinstance(project, dict) else None
    if not isinstance(found, list) or not all(isinstance(x, str) for x in found):
        return None
    return list(found)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """The texts and comments of the list, and its end; nothing where it is not understood."""
    table = _TABLE.search(text)
    if table is None:
        return
    below = _NEXT_TABLE.search(text, table.end())
    start = _LIST.search(text, table.end(), below.start() if below else len(text))
    at = start.end() if start else len(text)
    found: list[re.Match[str]] = []
    while match := _TOKEN.search(text, at):
        found.append(match)
        at = match.end()
        if match[0] == "]":
            yield from found
            return


def _text(word: str, written: str) -> str:
    """A text of TOML, in the quotes that it was written in where it can be."""
    return f"'{word}'" if written[0] == "'" and "'" not in word else json.dumps(word)


def _added(rest: str, words: list[str], why: str, is_behind: bool) -> str:
    """What stands behind the last text of the list, with these words added to it."""
    if not words:
        return rest
    body = rest.rstrip()
    comma = "," if is_behind and not re.match(r"\s*,", rest) else ""
    lines = "".join(f"    {json.dumps(word)},\n" for word in words)
    return f"{comma}{body}\n    # {why}\n{lines}"
