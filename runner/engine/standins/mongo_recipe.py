"""The stand-in for MongoDB beside a check: a server of the Python index that answers the same
protocol, since Debian has none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from runner.engine.standins.machine import Machine
from runner.engine.standins.recipe_on_others import RecipeOnOthers

MONGO = "mongo"
PLAIN_MONGO = "mongo:7"
"""The shortest reference that it stands for; it stands for any version, as it is not measured."""
_MADE_FOR = re.compile(r"(?:mongo|mongodb/mongodb-community-server|bitnami/mongodb)(?::.+)?")


@dataclass(frozen=True)
class MongoRecipe(RecipeOnOthers):
    """It installs that server on the slim Python."""

    folder = Path(__file__).parent / MONGO
    names = ("Dockerfile", "mongo.txt", "mongo.py")
    packages = ("mongo.txt",)

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-in that its Dockerfile names."""
        return ("slim",)


def mongo_standin(reference: str) -> str:
    """`mongo` for `mongo:4.4`; empty for any other reference."""
    return MONGO if _MADE_FOR.fullmatch(reference) else ""


def mongo_recipe(target: str, machine: Machine, suite: str) -> MongoRecipe | None:
    """Its recipe; None for another stand-in."""
    return MongoRecipe(target, machine, suite) if target == MONGO else None
