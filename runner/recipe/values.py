"""Every value that reaches a Dockerfile or a .dockerignore, checked against what it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from runner.model.levels import Level, Levels
from runner.model.project import Check, Project
from runner.recipe import quoting
from runner.recipe.level_edits import own_levels
from runner.recipe.quoting import Grammar, invalid, require

OR_AN_OVERRIDE = ", or an override"
"""Where else than in the file a value may come from."""
_SERVICE_PORT = "a port from 1 to 65535, or 0 for the usual one of its image"


def check_values(levels: Levels, project: Project) -> None:
    """Raise `ConfigError` naming file, key, value and what is valid, for the first value that
    could not stand in a Dockerfile as it is."""
    _check_levels(levels)
    _check_project(project, levels.deps.level)


def _check_levels(levels: Levels) -> None:
    for factor, level in levels.every().items():
        require(quoting.LEVEL_NAME, f"{factor}: level", level.level)
    for factor, own in levels.own.items():
        for name in ("build_args", "environment"):
            _variables(_key(factor, own, name), getattr(own, name))
        for edit in (f"{name}={value}" for name, value in own.edits.items()):
            if edit not in own_levels():
                raise invalid(_key(factor, own, "edits"), edit, f"one of {', '.join(own_levels())}")
    base, installer, toolchain = levels.base, levels.installer, levels.toolchain
    require(quoting.IMAGE, _key("base", base, "image"), base.image)
    require(quoting.TAGGED, _key("base", base, "image"), base.image)
    if installer.requirement:
        require(quoting.PINNED, _key("installer", installer, "requirement"), installer.requirement)
    if installer.plugin:
        require(quoting.PINNED, _key("installer", installer, "plugin"), installer.plugin)
    _each(quoting.SYSTEM_PACKAGE, _key("toolchain", toolchain, "apt"), toolchain.apt)
    _each(quoting.SYSTEM_PACKAGE, _key("toolchain", toolchain, "apk"), toolchain.apk)
    _each(quoting.IGNORE_LINE, _key("context", levels.context, "ignore"), levels.context.ignore)
    prune = levels.prune
    _each(quoting.STDLIB_PATH, _key("prune", prune, "stdlib"), prune.stdlib)
    _each(quoting.NAME_PATTERN, _key("prune", prune, "patterns"), prune.patterns)
    _each(quoting.KEPT_PATH, _key("prune", prune, "keep"), prune.keep)
    for key in ("index_url", "apt_url", "apk_url"):
        url = getattr(levels.mirror, key)
        if url:
            quoting.mirror_url(_key("mirror", levels.mirror, key), url)


def _check_project(project: Project, dependencies: str) -> None:
    def key(name: str) -> str:
        return f"project/{project.name}.yaml{OR_AN_OVERRIDE}: {name}"

    if project.backend:
        require(quoting.RELATIVE_PATH, key("backend"), project.backend)
    require(quoting.RELATIVE_PATH, key("package"), project.package)
    _each(quoting.RELATIVE_PATH, key("dependency_files"), project.dependency_files)
    _each(quoting.IGNORE_LINE, key("ignore"), project.ignore)
    chosen = project.dependencies.get(dependencies)
    if chosen is not None:
        where = f"dependencies.{dependencies}"
        if chosen.requirements:
            require(quoting.RELATIVE_PATH, key(f"{where}.requirements"), chosen.requirements)
        _each(quoting.RELATIVE_PATH, key(f"{where}.files"), chosen.files)
        _each(quoting.DISTRIBUTION, key(f"{where}.poetry_groups"), chosen.poetry_groups)
    _variables(key("environment"), project.environment)
    _each(quoting.SYSTEM_PACKAGE, key("system_packages.apt"), project.system_packages.apt)
    _each(quoting.SYSTEM_PACKAGE, key("system_packages.apk"), project.system_packages.apk)
    if not project.command:
        raise invalid(key("command"), project.command, "a list of at least one word")
    for index, word in enumerate(project.command):
        quoting.argument(key(f"command[{index}]"), word)
    require_check(project.check, project.port, key)


def require_check(check: Check, port: int, key: Callable[[str], str]) -> None:
    """Raise `ConfigError` for what no HTTP request can ask and no container can be given; `key`
    names one of a project's keys."""
    _require_request(check, port, key)
    _given(check.environment, check.command, key, "check")
    for name, service in check.services.items():
        require(quoting.HOST_NAME, key("check.services"), name)
        _given(service.environment, service.command, key, f"check.services.{name}")
        if not 0 <= service.port <= 65535:
            raise invalid(key(f"check.services.{name}.port"), service.port, _SERVICE_PORT)


def _given(
    environment: Mapping[str, str], command: Sequence[str], key: Callable[[str], str], where: str
) -> None:
    """Check what a container is given when it is started."""
    for name, value in environment.items():
        require(quoting.GIVEN_VARIABLE, key(f"{where}.environment"), name)
        require(quoting.GIVEN_VALUE, key(f"{where}.environment.{name}"), value)
    for index, word in enumerate(command):
        quoting.argument(key(f"{where}.command[{index}]"), word)


def _require_request(check: Check, port: int, key: Callable[[str], str]) -> None:
    require(quoting.URL_PATH, key("check.health_path"), check.health_path)
    require(quoting.URL_PATH, key("check.request_path"), check.request_path)
    require(quoting.METHOD, key("check.request_method"), check.request_method)
    if not 1 <= port <= 65535:
        raise invalid(key("port"), port, "a port from 1 to 65535")
    if not 200 < check.healthy_below <= 600:
        raise invalid(key("check.healthy_below"), check.healthy_below, "a status from 201 to 600")


def _key(factor: str, level: Level, key: str) -> str:
    return f"{factor}/{level.level}.yaml{OR_AN_OVERRIDE}: {key}"


def _variables(where: str, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        require(quoting.VARIABLE, where, name)
        require(quoting.VARIABLE_VALUE, f"{where}.{name}", value)


def _each(grammar: Grammar, where: str, values: Iterable[str]) -> None:
    for index, value in enumerate(values):
        require(grammar, f"{where}[{index}]", value)
