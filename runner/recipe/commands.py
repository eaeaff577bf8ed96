"""The shell commands of a recipe: package managers, installers, the virtual environment.

A `Step` is what one RUN does when every command has a layer of its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from runner.model.levels import Family, InstallTool, Levels
from runner.model.project import DependencySet, Project
from runner.recipe.caches import APK, APT_ARCHIVES, APT_LISTS, PIP, POETRY, UV, CacheFolder

VENV = "/opt/venv"
VENV_PYTHON = f"{VENV}/bin/python"
APT = "apt"
APK_MANAGER = "apk"


@dataclass(frozen=True)
class Step:
    """Commands that belong together, and the caches that they fill."""

    commands: tuple[str, ...]
    caches: tuple[CacheFolder, ...] = ()
    comment: str = ""
    installs_dependencies: bool = False


def toolchain_packages(levels: Levels, package_manager: str) -> list[str]:
    """What the toolchain level installs with this package manager; empty for none."""
    return {APT: levels.toolchain.apt, APK_MANAGER: levels.toolchain.apk}.get(package_manager, [])


def system_packages(project: Project, package_manager: str) -> list[str]:
    """What the service needs of this package manager to run; empty for none."""
    named = project.system_packages
    return {APT: named.apt, APK_MANAGER: named.apk}.get(package_manager, [])


def usual_manager(family: Family) -> str:
    """The package manager of this family's official images."""
    return APK_MANAGER if family is Family.alpine else APT


def add_packages(
    levels: Levels, package_manager: str, kept: Sequence[str], removed: Sequence[str] = ()
) -> Step:
    """Install packages of the distribution; `remove_toolchain` in the same RUN takes `removed`
    away again, and leaves `kept`."""
    sources = _mirror_commands(levels, package_manager)
    if package_manager == APK_MANAGER:
        return Step((*sources, *_apk_add(levels, kept, removed)), (APK,))
    commands = list(sources)
    if levels.cache.mount:
        # the official images delete every fetched package at once: nothing would reach the mount
        commands.append("rm -f /etc/apt/apt.conf.d/docker-clean")
    commands.append("apt-get update")
    if kept:
        commands.append(_apt_install(kept))
    if removed:
        commands += ["apt-mark showmanual > /tmp/manual", _apt_install(removed)]
    return Step(tuple(commands), (APT_ARCHIVES, APT_LISTS))


def _apt_install(packages: Sequence[str]) -> str:
    return "\n".join(["apt-get install -y --no-install-recommends", *packages])


def _apk_add(levels: Levels, kept: Sequence[str], removed: Sequence[str]) -> list[str]:
    words = ["apk add", "--no-cache" if levels.cache.no_cache_flags else "--update-cache"]
    if levels.cache.mount:
        words.append(f"--cache-dir {APK.path}")  # else apk keeps the index alone
    groups = (([*words], kept), ([*words, "--virtual .build-deps"], removed))
    return ["\n".join([" ".join(start), *packages]) for start, packages in groups if packages]


def remove_toolchain(package_manager: str) -> Step:
    """Remove what `add_packages` was told to prepare for, and nothing that was there before."""
    if package_manager == APK_MANAGER:
        return Step(("apk del --no-network .build-deps",), (APK,))
    return Step(
        (
            "apt-mark auto '.*' > /dev/null",
            "xargs apt-mark manual < /tmp/manual > /dev/null",
            "apt-get purge -y --auto-remove",
            "rm /tmp/manual",
        ),
        (APT_ARCHIVES, APT_LISTS),
    )


def _mirror_commands(levels: Levels, package_manager: str) -> tuple[str, ...]:
    """Point the distribution's sources at the mirror: scheme and host are replaced, paths kept."""
    if package_manager == APT and levels.mirror.apt_url:
        expression = shlex.quote(f"s#https?://[^/ ]+#{levels.mirror.apt_url.rstrip('/')}#")
        names = r"\( -name '*.list' -o -name '*.sources' \)"
        return (f"find /etc/apt {names}\n-exec sed -E -i {expression} '{{}}' +",)
    if package_manager == APK_MANAGER and levels.mirror.apk_url:
        expression = shlex.quote(f"s#https?://[^/ ]+#{levels.mirror.apk_url.rstrip('/')}#")
        return (f"sed -E -i {expression} /etc/apk/repositories",)
    return ()


def make_venv() -> Step:
    """A virtual environment without pip: what installs stays with the build stage."""
    return Step((f"python -m venv --without-pip {VENV}",))


def add_tool(levels: Levels) -> Step | None:
    """Install the installer itself with pip; None for what the base has (pip)."""
    if not levels.installer.requirement:
        return None
    packages = " ".join(filter(None, (levels.installer.requirement, levels.installer.plugin)))
    return Step((f"pip install {_pip_flags(levels)}{packages}",), (PIP,))


def install(levels: Levels, dependencies: DependencySet, folder: str, venv: bool) -> Step:
    """Install the dependency set; `folder` is where its files lie (empty: the working folder)."""
    if levels.installer.tool is InstallTool.poetry:
        command, cache = _poetry(levels, dependencies, folder, venv), POETRY
    elif levels.installer.tool is InstallTool.uv:
        command, cache = _uv(levels, _at(folder, dependencies.requirements), venv), UV
    else:
        command, cache = _pip(levels, _at(folder, dependencies.requirements), venv), PIP
    return Step((command,), (cache,), installs_dependencies=True)


def _at(folder: str, path: str) -> str:
    return shlex.quote(f"{folder}/{path}" if folder else path)


def _pip_flags(levels: Levels) -> str:
    flags = ["--no-cache-dir"] if levels.cache.no_cache_flags else []
    if not levels.bytecode.write:
        flags.append("--no-compile")
    return "".join(f"{flag} " for flag in flags)


def _pip(levels: Levels, requirements: str, venv: bool) -> str:
    program = f"pip --python {VENV_PYTHON}" if venv else "pip"
    return f"{program} install {_pip_flags(levels)}-r {requirements}"


def _uv(levels: Levels, requirements: str, venv: bool) -> str:
    words = ["uv pip install", f"--python {VENV_PYTHON}" if venv else "--system"]
    if levels.cache.no_cache_flags:
        words.append("--no-cache")
    if levels.cache.mount:
        words.append("--link-mode=copy")
    if levels.bytecode.write:
        words.append("--compile-bytecode")
    # with both flags one line would be too long to read
    gap = "\n" if levels.cache.mount and levels.bytecode.write else " "
    return f"{' '.join(words)}{gap}-r {requirements}"


def _poetry(levels: Levels, dependencies: DependencySet, folder: str, venv: bool) -> str:
    environment = f"VIRTUAL_ENV={VENV}" if venv else "POETRY_VIRTUALENVS_CREATE=false"
    groups = ",".join(["main", *dependencies.poetry_groups])
    words = [f"{environment} poetry install\n--no-interaction --no-root --only {groups}"]
    if folder:
        words.append(f"--directory {shlex.quote(folder)}")
    if levels.cache.no_cache_flags:
        words.append("--no-cache")
    if levels.bytecode.write:
        words.append("--compile")
    return " ".join(words)
