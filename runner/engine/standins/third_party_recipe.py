"""Stand-ins for images that many projects build on and that are nobody's official ones: distroless
with an interpreter, FastAPI's, nginx without root."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.engine.standins.language_recipe import language_recipe
from runner.engine.standins.machine import Machine
from runner.engine.standins.npm_node_recipe import npm_node_recipe
from runner.engine.standins.recipe import Recipe
from runner.engine.standins.recipe_on_others import RecipeOnOthers
from runner.engine.standins.small_recipe import small_recipe
from runner.engine.standins.web_server_recipe import web_server_recipe
from runner.model import labels

_NODES = ("18", "20", "22", "24")
"""Of which there are images on this Debian."""


@dataclass(frozen=True)
class ThirdParty:
    """One of them."""

    plain: str
    """The shortest reference that it stands for."""
    made_for: str
    """A pattern of all references that it stands for."""
    below: str
    """The stand-in that it is built on."""
    stage: str
    """The stage of the Dockerfile."""
    interpreter: str = ""
    """The stand-in whose interpreter it gets, if any."""


def _distroless() -> Mapping[str, ThirdParty]:
    found = {}
    for end, tag in (("", ""), ("-nonroot", ":nonroot")):
        below, tags = f"distroless-cc{end}", tag or "(?::latest)?"
        name = "gcr.io/distroless/python3-debian12"
        found[f"distroless-python{end}"] = ThirdParty(
            f"{name}{tag}", f"{re.escape(name)}{tags}", below, "distroless-python"
        )
        for line in _NODES:
            name = f"gcr.io/distroless/nodejs{line}-debian12"
            found[f"distroless-node{line}{end}"] = ThirdParty(
                f"{name}{tag}",
                f"{re.escape(name)}{tags}",
                below,
                "distroless-node",
                f"node{line}-slim",
            )
    return found


THIRD_PARTY: Mapping[str, ThirdParty] = {
    **_distroless(),
    "fastapi": ThirdParty(
        "tiangolo/uvicorn-gunicorn-fastapi:python3.11",
        r"tiangolo/uvicorn-gunicorn-fastapi:python3\.11",
        "derived",
        "fastapi",
    ),
    "nginx-unprivileged": ThirdParty(
        "nginxinc/nginx-unprivileged:1.22",
        r"nginxinc/nginx-unprivileged:1\.22(?:\.\d+)?",
        "nginx",
        "nginx-unprivileged",
    ),
}
PLAIN_THIRD_PARTY: Mapping[str, str] = {name: one.plain for name, one in THIRD_PARTY.items()}


def third_party_targets() -> tuple[str, ...]:
    """The names of all stand-ins of this kind."""
    return tuple(THIRD_PARTY)


def third_party_standin(reference: str) -> str:
    """`nginx-unprivileged` for `nginxinc/nginx-unprivileged:1.22`; empty where there is none."""
    found = (name for name, one in THIRD_PARTY.items() if re.fullmatch(one.made_for, reference))
    return next(found, "")


@dataclass(frozen=True)
class ThirdPartyRecipe(RecipeOnOthers):
    """One of them; all are built from one context."""

    folder = Path(__file__).parent / "third_party"
    names = ("Dockerfile", "fastapi.txt")
    packages = ("fastapi.txt",)

    @property
    def stage(self) -> str:
        """The stage of the Dockerfile."""
        return self._one.stage

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names and BuildKit looks for."""
        names = ("debian", self._one.below, self._one.interpreter)
        return tuple(dict.fromkeys(filter(None, names)))

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages that are installed: in FastAPI's image, that and what it needs."""
        is_fastapi = self._one.stage == "fastapi"
        return super().requirements if is_fastapi else ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The interpreter that it gets, and the files."""
        found = language_recipe(self._one.interpreter, self.machine, self.suite)
        recipe = found or npm_node_recipe(self._one.interpreter, self.machine, self.suite)
        return (recipe.digest if recipe else "", *super().parts)

    @property
    def below(self) -> Recipe:
        """What it stands on."""
        name = self._one.below
        small = small_recipe(name, self.machine, self.suite)
        nginx = web_server_recipe(name, self.machine, self.suite)
        return small or nginx or Recipe(name, self.machine, self.suite)

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build."""
        said = {"BELOW": labels.standin_tag(self._one.below)}
        if self._one.interpreter:
            said["NODE"] = labels.standin_tag(self._one.interpreter)
        return super().build_args | said

    @property
    def _one(self) -> ThirdParty:
        return THIRD_PARTY[self.target]


def third_party_recipe(target: str, machine: Machine, suite: str) -> ThirdPartyRecipe | None:
    """The recipe of a stand-in of this kind; None for another."""
    return ThirdPartyRecipe(target, machine, suite) if target in THIRD_PARTY else None
