"""Which packages came, went, or changed between two images, in bytes: by version and size, and by
what happened to their files where that is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runner.analysis.file_tree import Change, FileChange
from runner.image.contents.packages import Ownership, PackageName
from runner.model.anatomy import Package


@dataclass(frozen=True)
class ContentChange:
    """What happened to the regular files of one package."""

    added_bytes: int = 0
    """Of files that the package did not have at their paths."""
    removed_bytes: int = 0
    changed_bytes: int = 0
    """Of files that are at their paths before and after, but are not the same, after."""
    files: int = 0
    """How many came, went, or are not the same."""

    @property
    def moved_bytes(self) -> int:
        """Everything that came, went, or is not the same."""
        return self.added_bytes + self.removed_bytes + self.changed_bytes


@dataclass(frozen=True)
class PackageChange:
    """One package in two images; versions of several installations are joined with commas."""

    manager: str
    name: str
    change: Change
    before_version: str
    after_version: str
    before_bytes: int
    after_bytes: int
    content: ContentChange | None = None
    """None where the files of the package are not known, as in a baseline."""

    @property
    def grown_bytes(self) -> int:
        """Positive if the package takes more than before."""
        return self.after_bytes - self.before_bytes

    @property
    def moved_bytes(self) -> int:
        """How much there is to it: bytes of its files that are not the same, or its growth."""
        return max(abs(self.grown_bytes), self.content.moved_bytes if self.content else 0)


Contents = Mapping[PackageName, ContentChange]
"""What happened to the files of those packages that have any which are not the same."""


def package_changes(
    before: Iterable[Package], after: Iterable[Package], contents: Contents | None = None
) -> tuple[PackageChange, ...]:
    """Every package whose version, size or files differ, the one with the most bytes to it first.

    Without `contents` only version and size tell.
    """
    old, new = _by_name(before), _by_name(after)
    changes = []
    for key in sorted(old.keys() | new.keys()):
        (old_version, old_bytes), (new_version, new_bytes) = (
            old.get(key, _NONE),
            new.get(key, _NONE),
        )
        if key not in old:
            change = Change.added
        elif key not in new:
            change = Change.removed
        elif (old_version, old_bytes) != (new_version, new_bytes) or key in (contents or ()):
            change = Change.changed
        else:
            continue
        content = None if contents is None else contents.get(key, ContentChange())
        changes.append(
            PackageChange(
                *key, change, old_version, new_version, old_bytes, new_bytes, content=content
            )
        )
    return tuple(sorted(changes, key=lambda change: -change.moved_bytes))


def content_changes(
    files: Iterable[FileChange], before: Ownership, after: Ownership
) -> dict[PackageName, ContentChange]:
    """The files that are not the same, by the packages that own them.

    A changed file counts for its owner after the change, which need not be the one before: for
    that one, it went.
    """
    found: dict[PackageName, ContentChange] = {}
    for file in files:
        if file.change is Change.unchanged:
            continue
        old, new = before.owner(file.path), after.owner(file.path)
        if old == new:
            _add(found, new, changed_bytes=file.after_bytes)
        else:
            _add(found, old, removed_bytes=file.before_bytes)
            _add(found, new, added_bytes=file.after_bytes)
    return found


def _add(
    found: dict[PackageName, ContentChange],
    name: PackageName | None,
    added_bytes: int = 0,
    removed_bytes: int = 0,
    changed_bytes: int = 0,
) -> None:
    """One file more that is not the same; a file without a package is in the directories only."""
    if name is None:
        return
    so_far = found.get(name, ContentChange())
    found[name] = ContentChange(
        so_far.added_bytes + added_bytes,
        so_far.removed_bytes + removed_bytes,
        so_far.changed_bytes + changed_bytes,
        so_far.files + 1,
    )


_NONE = ("", 0)


def _by_name(packages: Iterable[Package]) -> dict[tuple[str, str], tuple[str, int]]:
    grouped: dict[tuple[str, str], list[Package]] = {}
    for package in packages:
        grouped.setdefault((package.manager, package.name), []).append(package)
    return {
        key: (
            ", ".join(sorted({package.version for package in found})),
            sum(package.bytes for package in found),
        )
        for key, found in grouped.items()
    }
