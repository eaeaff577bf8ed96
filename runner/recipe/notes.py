"""What a reader of the numbers must know: levels that change nothing in this combination."""

from __future__ import annotations

from runner.model.levels import LayerShape, Levels, Purge
from runner.recipe.commands import toolchain_packages


def notes(levels: Levels, package_manager: str) -> tuple[str, ...]:
    """One line for each level that has no effect here, with the reason."""
    found: list[str] = []
    toolchain, cache, layers = levels.toolchain, levels.cache, levels.layers
    wanted = bool(toolchain.apt or toolchain.apk)
    if wanted and not package_manager:
        found.append(f"toolchain={toolchain.level} has no effect: this base has no package manager")
    elif toolchain.remove and levels.stages.multi:
        found.append(f"toolchain={toolchain.level} removes nothing: the build stage is left behind")
    if cache.purge is not Purge.never and levels.stages.multi:
        found.append(f"cache={cache.level} removes nothing: the build stage is left behind")
    if layers.shape is LayerShape.squashed and not levels.stages.multi:
        found.append(
            f"order={levels.order.level} has no effect: one layer holds sources and dependencies"
        )
    found += _mirror_notes(levels, package_manager)
    return tuple(found)


def _mirror_notes(levels: Levels, package_manager: str) -> list[str]:
    """URLs that no command uses."""
    mirror = levels.mirror
    used = {package_manager} if toolchain_packages(levels, package_manager) else set()
    return [
        f"mirror={mirror.level}: {name}_url has no effect: nothing is installed with {name}"
        for name, url in (("apt", mirror.apt_url), ("apk", mirror.apk_url))
        if url and name not in used
    ]
