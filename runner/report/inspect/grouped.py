"""Waste by what happened and where: a hundred thousand deleted files are one line to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runner.model.anatomy import Waste

DEPTH = 3
"""Directories from the root by which waste of one kind is told apart."""


@dataclass(frozen=True)
class WasteGroup:
    """What one layer wrote and another hid, below one directory, for one reason."""

    path: str
    """The file, or the deepest directory that holds all of them."""
    bytes: int
    files: int
    written_by: int
    hidden_by: int
    cause: str
    """The reason in words."""


def grouped_waste(waste: Iterable[Waste]) -> list[WasteGroup]:
    """The groups, largest first."""
    groups: dict[tuple[int, int, str, str], list[Waste]] = {}
    for item in waste:
        top = "/".join(item.path.split("/", DEPTH)[:-1])
        groups.setdefault((item.written_by, item.hidden_by, item.cause, top), []).append(item)
    found = [
        WasteGroup(
            path=_common_path([item.path for item in items]),
            bytes=sum(item.bytes for item in items),
            files=len(items),
            written_by=written_by,
            hidden_by=hidden_by,
            cause=cause,
        )
        for (written_by, hidden_by, cause, _), items in groups.items()
    ]
    return sorted(found, key=lambda group: (-group.bytes, group.path))


def bytes_by_cause(waste: Iterable[Waste]) -> list[tuple[str, int]]:
    """Each reason that occurs, in words, with its bytes, largest first."""
    sums: dict[str, int] = {}
    for item in waste:
        sums[item.cause] = sums.get(item.cause, 0) + item.bytes
    return sorted(sums.items(), key=lambda found: -found[1])


def _common_path(paths: list[str]) -> str:
    """A single path itself; of several their deepest common directory with a slash behind it."""
    if len(paths) == 1:
        return paths[0]
    folders = [folder.split("/") for folder in {path.rpartition("/")[0] for path in paths}]
    common = []
    for left, right in zip(min(folders), max(folders), strict=False):
        if left != right:
            break
        common.append(left)
    return "/".join(common) + "/"
