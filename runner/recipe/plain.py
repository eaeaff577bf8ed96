"""The Dockerfile that the levels of a sweep are edits of: the one that a beginner would write for a
project of Python, everything in one stage and in the order in which it comes to mind."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from runner.model.levels import Family, InstallTool, Levels
from runner.model.project import DependencySet, Project
from runner.recipe import dockerfile
from runner.recipe.dockerfile import Instruction, plain
from runner.recipe.layout import Layout

BASE = "${BASE_IMAGE}"
APT = "apt"
APK_MANAGER = "apk"
_POETRY = "POETRY_VIRTUALENVS_CREATE=false poetry install\n--no-interaction --no-root"


def plain_text(levels: Levels, project: Project, package_manager: str, layout: Layout) -> str:
    """The text of that Dockerfile, for values that have been checked; `package_manager` is `apt`,
    `apk`, or empty for none."""
    own = levels.own.values()
    arguments = {key: value for level in own for key, value in level.build_args.items()}
    system = system_packages(project, package_manager)
    building = build_packages(levels, project, package_manager)
    dependencies = project.dependencies[levels.deps.level]
    return dockerfile.text(
        [
            plain(f"ARG BASE_IMAGE={levels.base.image}"),
            dockerfile.stage(BASE),
            *dockerfile.arguments(arguments),
            *dockerfile.env(own_environment(levels)),
            plain(f"WORKDIR {layout.workdir}"),
            layout.copy_all(),
            *_installed(_apart(system, building, levels), package_manager),
            *_tool(levels),
            dockerfile.run([_install(levels, dependencies)]),
            *dockerfile.env(project.environment),
            plain(f"EXPOSE {project.port}"),
            dockerfile.command(project.command),
        ]
    )


def own_environment(levels: Levels) -> dict[str, str]:
    """The variables that factors of the user's own set."""
    own = levels.own.values()
    return {key: value for level in own for key, value in level.environment.items()}


def toolchain_packages(levels: Levels, package_manager: str) -> list[str]:
    """What the toolchain level installs with this package manager; empty for none."""
    return _of(package_manager, {APT: levels.toolchain.apt, APK_MANAGER: levels.toolchain.apk})


def system_packages(project: Project, package_manager: str) -> list[str]:
    """What the service needs of this package manager to run; empty for none."""
    named = project.system_packages
    return _of(package_manager, {APT: named.apt, APK_MANAGER: named.apk})


def build_packages(levels: Levels, project: Project, package_manager: str) -> list[str]:
    """Those of the toolchain that the service does not need to run."""
    needed = system_packages(project, package_manager)
    return [x for x in toolchain_packages(levels, package_manager) if x not in needed]


def _of(package_manager: str, packages: Mapping[str, list[str]]) -> list[str]:
    return packages.get(package_manager, [])


def usual_manager(family: Family) -> str:
    """The package manager of this family's official images."""
    return APK_MANAGER if family is Family.alpine else APT


def _apart(system: list[str], building: list[str], levels: Levels) -> list[list[str]]:
    """What each command installs: a toolchain that is removed again has one of its own."""
    groups = [system, building] if levels.toolchain.remove else [[*system, *building]]
    return [group for group in groups if group]


def _installed(groups: list[list[str]], package_manager: str) -> list[Instruction]:
    if not groups:
        return []
    if package_manager == APK_MANAGER:
        return [dockerfile.run("\n".join(["apk add --update-cache", *x]) for x in groups)]
    install = "apt-get install -y --no-install-recommends"
    commands = ["\n".join([install, *packages]) for packages in groups]
    return [dockerfile.run(["apt-get update", *commands])]


def _tool(levels: Levels) -> list[Instruction]:
    """The installer itself, where it is neither in the base nor brought by an edit."""
    if levels.installer.tool is not InstallTool.poetry:
        return []
    packages = " ".join(filter(None, (levels.installer.requirement, levels.installer.plugin)))
    return [dockerfile.run([f"pip install {packages}"])] if packages else []


def _install(levels: Levels, dependencies: DependencySet) -> str:
    if levels.installer.tool is not InstallTool.poetry:
        return f"pip install -r {shlex.quote(dependencies.requirements)}"
    groups = ",".join(["main", *dependencies.poetry_groups])
    compiled = " --compile" if levels.bytecode.write else ""
    return f"{_POETRY} --only {groups}{compiled}"
