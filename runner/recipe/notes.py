"""What a reader of the numbers must know beside why an edit does not apply: what a base lacks, and
what an image does not get."""

from __future__ import annotations

from runner.model.levels import Levels
from runner.model.project import Project
from runner.recipe.plain import system_packages, toolchain_packages


def notes(
    levels: Levels, project: Project, package_manager: str, has_strip: bool
) -> tuple[str, ...]:
    """One line for each level that has no effect here, with the reason."""
    found: list[str] = []
    toolchain = levels.toolchain
    if (toolchain.apt or toolchain.apk) and not package_manager:
        found.append(f"toolchain={toolchain.level} has no effect: this base has no package manager")
    if levels.prune.strip and not has_strip:
        found += _strip_notes(levels, package_manager)
    found += _system_notes(levels, project, package_manager)
    found += _mirror_notes(levels, project, package_manager)
    return tuple(found)


def _strip_notes(levels: Levels, package_manager: str) -> list[str]:
    """Whether the build stage gets what the base lacks: every toolchain brings `strip` along."""
    if toolchain_packages(levels, package_manager):
        return []
    way_out = "; toolchain=kept brings it to the build stage" if package_manager else ""
    return [f"prune={levels.prune.level} removes no debug symbols: this base has no strip{way_out}"]


def _system_notes(levels: Levels, project: Project, package_manager: str) -> list[str]:
    """What becomes of the packages that the service needs to run."""
    named = project.system_packages
    if (named.apt or named.apk) and not package_manager:
        return ["project.system_packages has no effect: this base has no package manager"]
    whole = levels.prune.unneeded_only
    if system_packages(project, package_manager) and levels.prune.own_root and not whole:
        kept = "what is opened" if levels.prune.trace else "the libraries that something links"
        return [f"prune={levels.prune.level} keeps {kept} of project.system_packages"]
    return []


def _mirror_notes(levels: Levels, project: Project, package_manager: str) -> list[str]:
    """URLs that no command uses."""
    mirror = levels.mirror
    installed = [
        *toolchain_packages(levels, package_manager),
        *system_packages(project, package_manager),
    ]
    used = {package_manager} if installed else set()
    return [
        f"mirror={mirror.level}: {name}_url has no effect: nothing is installed with {name}"
        for name, url in (("apt", mirror.apt_url), ("apk", mirror.apk_url))
        if url and name not in used
    ]
