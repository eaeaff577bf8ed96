"""The ladder of a comparison: an experiment's steps, each a variant of its own on one project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.compare.base_images import NAMED
from runner.compare.project_discovery import DetectedProject
from runner.engine.standins.references import standin_for
from runner.model.errors import ConfigError
from runner.model.levels import Base, Deps
from runner.model.paths import ResultPaths
from runner.sweep.choices import refuse_hidden_overrides
from runner.sweep.config import Config
from runner.sweep.plan import Compose, PlannedVariant, expand

INSTEAD = (
    "leave it out: compare tries these levels itself (--base IMAGE=OTHER builds on another image,"
    " --dockerfile FILE measures another Dockerfile)"
)
"""What to do about a level that is asked for by --set."""
_PYTHON = re.compile(r"(?<=python:)\d+\.\d+")


def alternatives(
    understood: DetectedProject, results: ResultPaths, overrides: Sequence[str], compose: Compose
) -> list[PlannedVariant]:
    """The experiment's steps, each as a variant of its own, on this project and its Python."""
    first = on_project(compose(list(overrides)), understood, results)
    refuse_hidden_overrides(first.experiment.path, overrides, INSTEAD)
    steps = expand(first, overrides, compose, lambda override: [override]).variants
    configs = [on_project(step.config, understood, results) for step in steps]
    usual = configs[0].levels().names()
    return [
        PlannedVariant(
            name=step.name,
            about=step.about,
            config=config,
            changed={
                factor: level
                for factor, level in config.levels().names().items()
                if usual[factor] != level
            },
        )
        for step, config in zip(steps, configs, strict=True)
    ]


def on_project(config: Config, understood: DetectedProject, results: ResultPaths) -> Config:
    project = understood.project
    level = next(iter(project.dependencies), "none")
    return replace(
        config,
        project=project,
        deps=Deps(level=level, about="the dependencies that the project names"),
        base=of_python(config.base, understood.python),
        experiment=replace(config.experiment, name=f"compare-{project.name}"),
        run=replace(config.run, results=str(results.root)),
    )


def of_python(base: Base, version: str) -> Base:
    """The same base with another version of Python, and with what stands for that."""
    usual = _PYTHON.search(base.image)
    if not version or usual is None or usual[0] == version:
        return base
    image = _PYTHON.sub(version, base.image)
    return replace(base, image=image, standin=standin_for(image))


def named_bases(given: Sequence[str]) -> list[Base]:
    """`python:3.12=python:3.11` as a base of that name; raises `ConfigError` for anything else."""
    found = []
    for text in given:
        reference, equals, other = text.partition("=")
        if not equals or not reference.strip() or not other.strip():
            raise ConfigError(f"--base {text}: write IMAGE=OTHER, such as python:3.12=python:3.11")
        found.append(Base(level=reference, about=NAMED, image=other, standin=standin_for(other)))
    return found


def on_named(variant: PlannedVariant, bases: Sequence[Base]) -> PlannedVariant:
    """A step of the ladder on the image that --base names in the place of its own. The nearest that
    can be had takes the place of none: its Dockerfile would name another version than the project's
    own does."""
    base = variant.config.base
    other = next((x for x in bases if x.level == base.image and x.about == NAMED), None)
    if other is None:
        return variant
    named = replace(base, image=other.image, standin=other.standin)
    return replace(variant, config=replace(variant.config, base=named))
