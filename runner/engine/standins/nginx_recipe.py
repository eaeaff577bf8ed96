"""The stand-in for the official nginx: Debian's program in the official image's layout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from runner.engine.standins.machine import Machine
from runner.engine.standins.recipe import Recipe
from runner.engine.standins.recipe_on_others import RecipeOnOthers

NGINX = "nginx"
PLAIN_NGINX = "nginx:1.22"
"""The shortest reference that it stands for: Debian has this release."""
_DIRECTORY = Path(__file__).parent / NGINX
_MADE_FOR = re.compile(r"nginx:1\.22(?:\.\d+)?")
_FILES = ("Dockerfile", "nginx.conf", "default.conf", "index.html", "entrypoint.sh")


@dataclass(frozen=True)
class NginxRecipe(RecipeOnOthers):
    """It installs what the official image has on Debian."""

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-in that its Dockerfile names."""
        return ("debian",)

    @property
    def directory(self) -> Path:
        """Where its files lie."""
        return _DIRECTORY

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that make it."""
        return tuple(_DIRECTORY / name for name in _FILES)

    @property
    def requirements(self) -> tuple[str, ...]:
        """No package of the Python index."""
        return ()

    @property
    def below(self) -> Recipe:
        """Debian, whose change makes it another one."""
        return Recipe("debian", self.machine, self.suite)


def nginx_standin(reference: str) -> str:
    """`nginx` for `nginx:1.22.1`; empty for any other reference."""
    return NGINX if _MADE_FOR.fullmatch(reference) else ""


def nginx_recipe(target: str, machine: Machine, suite: str) -> NginxRecipe | None:
    """Its recipe; None for another stand-in."""
    return NginxRecipe(target, machine, suite) if target == NGINX else None
