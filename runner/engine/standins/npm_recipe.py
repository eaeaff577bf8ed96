"""What stand-ins have in common whose programs are packages of npm: another stand-in, for a Node,
fetches these in the build."""

from __future__ import annotations

from dataclasses import dataclass

from runner.engine.standins.language_recipe import language_recipe
from runner.engine.standins.recipe import Recipe
from runner.engine.standins.recipe_on_others import RecipeOnOthers
from runner.model import labels

FETCHED_WITH = "node22-slim"
"""The stand-in whose npm fetches the packages."""


@dataclass(frozen=True)
class NpmRecipe(RecipeOnOthers):
    """One of them."""

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names."""
        return (FETCHED_WITH,)

    @property
    def below(self) -> Recipe:
        """The Node that fetches its packages, and stands on the same Debian."""
        found = language_recipe(FETCHED_WITH, self.machine, self.suite)
        return found or super().below

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build."""
        return super().build_args | {"NPM": labels.standin_tag(FETCHED_WITH)}
