"""Stand-ins for the images of Nodes that the Python index has no package of: npm has one."""

from __future__ import annotations

import functools
import platform
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from runner.engine.standins.machine import Machine
from runner.engine.standins.npm_recipe import NpmRecipe

_DIRECTORY = Path(__file__).parent / "npm_node"
_TARGET = re.compile(r"node(\d+)(-slim)?")
_REFERENCE = re.compile(
    r"node:(\d+)(?:\.\d+){0,2}(-slim)?(?:-(?:stretch|buster|bullseye|bookworm))?(-slim)?"
)
_ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}


class NpmNode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One release line: the last version, what came with it, and the SHA-512 of each package."""

    node: str
    node_x64: str
    npm: str
    npm_sha512: str
    node_arm64: str = ""
    """Empty where there is none."""
    corepack: str = ""
    """Empty where it comes without."""
    corepack_sha512: str = ""


@functools.cache
def npm_nodes() -> dict[str, NpmNode]:
    """Release line → what there is of it for this machine: `{"18": …}`, oldest first."""
    text = (_DIRECTORY / "versions.toml").read_bytes()
    found = msgspec.toml.decode(text, type=dict[str, NpmNode])
    is_arm = platform.machine() in ("aarch64", "arm64")
    return {line: node for line, node in found.items() if node.node_arm64 or not is_arm}


def npm_node_targets() -> tuple[str, ...]:
    """The names of all stand-ins of this kind: `node18`, `node18-slim`."""
    return tuple(f"node{line}{end}" for line in npm_nodes() for end in ("", "-slim"))


def npm_node_standin(reference: str) -> str:
    """`node18-slim` for `node:18.4-slim`; empty where there is none, as for Alpine."""
    match = _REFERENCE.fullmatch(reference)
    if match is None or match[1] not in npm_nodes():
        return ""
    return f"node{match[1]}{match[2] or match[3] or ''}"


def plain_npm_node(target: str) -> str:
    """The shortest reference that a stand-in stands for: `node:18-slim`."""
    return f"node:{target.removeprefix('node')}"


@dataclass(frozen=True)
class NpmNodeRecipe(NpmRecipe):
    """One of them: packages of npm on top of other stand-ins."""

    folder = _DIRECTORY
    names = ("Dockerfile", "versions.toml")

    @property
    def stage(self) -> str:
        """The stage of the Dockerfile: `node-slim`."""
        return f"node{self._parts[1]}"

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names."""
        return (*super().requires, "debian", "full")

    @property
    def parts(self) -> tuple[str, ...]:
        """Its name, and the files."""
        return (self.target, *super().parts)

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build."""
        versions = npm_nodes()[self._parts[0]]
        architecture = _ARCHITECTURES.get(self.machine.architecture, self.machine.architecture)
        return super().build_args | {
            "ARCHITECTURE": architecture,
            "VERSION": versions.node,
            "NODE_SHA512": versions.node_arm64 if architecture == "arm64" else versions.node_x64,
            "NPM_VERSION": versions.npm,
            "NPM_SHA512": versions.npm_sha512,
            "COREPACK_VERSION": versions.corepack,
            "COREPACK_SHA512": versions.corepack_sha512,
        }

    @property
    def _parts(self) -> tuple[str, str]:
        match = _TARGET.fullmatch(self.target)
        assert match is not None
        return match[1], match[2] or ""


def npm_node_recipe(target: str, machine: Machine, suite: str) -> NpmNodeRecipe | None:
    """The recipe of a stand-in of this kind; None for another."""
    return NpmNodeRecipe(target, machine, suite) if target in npm_node_targets() else None
