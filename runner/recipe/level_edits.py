"""Which edits the levels of a variant stand for, in the fixed order of the factors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from runner.dockerfile.edits import (
    bytecode,
    cache_flags,
    cache_late,
    cache_mounts,
    cache_purge,
    installer_uv,
    layers_merged,
    layers_squashed,
    order,
    stages,
    toolchain,
    traced,
)
from runner.dockerfile.edits.registry import EDITS, Edit, edit_of
from runner.model.levels import (
    FACTORS,
    Cache,
    InstallTool,
    LayerShape,
    Levels,
    OwnLevel,
    Purge,
)
from runner.model.project import Project
from runner.recipe import mirrors, own_root
from runner.recipe.layout import Layout
from runner.recipe.own_root import OwnRoot
from runner.recipe.plain import build_packages, own_environment, system_packages

_OTHERWISE = ("squash", "last_stage")
"""What `layers=squashed` says, and what a plain Dockerfile of Python has no use for."""


@dataclass(frozen=True)
class LevelEdit:
    """One edit of a level."""

    factor: str
    edit: Edit
    is_help: bool = False
    """Whether it only makes room for the next one: nobody asked for it."""


def edits_of(
    levels: Levels, project: Project, package_manager: str, layout: Layout
) -> Iterator[LevelEdit]:
    """The edits of the plain Dockerfile, in the order in which they are applied."""
    if levels.order.deps_first:
        yield LevelEdit("order", order.edit)
    if levels.cache.no_cache_flags:  # also in the build stage, where linters look for them
        yield LevelEdit("cache", cache_flags.edit)
    if levels.stages.multi:
        yield LevelEdit("stages", stages.edit)
    if levels.installer.tool is InstallTool.uv:
        asked = levels.installer.requirement or installer_uv.REQUIREMENT
        yield LevelEdit("installer", partial(installer_uv.edit, requirement=asked))
    if not levels.bytecode.write:
        yield LevelEdit("bytecode", bytecode.edit)
    removes = levels.toolchain.remove and bool(build_packages(levels, project, package_manager))
    if levels.layers.shape is LayerShape.merged:
        yield LevelEdit("layers", layers_merged.edit)
    elif removes and not levels.stages.multi:
        yield LevelEdit("toolchain", layers_merged.edit, is_help=True)
    if removes:
        yield LevelEdit("toolchain", toolchain.edit)
    if levels.mirror.index_url or levels.mirror.apt_url or levels.mirror.apk_url:
        yield LevelEdit("mirror", partial(mirrors.edit, mirror=levels.mirror), is_help=True)
    yield from _cache(levels.cache)
    yield from _own(levels.own)
    if levels.prune.trace:
        yield LevelEdit("prune", partial(traced.edit, strip=levels.prune.strip))
    elif levels.prune.own_root:
        made = _own_root(levels, project, package_manager, layout)
        yield LevelEdit("prune", partial(own_root.edit, made=made))
    if levels.layers.shape is LayerShape.squashed:
        yield LevelEdit("layers", layers_squashed.edit)


def _cache(cache: Cache) -> Iterator[LevelEdit]:
    if cache.purge is Purge.same_layer:
        yield LevelEdit("cache", cache_purge.edit)
    if cache.purge is Purge.later_layer:
        yield LevelEdit("cache", cache_late.edit)
    if cache.mount:
        yield LevelEdit("cache", cache_mounts.edit)


def _own(own: Mapping[str, OwnLevel]) -> Iterator[LevelEdit]:
    """Those of factors that a user has added, in the order of `dockbench edit`."""
    for factor in own_factors():
        for name, level in sorted(own.items()):
            edit = edit_of(factor, level.edits[factor]) if factor in level.edits else None
            if edit is not None:
                yield LevelEdit(name, edit)


def own_factors() -> tuple[str, ...]:
    """What of `dockbench edit` a sweep has no factor for: a user may add one."""
    return tuple(name for name in EDITS if name not in (*FACTORS, *_OTHERWISE))


def own_levels() -> list[str]:
    """Every `factor=level` of those."""
    return [f"{factor}={level}" for factor in own_factors() for level in EDITS[factor]]


def _own_root(levels: Levels, project: Project, package_manager: str, layout: Layout) -> OwnRoot:
    return OwnRoot(
        prune=levels.prune,
        family=levels.base.family,
        package=str(layout.backend / layout.package),
        target=str(layout.package),
        command=tuple(project.command),
        bytecode=levels.bytecode.write,
        environment=own_environment(levels) | project.environment,
        packages=tuple(system_packages(project, package_manager)),
    )
