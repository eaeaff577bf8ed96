"""Stand-ins for Bun's images: the real program, from a package of npm."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from runner.engine.standins.machine import Machine
from runner.engine.standins.npm_recipe import NpmRecipe
from runner.model import labels

_DIRECTORY = Path(__file__).parent / "bun"
_LIBRARIES_OF = "node22-alpine"
"""The stand-in whose C++ libraries it takes on Alpine."""
_KINDS = {"bun": "", "bun-slim": "-slim", "bun-alpine": "-alpine"}
_REFERENCE = re.compile(
    r"oven/bun(?::(?:(?:latest|1(?:\.4(?:\.5)?)?)(?:-(debian|slim|alpine))?|(debian|slim|alpine)))?"
)
_PACKAGES = {
    ("x86_64", ""): "linux-x64",
    ("x86_64", "-alpine"): "linux-x64-musl",
    ("aarch64", ""): "linux-aarch64",
    ("aarch64", "-alpine"): "linux-aarch64-musl",
}


class _Versions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The release, and the SHA-512 of its package for each platform."""

    version: str
    sha512: dict[str, str]


PLAIN_BUN = {target: f"oven/bun:1.4{end}" for target, end in _KINDS.items()}
"""Stand-in → the shortest reference that it stands for."""


@functools.cache
def _versions() -> _Versions:
    return msgspec.toml.decode((_DIRECTORY / "versions.toml").read_bytes(), type=_Versions)


@dataclass(frozen=True)
class BunRecipe(NpmRecipe):
    """One of them."""

    folder = _DIRECTORY
    names = ("Dockerfile", "entrypoint.sh", "versions.toml")

    @property
    def stage(self) -> str:
        """The stage of its Dockerfile."""
        return "bun-alpine" if self._end == "-alpine" else "bun-debian"

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names."""
        if self._end == "-alpine":
            return (*super().requires, "alpine", _LIBRARIES_OF)
        return (*super().requires, "debian")

    @property
    def parts(self) -> tuple[str, ...]:
        """Its name, its package, and the files."""
        return (self.target, self._package, *super().parts)

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build."""
        sha512 = _versions().sha512.get(self._package, "")
        package = {"VERSION": _versions().version, "PLATFORM": self._package, "SHA512": sha512}
        others = {"NODE_MUSL": labels.standin_tag(_LIBRARIES_OF), "KIND": self._end or "-full"}
        return super().build_args | package | others

    @property
    def _end(self) -> str:
        return _KINDS[self.target]

    @property
    def _package(self) -> str:
        musl = self._end if self._end == "-alpine" else ""
        return _PACKAGES.get((self.machine.architecture, musl), "")


def bun_standin(reference: str) -> str:
    """`bun-slim` for `oven/bun:1-slim`; empty for any other reference."""
    match = _REFERENCE.fullmatch(reference)
    kind = (match[1] or match[2] or "debian") if match else "none"
    return {"debian": "bun", "slim": "bun-slim", "alpine": "bun-alpine"}.get(kind, "")


def bun_recipe(target: str, machine: Machine, suite: str) -> BunRecipe | None:
    """Its recipe; None for another stand-in."""
    return BunRecipe(target, machine, suite) if target in _KINDS else None
