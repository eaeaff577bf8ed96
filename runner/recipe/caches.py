"""The caches that installers and package managers fill, and what a level does about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class CacheFolder:
    """One folder that a command fills with what it fetched."""

    name: str
    """Part of the cache mount's id. Ids are our own, because `--no-cache` empties every cache mount
    of the same id, and by default the id is the target path, which other people's builds share."""
    path: str
    contents_only: bool = False
    """The folder itself belongs to the base: only what is in it goes."""
    locked: bool = False
    """One build at a time: the package manager cannot share it."""

    @property
    def mount(self) -> str:
        """What follows `--mount=`."""
        sharing = ",sharing=locked" if self.locked else ""
        return f"type=cache,id=dockbench-{self.name},target={self.path}{sharing}"

    @property
    def removal(self) -> str:
        """What `rm -rf` is given to empty it."""
        return f"{self.path}/*" if self.contents_only else self.path


PIP = CacheFolder("pip", "/root/.cache/pip")
UV = CacheFolder("uv", "/root/.cache/uv")
POETRY = CacheFolder("poetry", "/root/.cache/pypoetry")
APT_ARCHIVES = CacheFolder("apt-archives", "/var/cache/apt", contents_only=True, locked=True)
APT_LISTS = CacheFolder("apt-lists", "/var/lib/apt/lists", contents_only=True, locked=True)
APK = CacheFolder("apk", "/var/cache/apk", contents_only=True, locked=True)


def removal(caches: Iterable[CacheFolder]) -> str:
    """One command that empties these caches, in a fixed order."""
    return "rm -rf " + " ".join(dict.fromkeys(cache.removal for cache in caches))
