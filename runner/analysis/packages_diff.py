"""Which packages came, went, or changed between two images, in bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runner.analysis.file_tree import Change
from runner.model.anatomy import Package


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

    @property
    def grown_bytes(self) -> int:
        """Positive if the package takes more than before."""
        return self.after_bytes - self.before_bytes


def package_changes(
    before: Iterable[Package], after: Iterable[Package]
) -> tuple[PackageChange, ...]:
    """Every package whose version or size differs, the largest difference first."""
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
        elif (old_version, old_bytes) != (new_version, new_bytes):
            change = Change.changed
        else:
            continue
        manager, name = key
        changes.append(
            PackageChange(manager, name, change, old_version, new_version, old_bytes, new_bytes)
        )
    return tuple(sorted(changes, key=lambda change: -abs(change.grown_bytes)))


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
