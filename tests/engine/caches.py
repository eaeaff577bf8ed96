"""Cache folders of a test's own, in which some folders are those of the user."""

from __future__ import annotations

from pathlib import Path

from runner.model.paths import CachePaths


def own_cache(root: Path, *shared: str) -> CachePaths:
    """A new cache in which only what the `shared` folders hold (`bases`, `layers`, …) is known."""
    cache, users = CachePaths(root), CachePaths.default()
    root.mkdir(parents=True)
    for name in shared:
        folder: Path = getattr(users, name)
        folder.mkdir(parents=True, exist_ok=True)
        getattr(cache, name).symlink_to(folder)
    return cache
