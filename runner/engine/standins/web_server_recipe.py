"""The stand-ins for the official web servers, in the layout of those images: nginx as Debian has
it, and compiled for musl in the place of the one on Alpine, and Apache's httpd compiled from the
sources that Debian has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.engine.standins.machine import Machine
from runner.engine.standins.recipe import COMPILED, PACKAGED, Recipe
from runner.engine.standins.recipe_on_others import RecipeOnOthers


@dataclass(frozen=True)
class WebServer:
    """One of them."""

    plain: str
    """The shortest reference that it stands for: Debian has this release."""
    made_for: str
    """A pattern of all references that it stands for."""
    requires: tuple[str, ...]
    """The stand-ins that its Dockerfile names."""
    files: tuple[str, ...]
    """Its Dockerfile, and what that copies."""
    made_by: str = PACKAGED
    directory: str = ""
    """Where its files lie, if it is not called as the stand-in is."""
    below: str = "debian"
    """The stand-in whose change makes it another one."""


_OF_NGINX = ("nginx.conf", "default.conf", "index.html", "entrypoint.sh")
WEB_SERVERS: Mapping[str, WebServer] = {
    "nginx": WebServer(
        "nginx:1.22",
        r"nginx:1\.22(?:\.\d+)?",
        ("debian",),
        ("Dockerfile", *_OF_NGINX),
    ),
    "nginx-alpine": WebServer(
        "nginx:1.22-alpine-slim",
        r"nginx:1\.22(?:\.\d+)?-alpine(?:3\.\d+)?-slim",
        ("full", "musl", "alpine", "alpine-linux"),
        ("musl.Dockerfile", "envsubst", *_OF_NGINX),
        COMPILED,
        "nginx",
        "alpine",
    ),
    "httpd": WebServer(
        "httpd:2.4",
        r"httpd:2(?:\.4(?:\.\d+)?)?(?:-bookworm)?",
        ("debian", "full"),
        ("Dockerfile", "httpd-foreground"),
        COMPILED,
    ),
}


@dataclass(frozen=True)
class WebServerRecipe(RecipeOnOthers):
    """The recipe of one."""

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names."""
        return WEB_SERVERS[self.target].requires

    @property
    def made_by(self) -> str:
        """What takes the time while it is waited for."""
        return WEB_SERVERS[self.target].made_by

    @property
    def directory(self) -> Path:
        """Where its files lie."""
        return Path(__file__).parent / (WEB_SERVERS[self.target].directory or self.target)

    @property
    def stage(self) -> str:
        """The stage of the Dockerfile."""
        return self.target.partition("-")[0]

    @property
    def dockerfile(self) -> str:
        """Its Dockerfile in the context."""
        return WEB_SERVERS[self.target].files[0]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that make it."""
        return tuple(self.directory / name for name in WEB_SERVERS[self.target].files)

    @property
    def below(self) -> Recipe:
        """The stand-in whose change makes it another one."""
        return Recipe(WEB_SERVERS[self.target].below, self.machine, self.suite)


def web_server_standin(reference: str) -> str:
    """`nginx` for `nginx:1.22.1`; empty for any other reference."""
    found = (x for x, server in WEB_SERVERS.items() if re.fullmatch(server.made_for, reference))
    return next(found, "")


def web_server_recipe(target: str, machine: Machine, suite: str) -> WebServerRecipe | None:
    """The recipe of one; None for another stand-in."""
    return WebServerRecipe(target, machine, suite) if target in WEB_SERVERS else None
