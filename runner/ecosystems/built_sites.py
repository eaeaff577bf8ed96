"""Sites that a Node project builds in a directory of its own for its server to hand out: what is
installed there is needed by the build alone."""

from __future__ import annotations

import posixpath
import re

from runner.ecosystems.node_frameworks import build_script, site_of
from runner.ecosystems.package_json import PACKAGE, package_of, scripts_of
from runner.ecosystems.port import Tree
from runner.ecosystems.subtree import Subtree

_SOURCE = re.compile(r".*\.[cm]?[jt]sx?")
_RUNS = ("start", "serve", "prestart", "poststart")


def built_sites(tree: Tree) -> tuple[str, ...]:
    """The directories of a project with a site that a script of its package.json builds, which
    nothing that starts it names, and whose packages none of its other sources name."""
    package = package_of(tree)
    if package is None:
        return ()
    scripts = scripts_of(package)
    starts = " ".join(scripts.get(name, "") for name in _RUNS)
    builds = " ".join(text for name, text in scripts.items() if name not in _RUNS)
    directories = [
        posixpath.dirname(path)
        for path in tree.paths
        if posixpath.basename(path) == PACKAGE and "/" in path and "node_modules/" not in path
    ]
    return tuple(
        place
        for place in directories
        if _names(place, builds)
        and not _names(place, starts)
        and _is_site(tree, place)
        and not _asks_for_packages(tree, place)
    )


def _names(place: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w./-])(?:\./)?{re.escape(place)}(?![\w-])", text))


def _is_site(tree: Tree, place: str) -> bool:
    inside = Subtree(tree, place)
    package = package_of(inside) or {}
    scripts = scripts_of(package)
    return bool(site_of(inside, package, scripts.get(build_script(scripts), "")))


def _asks_for_packages(tree: Tree, place: str) -> bool:
    """Whether a source elsewhere names what is installed there."""
    named = f"{posixpath.basename(place)}/node_modules"
    return any(
        named in text
        for path, text in tree.texts.items()
        if _SOURCE.fullmatch(path) and not path.startswith(f"{place}/")
    )
