"""Left-over caches that are live in an image, with who wrote them and what would avoid them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from posixpath import normpath

from runner.image.contents.cache_kinds import CACHE_KINDS, CacheKind
from runner.image.contents.live import LiveRoot, shallow
from runner.model.anatomy import CacheFinding

_GROUP = re.compile(r".*?/(?:site|dist)-packages(?=/)|.*?/python\d[\d.]*(?=/)|[^/]+", re.DOTALL)
_COPIED = re.compile(r"(?:COPY|ADD)\b", re.IGNORECASE)
_FROM_STAGE = re.compile(r"--from=")

_ANYWHERE = "**/"

_Group = tuple[int, str, int]
"""Index of the kind, folder, index of the layer."""


def caches(
    root: LiveRoot, instructions: list[str], environment: Mapping[str, str]
) -> tuple[CacheFinding, ...]:
    """What is live in folders of known kinds, by folder and layer, the largest first.

    The bytes are those that removing the folder would free: hard-linked content with a name outside
    of it is not freed. Empty findings are left out.
    """
    known = _Known(environment)
    groups: dict[_Group, list[str]] = {}
    shared: dict[tuple[int, str], list[str]] = {}
    for folder, paths in root.folders.items():
        found = known.around(shallow(folder))
        if found is None:
            continue
        place, where = found
        if CACHE_KINDS[place].grouped:
            where = _around(folder)
        for path in paths:
            if path in root.names_of or path in root.carrier_of:
                shared.setdefault((place, where), []).append(path)
            else:
                groups.setdefault((place, where, root.layer_of[path]), []).append(path)
    freed = {group: sum(root.bytes_of[path] for path in paths) for group, paths in groups.items()}
    files = {group: len(paths) for group, paths in groups.items()}
    for (place, where), paths in shared.items():
        for path in root.freed(paths):
            group = (place, where, root.layer_of[path])
            freed[group] = freed.get(group, 0) + root.bytes_of[path]
            files[group] = files.get(group, 0) + 1
    findings = [
        _finding(group, freed[group], files[group], instructions) for group in freed if freed[group]
    ]
    return tuple(sorted(findings, key=_order))


def _finding(group: _Group, freed: int, files: int, instructions: list[str]) -> CacheFinding:
    place, path, layer = group
    kind = CACHE_KINDS[place]
    return CacheFinding(
        path=path,
        bytes=freed,
        kind=kind.kind,
        written_by=layer,
        files=files,
        advice=advice_for(kind, path, instructions[layer]),
    )


def _order(finding: CacheFinding) -> tuple[int, str, int, str]:
    return -finding.bytes, finding.path, finding.written_by, finding.kind


def advice_for(kind: CacheKind, path: str, instruction: str) -> str:
    """The line that would avoid a cache which this instruction wrote."""
    if _COPIED.match(instruction):
        if _FROM_STAGE.search(instruction):
            return f"copy only what is needed from the stage, or rm -rf /{path} there"
        return kind.copied.replace("{path}", f"/{path}")
    fitting = next(
        advice for advice in kind.advice if re.search(advice.when, instruction, re.IGNORECASE)
    )
    return fitting.text.replace("{path}", f"/{path}")


def _around(folder: str) -> str:
    """The folder of packages, the Python library or the top directory around a folder."""
    found = _GROUP.match(folder)
    return found.group() if found else folder


def _moved(environment: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    """Folders that the image's environment names as caches, with the index of their kind."""
    return tuple(
        (place, folder)
        for place, kind in enumerate(CACHE_KINDS)
        for variable in kind.variables
        if (folder := _named(variable, environment))
    )


def _named(variable: str, environment: Mapping[str, str]) -> str:
    """The folder at or below the one in a variable; empty where it names none. Of several in a row
    (GOPATH) the first is the one that is written to."""
    name, _, below = variable.partition("/")
    value = environment.get(name, "").partition(":")[0]
    return normpath(f"/{value}/{below}").strip("/") if value.startswith("/") else ""


class _Known:
    """Looks folders up in the table, by the last part of their names."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._anchored: dict[str, int] = {}
        self._anywhere: dict[str, list[tuple[str, int]]] = {}
        self._found: dict[str, tuple[int, str] | None] = {"": None}
        for place, kind in enumerate(CACHE_KINDS):
            for folder in kind.folders:
                if folder.startswith(_ANYWHERE):
                    last = folder.rpartition("/")[2]
                    rows = self._anywhere.setdefault(last, [])
                    rows.append((f"/{folder.removeprefix(_ANYWHERE)}", place))
                else:
                    self._anchored[folder] = place
        for place, folder in _moved(environment):
            self._anchored.setdefault(folder, place)

    def around(self, folder: str) -> tuple[int, str] | None:
        """Index of the kind and the folder that is the cache: this one or the outermost above."""
        if folder in self._found:
            return self._found[folder]
        steps = []
        while folder not in self._found:
            steps.append(folder)
            folder = folder.rpartition("/")[0]
        found = self._found[folder]
        for step in reversed(steps):
            if found is None and (place := self._kind(step)) is not None:
                found = place, step
            self._found[step] = found
        return found

    def _kind(self, folder: str) -> int | None:
        place = self._anchored.get(folder)
        if place is not None:
            return place
        for ending, place in self._anywhere.get(folder.rpartition("/")[2], ()):
            if _ends(f"/{folder}", ending):
                return place
        return None


def _ends(folder: str, ending: str) -> bool:
    if "*" not in ending:
        return folder.endswith(ending)
    parts = ending.count("/")
    return fnmatchcase("/".join(["", *folder.split("/")[-parts:]]), ending)
