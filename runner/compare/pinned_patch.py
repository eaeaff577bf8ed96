"""A project that allows one patch of Python alone, where the stand-in for its image has another of
the same release: in the copy that is built any patch is allowed, as what its lock names is for all
of them."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from runner.model.errors import ProjectError
from runner.model.foreign import ForeignError, toml_document
from runner.model.project import GeneratedPart, PartKind, Project
from runner.model.record import Failure
from runner.project.inside import read_below

_REFUSED = re.compile(
    r"resolved to Python (?P<has>\d+\.\d+\.\d+), which is incompatible with the project's Python"
    r" requirement: `(?P<wants>[^`\n]+)`"
    r"|requires a different Python: (?P<has2>\d+\.\d+\.\d+) not in '(?P<wants2>[^'\n]+)'"
    r"|Current(?:ly activated)? Python version \(?(?P<has3>\d+\.\d+\.\d+)\)? is not"
    r" (?:allowed|supported) by the project \((?P<wants3>[^)\n]+)\)"
)
_IGNORED = re.compile(
    r"Ignoring \S+: markers '[^\n]*python_full_version == \"(?P<wants>\d+\.\d+\.\d+)\"[^\n]*' don't"
)
"""What pip says of each package that a lock of that patch exports for it alone."""
_ONE = re.compile(r"={0,3}\s*(\d+\.\d+)\.\d+")
_MOST_BYTES = 8 << 20
_FILES = ("pyproject.toml", "uv.lock", "poetry.lock")
_KEYS = r"^(\s*(?:requires-python|python-versions|python)\s*=\s*)([\"'])"
_HASH = re.compile(r"^(content-hash = \")([0-9a-f]{64})(\")", re.MULTILINE)


def with_any_patch(
    project: Project, failures: Sequence[Failure], context: str
) -> tuple[Project, list[str]]:
    """The project whose copy allows all patches of the release that it pins one of, and what is
    said of it; the project itself and nothing where no build was refused for that."""
    wants, release, has = _pinned(failures)
    if not wants:
        return project, []
    changed = _changed(_texts(Path(project.folder), context), wants, release)
    if not changed:
        return project, []
    parts = [
        GeneratedPart(PartKind.text, _at(context, name), lines=text.removesuffix("\n").split("\n"))
        for name, text in changed.items()
    ]
    known = {part.path for part in parts}
    said = (
        f"Python {wants} of {', '.join(changed)} is {release}.* in the copy that is built: what"
        f" stands for its image has {has or 'another'}"
    )
    kept = [part for part in project.parts if part.path not in known]
    return replace(project, parts=[*kept, *parts]), [said]


def _texts(folder: Path, context: str) -> dict[str, str]:
    """The manifest and the locks of a directory of the project, those that are regular files."""
    found = {}
    for name in _FILES:
        try:
            content = read_below(folder, PurePosixPath(_at(context, name)), _MOST_BYTES)
        except (OSError, ProjectError):
            continue
        if content is not None:
            found[name] = content.decode(errors="replace")
    return found


def _pinned(failures: Sequence[Failure]) -> tuple[str, str, str]:
    """The pin by which a build was refused, or installed nothing, its release, and the Python that
    there is, which pip does not say."""
    for failure in failures:
        hidden = failure.hidden
        before = (hidden.message, *hidden.log_tail) if hidden else ()
        text = "\n".join((failure.words, *before))
        match = _REFUSED.search(text)
        if match is None and (ignored := _IGNORED.search(text)):
            return ignored["wants"], ignored["wants"].rpartition(".")[0], ""
        if match is None:
            continue
        wants = match["wants"] or match["wants2"] or match["wants3"]
        has = match["has"] or match["has2"] or match["has3"]
        one = _ONE.fullmatch(wants)
        if one is not None and has.startswith(f"{one[1]}."):
            return wants, one[1], has
    return "", "", ""


def _changed(texts: Mapping[str, str], wants: str, release: str) -> dict[str, str]:
    """The files of the project with every patch of that release in place of the one."""
    pin = re.compile(rf"{_KEYS}{re.escape(wants)}\2", re.MULTILINE)
    found = {}
    for name in _FILES:
        before = texts.get(name, "")
        text = pin.sub(
            lambda match: f"{match[1]}{match[2]}{_all_of(wants, release)}{match[2]}", before
        )
        if text != before:
            found[name] = text
    if "poetry.lock" in found and "pyproject.toml" in found:
        before, after = (_poetrys(x) for x in (texts["pyproject.toml"], found["pyproject.toml"]))
        found["poetry.lock"] = _HASH.sub(
            lambda match: f"{match[1]}{after if match[2] == before else match[2]}{match[3]}",
            found["poetry.lock"],
        )
    return found


def _all_of(wants: str, release: str) -> str:
    """`==3.12.*` for `==3.12.11`, `3.12.*` for Poetry's `3.12.11`."""
    return f"{'==' if wants.startswith('=') else ''}{release}.*"


def _poetrys(text: str) -> str:
    """What Poetry writes into its lock of the manifest that it belongs to: a hash of what the
    manifest asks for."""
    try:
        document: Any = toml_document(text)
        own = document["tool"]["poetry"]
        keys = ("dependencies", "source", "extras", "dev-dependencies")
        asked = {key: own.get(key) for key in keys}
        asked |= {"group": own["group"]} if own.get("group") is not None else {}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    except (ForeignError, KeyError, TypeError, AttributeError):
        return ""


def _at(context: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(context, name))
