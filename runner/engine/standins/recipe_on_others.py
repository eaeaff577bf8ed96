"""What stand-ins that are built on others have in common: no root file system of their own, one
Dockerfile, and a digest that changes with what lies below."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from runner.engine.standins.recipe import Recipe


@dataclass(frozen=True)
class RecipeOnOthers(Recipe):
    """One of them; which stand-ins it names, its files and its stage are said by its kind."""

    folder: ClassVar[Path]
    names: ClassVar[Sequence[str]] = ("Dockerfile",)
    """The files that make it, in that directory."""
    packages: ClassVar[Sequence[str]] = ()
    """Those of them that name packages of the Python index."""

    @property
    def directory(self) -> Path:
        """Where its files lie."""
        return self.folder

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that make it."""
        return tuple(self.directory / name for name in self.names)

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages of the Python index that it installs or unpacks."""
        return tuple((self.directory / name).read_text() for name in self.packages)

    @property
    def rootfs(self) -> str:
        """None: it stands on other images."""
        return ""

    @property
    def dockerfile(self) -> str:
        """Its Dockerfile in the context."""
        return "Dockerfile"

    @property
    def below(self) -> Recipe:
        """The recipe whose change makes this stand-in another one."""
        return Recipe("slim", self.machine, self.suite)

    @property
    def parts(self) -> tuple[str, ...]:
        """The texts that make it."""
        return tuple(path.read_text() for path in self.files)

    @property
    def digest(self) -> str:
        """SHA-256 over its parts and the recipe below it."""
        hashed = hashlib.sha256(self.below.digest.encode())
        for part in self.parts:
            hashed.update(f"{len(part)}:{part}".encode())
        return f"sha256:{hashed.hexdigest()}"
