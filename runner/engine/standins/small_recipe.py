"""Stand-ins for images of which a build wants a few files: plain Debian and Alpine, distroless ones
for a last stage, and uv's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.engine.standins.compiled_python_recipe import KINDS, VERSIONS, compiled_python_recipe
from runner.engine.standins.machine import Machine
from runner.engine.standins.recipe import Recipe
from runner.engine.standins.recipe_on_others import RecipeOnOthers
from runner.model import labels

_WITH_EXTENSIONS = r"postgis/postgis|pgvector/pgvector|timescale/timescaledb"
_OTHER_REDIS = r"redis/redis-stack(?:-server)?|redislabs/redismod|bitnami/redis"
_UV = r"ghcr\.io/astral-sh/uv"
_TAGS = ("-bookworm", "-bookworm-slim", "-alpine")
"""How uv's images with Python call each kind."""
_BEFORE_UV = "3.6"
_UV_VERSION = r"(?:latest|0\.13(?:\.9)?)"


@dataclass(frozen=True)
class Small:
    """One of them."""

    plain: str
    """The shortest reference that it stands for."""
    made_for: str
    """A pattern of all references that it stands for."""
    below: str
    """The stand-in that it is built on."""


def _distroless() -> Mapping[str, Small]:
    found = {}
    for kind in ("static", "base", "cc"):
        name = f"gcr.io/distroless/{kind}-debian12"
        pattern = re.escape(name)
        if kind == "static":  # certificates and time zones: the same of every release
            pattern = r"gcr\.io/distroless/static(?:-debian1\d)?"
        target = f"distroless-{kind}"
        found[target] = Small(name, rf"{pattern}(?::latest)?", "debian")
        found[f"{target}-nonroot"] = Small(f"{name}:nonroot", rf"{pattern}:nonroot", "debian")
    return found


def _with_python() -> Mapping[str, Small]:
    found = {}
    of_311 = dict(zip(KINDS, ("full", "slim", "alpine"), strict=True))
    for line in ("3.11", *(x for x in VERSIONS if x != _BEFORE_UV)):
        for end, tag in zip(KINDS, _TAGS, strict=True):
            below = of_311[end] if line == "3.11" else f"python{line}{end}"
            name = f"python{line}{tag}"
            pattern = re.escape(name) + (r"(?:3\.\d+)?" if end == "-alpine" else "")
            found[f"uv-python{line}{end}"] = Small(
                f"ghcr.io/astral-sh/uv:{name}", rf"{_UV}:(?:{_UV_VERSION}-)?{pattern}", below
            )
    return found


SMALL: Mapping[str, Small] = {
    "debian-slim": Small(
        "debian:bookworm-slim", r"debian:(?:bookworm(?:-\d{8})?|12(?:\.\d+)?)-slim", "debian"
    ),
    "alpine-linux": Small(
        "alpine:3.20", r"alpine(?::(?:latest|3(?:\.(?:19|2\d)(?:\.\d+)?)?))?", "alpine"
    ),
    "busybox": Small(
        "busybox:1.36",
        r"busybox(?::(?:latest|stable|1(?:\.\d+){0,2})(?:-musl|-uclibc)?|:musl|:uclibc)?",
        "alpine",
    ),
    **_distroless(),
    "uv": Small("ghcr.io/astral-sh/uv:latest", rf"{_UV}(?::{_UV_VERSION})?", "slim"),
    **_with_python(),
    "postgres": Small("postgres:15", rf"(?:postgres|{_WITH_EXTENSIONS})(?::.+)?", "debian"),
    "redis": Small("redis:7", rf"(?:redis|valkey/valkey|{_OTHER_REDIS})(?::.+)?", "debian"),
    "rabbitmq": Small("rabbitmq:3", r"(?:[\w.-]+/)?rabbitmq(?::.+)?", "debian"),
    "mariadb": Small("mariadb:10", r"(?:mariadb|mysql|mysql/mysql-server)(?::.+)?", "debian"),
}
"""Those for services stand for any version: they are asked, and not measured."""
PLAIN_SMALL: Mapping[str, str] = {target: small.plain for target, small in SMALL.items()}


def small_targets() -> tuple[str, ...]:
    """The names of all stand-ins of this kind."""
    return tuple(SMALL)


def small_standin(reference: str) -> str:
    """`debian-slim` for `debian:12-slim`; empty where there is none."""
    found = (name for name, small in SMALL.items() if re.fullmatch(small.made_for, reference))
    return next(found, "")


@dataclass(frozen=True)
class SmallRecipe(RecipeOnOthers):
    """One of them; all are built from one context."""

    folder = Path(__file__).parent / "small"
    names = ("Dockerfile", "uv.txt", "postgres.sh", "mariadb.sh", "rabbitmq.sh")
    packages = ("uv.txt",)

    @property
    def stage(self) -> str:
        """The stage of the Dockerfile."""
        return "uv-python" if self.target.startswith("uv-python") else self.target

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names and BuildKit looks for."""
        return tuple(dict.fromkeys((SMALL[self.target].below, "debian", "alpine", "slim")))

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platform tags of that package: the program that needs no C library."""
        return tuple(f"musllinux_1_{minor}_{self.machine.architecture}" for minor in (2, 1))

    @property
    def below(self) -> Recipe:
        """The compiled Python that it stands on, if any."""
        compiled = compiled_python_recipe(SMALL[self.target].below, self.machine, self.suite)
        return compiled or super().below

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build."""
        return super().build_args | {"BELOW": labels.standin_tag(SMALL[self.target].below)}


def small_recipe(target: str, machine: Machine, suite: str) -> SmallRecipe | None:
    """The recipe of a stand-in of this kind; None for another."""
    return SmallRecipe(target, machine, suite) if target in SMALL else None
