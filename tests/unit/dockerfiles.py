"""Reads rendered Dockerfiles back with the parser that BuildKit itself uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runner.model.engine import BuilderName
from runner.model.levels import Family, Levels
from runner.model.project import Project
from runner.model.variant import Recipe
from runner.recipe.render import render
from tests.unit.levels_from_yaml import load_levels, load_project


@dataclass(frozen=True)
class Parsed:
    """One instruction."""

    kind: str
    """FROM, RUN, COPY …"""
    text: str
    """The instruction in one line, white space as in the file."""
    words: tuple[str, ...]
    flags: tuple[str, ...]
    json: bool
    heredocs: int


def instructions_of(text: str) -> list[Any]:
    """What the parser finds; it is loaded here, as no library of Go works in a process that was
    forked after that (`make mutants` forks one for each mutant)."""
    import dockerfile  # type: ignore[import-not-found]

    return list(dockerfile.parse_string(text))


def parse(text: str) -> list[Parsed]:
    """The instructions of a Dockerfile."""
    return [
        Parsed(
            kind=item.cmd.upper(),
            text=" ".join(item.original.split()),
            words=tuple(item.value),
            flags=tuple(item.flags),
            json=item.json,
            heredocs=len(item.heredocs),
        )
        for item in instructions_of(text)
    ]


def kinds(text: str) -> list[str]:
    """The kind of each instruction, in order."""
    return [item.kind for item in parse(text)]


def of_kind(text: str, kind: str) -> list[str]:
    """The instructions of one kind, each in one line."""
    return [item.text for item in parse(text) if item.kind == kind]


def package_manager(levels: Levels) -> str:
    """What the real base of these levels has."""
    return "apk" if levels.base.family is Family.alpine else "apt"


def rendered(
    levels: Levels | None = None,
    project: Project | None = None,
    builder: BuilderName = BuilderName.buildkit,
    manager: str | None = None,
    **names: str,
) -> Recipe:
    """The recipe of these levels, or of named ones, for the sample project."""
    chosen = levels or load_levels(**names)
    return render(
        chosen,
        project or load_project(),
        builder,
        package_manager(chosen) if manager is None else manager,
    )
