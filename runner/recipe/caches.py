"""The caches that installers and package managers fill, and what a level does about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runner.dockerfile.facts import CacheDirectory


@dataclass(frozen=True)
class CacheFolder(CacheDirectory):
    """One that a command of ours fills."""

    name: str = ""
    """Part of the cache mount's id. Ids are our own, because `--no-cache` empties every cache mount
    of the same id, and by default the id is the target path, which other people's builds share."""

    @property
    def mount(self) -> str:
        """What follows `--mount=`."""
        sharing = ",sharing=locked" if self.locked else ""
        return f"type=cache,id=dockbench-{self.name},target={self.path}{sharing}"


def _of_system(path: str, name: str) -> CacheFolder:
    return CacheFolder(path, contents_only=True, locked=True, name=name)


PIP = CacheFolder("/root/.cache/pip", name="pip")
UV = CacheFolder("/root/.cache/uv", name="uv")
POETRY = CacheFolder("/root/.cache/pypoetry", name="poetry")
APT_ARCHIVES = _of_system("/var/cache/apt", "apt-archives")
APT_LISTS = _of_system("/var/lib/apt/lists", "apt-lists")
APK = _of_system("/var/cache/apk", "apk")


def removal(caches: Iterable[CacheFolder]) -> str:
    """One command that empties these caches, in a fixed order."""
    return "rm -rf " + " ".join(dict.fromkeys(cache.removal for cache in caches))
