"""The shell commands of a recipe: package managers, installers, the virtual environment.

A `Step` is what one RUN does when every command has a layer of its own.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from runner.model.levels import InstallTool, Levels
from runner.model.project import DependencySet
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


def add_toolchain(levels: Levels, package_manager: str, removable: bool) -> Step:
    """Install compiler and headers; `removable` prepares for `remove_toolchain` in the same RUN."""
    packages = "\n".join(toolchain_packages(levels, package_manager))
    sources = _mirror_commands(levels, package_manager)
    if package_manager == APK_MANAGER:
        words = ["apk add", "--no-cache" if levels.cache.no_cache_flags else "--update-cache"]
        if levels.cache.mount:
            words.append(f"--cache-dir {APK.path}")  # else apk keeps the index alone
        if removable:
            words.append("--virtual .build-deps")
        return Step((*sources, f"{' '.join(words)}\n{packages}"), (APK,))
    commands = list(sources)
    if levels.cache.mount:
        # the official images delete every fetched package at once: nothing would reach the mount
        commands.append("rm -f /etc/apt/apt.conf.d/docker-clean")
    if removable:
        commands.append("apt-mark showmanual > /tmp/manual")
    commands += [
        "apt-get update",
        f"apt-get install -y --no-install-recommends\n{packages}",
    ]
    return Step(tuple(commands), (APT_ARCHIVES, APT_LISTS))


def remove_toolchain(package_manager: str) -> Step:
    """Remove what `add_toolchain(removable=True)` added, and nothing that the base had before."""
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
    return Step((f"pip install {_pip_flags(levels)}{levels.installer.requirement}",), (PIP,))


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
