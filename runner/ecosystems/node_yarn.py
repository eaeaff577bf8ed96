"""The settings of yarn 2 and later, read from .yarnrc.yml, package.json and yarn.lock."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runner.dockerfile.facts import CacheDirectory, Installer
from runner.dockerfile.new_yarn import PNP, NewYarn
from runner.ecosystems.node_tools import YARN_SETTINGS, is_new_yarn
from runner.ecosystems.package_json import package_of, scripts_of
from runner.ecosystems.port import Tree
from runner.model.foreign import ForeignError, yaml_document

_RELEASE = re.compile(r"(?:^|/)yarn-(\d+)[\w.-]*\.[cm]?js$")
_LOCK = re.compile(r"^__metadata:\s*\n\s+version: (\d+)", re.MULTILINE)
_FOURTH = 8
"""The version of yarn.lock from which on yarn 4 has written it."""
_MOVES = ("cacheFolder", "pnpUnpluggedFolder", "virtualFolder")
_HOOKS = ("preinstall", "install", "postinstall")
_FOCUS = "workspace-tools"
"""The plugin of yarn 2 and 3 that knows `yarn workspaces focus`."""


def new_yarn(tree: Tree) -> NewYarn | None:
    """The yarn that installs a project; None where it is no yarn 2 or later, and where its
    settings cannot be read."""
    package = package_of(tree) or {}
    settings = _settings(tree)
    if settings is None or not is_new_yarn(tree, package):
        return None
    is_fourth = _major(tree, package, settings) >= 4
    scripts = scripts_of(package)
    has_release = isinstance(settings.get("yarnPath"), str)
    return NewYarn(
        linker=str(settings.get("nodeLinker", PNP)),
        global_cache=settings.get("enableGlobalCache", is_fourth) is not False,
        focuses=is_fourth or _FOCUS in str(settings.get("plugins", "")),
        has_release=has_release,
        is_named=has_release or bool(_named(package, settings)),
        moves=next((key for key in _MOVES if key in settings), ""),
        hook=next((name for name in _HOOKS if name in scripts), ""),
        files=tuple(_files(tree, settings)),
        is_module=package.get("type") == "module",
    )


def as_installer(yarn: NewYarn | None, installer: Installer) -> Installer:
    """The installer of yarn, as the project's yarn keeps what it fetches: what Plug'n'Play runs
    from is no cache."""
    if yarn is None or not yarn.is_named or installer.name != "yarn":
        return installer
    caches = () if yarn.plugs else (CacheDirectory("~/.yarn/berry/cache"),)
    return replace(installer, caches=caches, clean="")


def _files(tree: Tree, settings: Mapping[str, Any]) -> list[str]:
    plugins = settings.get("plugins")
    named = [settings.get("yarnPath"), *(plugins if isinstance(plugins, list) else [])]
    paths = [x.get("path") if isinstance(x, dict) else x for x in named]
    own = [YARN_SETTINGS] if YARN_SETTINGS in tree.paths else []
    inside = (posixpath.normpath(path) for path in paths if isinstance(path, str))
    return own + [path for path in inside if not path.startswith(("..", "/"))]


def _settings(tree: Tree) -> Mapping[str, Any] | None:
    """The document; empty where there is none, None where it cannot be read."""
    if YARN_SETTINGS not in tree.paths:
        return {}
    try:
        found = yaml_document(tree.texts[YARN_SETTINGS])
    except (KeyError, ForeignError):
        return None
    return {} if found is None else found if isinstance(found, dict) else None


def _named(package: Mapping[str, Any], settings: Mapping[str, Any]) -> re.Match[str] | None:
    named = re.match(r"yarn@(\d+)", str(package.get("packageManager", "")))
    return named or _RELEASE.search(str(settings.get("yarnPath", "")))


def _major(tree: Tree, package: Mapping[str, Any], settings: Mapping[str, Any]) -> int:
    """Its major version: as it is named, else that of its file, else the one that wrote the
    lock."""
    if found := _named(package, settings):
        return int(found[1])
    written = _LOCK.search(tree.texts.get("yarn.lock", ""))
    return 4 if written and int(written[1]) >= _FOURTH else 2
