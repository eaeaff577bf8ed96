"""What stand-ins that are built on others have in common: no root file system of their own, one
Dockerfile, and a digest that changes with what lies below."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from runner.engine.standins.recipe import Recipe


@dataclass(frozen=True)
class RecipeOnOthers(Recipe):
    """One of them; which stand-ins it names, its files and its stage are said by its kind."""

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
