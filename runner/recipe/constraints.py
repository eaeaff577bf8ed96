"""Which levels contradict each other, and why: checked before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner.model.engine import BuilderName
from runner.model.errors import ConstraintError
from runner.model.levels import InstallTool, LayerShape, Levels, Purge
from runner.model.project import Project
from runner.recipe.plain import system_packages, usual_manager
from runner.recipe.values import check_values

Rule = Callable[[Levels, Project, BuilderName], Iterator[str]]


def check(levels: Levels, project: Project, builder: BuilderName) -> None:
    """Raise `ConstraintError` with every contradiction: both levels of each, and the reason.

    Values that cannot stand in a Dockerfile raise `ConfigError` first.
    """
    check_values(levels, project)
    found = [problem for rule in RULES for problem in rule(levels, project, builder)]
    if found:
        raise ConstraintError("; ".join(found))


def _buildkit_only(levels: Levels, _: Project, builder: BuilderName) -> Iterator[str]:
    if builder is not BuilderName.classic:
        return
    if levels.cache.mount:
        yield (
            f"cache={levels.cache.level} contradicts builder=classic: "
            "only BuildKit has cache mounts (choose builder=buildkit or another cache level)"
        )


def _packages_on_base(levels: Levels, project: Project) -> bool:
    """Whether the last of several stages installs packages of the distribution."""
    needed = system_packages(project, usual_manager(levels.base.family))
    return bool(needed) and levels.stages.multi and not levels.prune.own_root


def _dependency_set(levels: Levels, project: Project, _: BuilderName) -> Iterator[str]:
    name, tool = levels.deps.level, levels.installer.tool
    chosen = project.dependencies.get(name)
    if chosen is None:
        known = ", ".join(sorted(project.dependencies)) or "none"
        yield f"deps={name} contradicts project={project.name}: its dependencies are {known}"
    elif tool is InstallTool.poetry:
        if not chosen.poetry:
            yield (
                f"deps={name} contradicts installer={levels.installer.level}: this set is not in "
                "poetry's lock file (choose pip or uv)"
            )
        elif not project.dependency_files:
            yield (
                f"installer={levels.installer.level} contradicts project={project.name}: poetry "
                "needs dependency_files (pyproject.toml, poetry.lock), and the project names none"
            )
    elif not chosen.requirements:
        yield (
            f"deps={name} contradicts installer={levels.installer.level}: the project gives no "
            "requirements file for this set (choose poetry)"
        )


def _own_root(levels: Levels, _: Project, __: BuilderName) -> Iterator[str]:
    prune = levels.prune
    if prune.own_root and not levels.stages.multi:
        yield (
            f"prune={prune.level} contradicts stages={levels.stages.level}: deleting on top of a "
            "base saves nothing, the pruned interpreter needs a stage of its own (choose multi)"
        )
    if not prune.own_root and (prune.stdlib or prune.patterns or prune.strip or prune.zip_stdlib):
        yield (
            f"prune={prune.level} contradicts own_root=false: deleting on top of a base saves "
            "nothing (set own_root, or name nothing to leave out)"
        )


def _traced(levels: Levels, _: Project, __: BuilderName) -> Iterator[str]:
    prune = levels.prune
    if prune.keep and not prune.trace:
        yield f"prune={prune.level} contradicts trace=false: keep adds to a trace (set trace)"
    if not prune.trace:
        return
    if not prune.own_root:
        yield (
            f"prune={prune.level} contradicts own_root=false: the traced files need a root of "
            "their own (set own_root)"
        )
    if prune.stdlib or prune.patterns or prune.zip_stdlib or prune.shell:
        yield (
            f"prune={prune.level} contradicts itself: with trace, what is opened decides what is "
            "kept (name nothing to leave out, set shell=false, and name the rest in keep)"
        )
    if levels.bytecode.write:
        yield (
            f"prune={prune.level} contradicts bytecode={levels.bytecode.level}: Python asks for "
            "the source of bytecode without opening it: a trace misses it (choose bytecode=none)"
        )


def _late_purge(levels: Levels, project: Project, _: BuilderName) -> Iterator[str]:
    left_behind = levels.stages.multi and not _packages_on_base(levels, project)
    if levels.cache.purge is not Purge.later_layer or left_behind:
        return
    if levels.layers.shape is not LayerShape.split:
        yield (
            f"cache={levels.cache.level} contradicts layers={levels.layers.level}: "
            "a later layer for the removal, and one layer for everything, cannot both be"
        )


def _cache_settings(levels: Levels, _: Project, __: BuilderName) -> Iterator[str]:
    cache = levels.cache
    if cache.mount and (cache.no_cache_flags or cache.purge is not Purge.never):
        yield (
            f"cache={cache.level} contradicts itself: mount keeps the caches outside the image, so "
            "no_cache_flags and purge would only empty them"
        )


def _mirror(levels: Levels, _: Project, __: BuilderName) -> Iterator[str]:
    mirror = levels.mirror
    if mirror.custom and not (mirror.index_url or mirror.apt_url or mirror.apk_url):
        yield (
            f"mirror={mirror.level} contradicts its empty URLs: give at least one of "
            "mirror.index_url, mirror.apt_url, mirror.apk_url"
        )
    if mirror.index_url and levels.installer.tool is InstallTool.poetry:
        yield (
            f"mirror={mirror.level} contradicts installer={levels.installer.level}: poetry takes "
            "its index from pyproject.toml alone (choose pip or uv)"
        )


RULES: tuple[Rule, ...] = (
    _buildkit_only,
    _dependency_set,
    _own_root,
    _traced,
    _late_purge,
    _cache_settings,
    _mirror,
)
