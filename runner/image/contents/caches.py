"""Left-over caches that are live in an image, with who wrote them and what would avoid them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from runner.image.contents.cache_kinds import CACHE_KINDS, CacheKind
from runner.image.contents.live import LiveRoot
from runner.model.anatomy import CacheFinding

_GROUP = re.compile(r".*?/(?:site|dist)-packages(?=/)|.*?/python\d[\d.]*(?=/)|[^/]+", re.DOTALL)
_COPIED = re.compile(r"(?:COPY|ADD)\b", re.IGNORECASE)
_FROM_STAGE = re.compile(r"--from=")

_Group = tuple[int, str, int]
"""Index of the kind, folder, index of the layer."""


def caches(
    root: LiveRoot, instructions: list[str], environment: Mapping[str, str]
) -> tuple[CacheFinding, ...]:
    """What is live in folders of known kinds, by folder and layer, the largest first.

    The bytes are those that removing the folder would free: hard-linked content with a name outside
    of it is not freed. Empty findings are left out.
    """
    pattern = _pattern(_moved(environment))
    groups: dict[_Group, list[str]] = {}
    shared: dict[tuple[int, str], list[str]] = {}
    for folder, paths in root.folders.items():
        found = pattern.search(f"{folder}/")
        if found is None:
            continue
        place = int((found.lastgroup or "k0")[1:])
        where = folder[: found.end() - 1]
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
    return tuple(sorted(findings, key=lambda finding: (-finding.bytes, finding.path)))


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


def advice_for(kind: CacheKind, path: str, instruction: str) -> str:
    """The line that would avoid a cache which this instruction wrote."""
    if _COPIED.match(instruction):
        if _FROM_STAGE.search(instruction):
            return f"copy only what is needed from the stage, or rm -rf /{path} there"
        entry = f"**/{path.rpartition('/')[2]}" if not kind.grouped else "**/__pycache__"
        return f"{entry} in .dockerignore"
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
    found = []
    for place, kind in enumerate(CACHE_KINDS):
        for variable in kind.variables:
            folder = environment.get(variable, "").strip("/")
            if environment.get(variable, "").startswith("/") and folder:
                found.append((place, folder))
    return tuple(found)


@lru_cache(maxsize=8)
def _pattern(moved: tuple[tuple[int, str], ...]) -> re.Pattern[str]:
    """One expression for all kinds: group `k3` has matched if it was the fourth row."""
    alternatives = []
    for place, kind in enumerate(CACHE_KINDS):
        folders = [_expression(folder) for folder in kind.folders]
        folders += [f"^{re.escape(folder)}" for at, folder in moved if at == place]
        alternatives.append(f"(?P<k{place}>(?:{'|'.join(folders)})/)")
    return re.compile("|".join(alternatives), re.DOTALL)


def _expression(folder: str) -> str:
    anywhere = folder.startswith("**/")
    parts: Iterable[str] = folder.removeprefix("**/").split("*")
    return ("(?:(?<=/)|^)" if anywhere else "^") + "[^/]*".join(map(re.escape, parts))
