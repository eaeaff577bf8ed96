"""Which programs and scripts of a project of Node are there only with the packages that it has for
development, so that an image which starts one needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runner.dockerfile.node_commands import ForDevelopment
from runner.ecosystems.package_json import package_of, scripts_of
from runner.ecosystems.port import Tree

_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "typescript": ("tsc",),
    "@babel/cli": ("babel",),
    "@babel/node": ("babel-node",),
    "@nestjs/cli": ("nest",),
    "@angular/cli": ("ng",),
    "@vue/cli-service": ("vue-cli-service",),
    "@remix-run/dev": ("remix",),
    "@react-router/dev": ("react-router",),
    "@sveltejs/kit": ("svelte-kit",),
    "@swc/cli": ("swc",),
    "cross-env": ("cross-env", "cross-env-shell"),
    "concurrently": ("concurrently", "conc"),
    "dotenv-cli": ("dotenv",),
    "npm-run-all": ("npm-run-all", "run-s", "run-p"),
    "pm2": ("pm2", "pm2-runtime", "pm2-docker"),
    "sequelize-cli": ("sequelize", "sequelize-cli"),
    "ts-node": ("ts-node", "ts-node-esm", "ts-script"),
    "ts-node-dev": ("ts-node-dev", "tsnd"),
    "webpack-cli": ("webpack", "webpack-cli"),
}
"""Package → its programs, where these have other names than the package."""


def for_development(tree: Tree) -> ForDevelopment:
    """What of its package.json needs packages that are for development alone; a script also needs
    what the scripts before and behind it need, and those that it runs."""
    package = package_of(tree) or {}
    packages = _only_for_development(package)
    programs = {program: name for name in packages for program in _programs_of(name)}
    found = ForDevelopment(frozenset(packages), programs)
    scripts = scripts_of(package)
    for _ in scripts:
        known = {
            name: needed
            for name, text in scripts.items()
            if (needed := _needed(name, text, scripts, found))
        }
        if known == found.scripts:
            break
        found = replace(found, scripts=known)
    return found


def _needed(name: str, text: str, scripts: Mapping[str, str], found: ForDevelopment) -> str:
    texts = (scripts.get(f"pre{name}", ""), text, scripts.get(f"post{name}", ""))
    return next(filter(None, map(found.needed_by, texts)), "")


def _only_for_development(package: Mapping[str, Any]) -> set[str]:
    groups = [package.get(key) for key in ("devDependencies", "dependencies")]
    development, usual = (set(group) if isinstance(group, dict) else set() for group in groups)
    return {str(name) for name in development - usual}


def _programs_of(package: str) -> tuple[str, ...]:
    if package.startswith("@types/"):  # declarations, and no program
        return ()
    return _PROGRAMS.get(package, (package.rpartition("/")[2],))
