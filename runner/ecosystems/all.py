"""Every ecosystem that is known, and what they know of one project together."""

from __future__ import annotations

from runner.dockerfile.facts import BaseConfig, Facts, Manifest
from runner.ecosystems.built_sites import built_sites
from runner.ecosystems.go import Go, heard_in_go
from runner.ecosystems.installers import INSTALLERS
from runner.ecosystems.node import Node
from runner.ecosystems.node_development import for_development
from runner.ecosystems.node_outputs import built_outputs
from runner.ecosystems.node_scripts import node_scripts
from runner.ecosystems.node_start import heard_in_node
from runner.ecosystems.node_yarn import as_installer, new_yarn
from runner.ecosystems.port import NOTHING, Ecosystem, Given, Lacking, Plain, Tree
from runner.ecosystems.python import Python
from runner.ecosystems.python_libraries import libraries_of
from runner.ecosystems.scripts import programs_of_scripts
from runner.ecosystems.source_programs import programs_of_sources
from runner.ecosystems.static import Static

PLAIN_IGNORE = {
    "python": ".git\n**/__pycache__\n.venv\n",
    "node": ".git\n**/node_modules\n",
    "go": ".git\n",
    "static": ".git\n",
}
"""Ecosystem → the .dockerignore that goes with its plain Dockerfile: what would break a build."""

ECOSYSTEMS: tuple[Ecosystem, ...] = (Python(), Node(), Go(), Static())


def facts_of(tree: Tree, base: BaseConfig | None = None, *, mount_ids: bool = True) -> Facts:
    """What edits may know of a project: `tree` is what a build of it is sent."""
    manifests: list[Manifest] = []
    runtime_files: list[str] = []
    for ecosystem in ECOSYSTEMS:
        manifests += ecosystem.manifests(tree)
        runtime_files += ecosystem.runtime_files(tree)
    yarn = new_yarn(tree)
    return Facts(
        installers=tuple(as_installer(yarn, installer) for installer in INSTALLERS),
        manifests=tuple(manifests),
        base=base,
        runtime_files=tuple(dict.fromkeys(runtime_files)),
        scripts=programs_of_scripts(tree),
        started=programs_of_sources(tree.texts),
        libraries=libraries_of(tree),
        node_scripts=node_scripts(tree),
        built_sites=built_sites(tree),
        for_development=for_development(tree),
        outputs=built_outputs(tree),
        yarn=yarn,
        mount_ids=mount_ids,
    )


def plain_of(tree: Tree, given: Given = NOTHING) -> Plain | Lacking | None:
    """The plain Dockerfile of the first ecosystem that can write one; else what the first one that
    knows the project lacks; None for a project of no language that is known."""
    lacking: Lacking | None = None
    for ecosystem in ECOSYSTEMS:
        found = ecosystem.plain(tree, given)
        if isinstance(found, Plain):
            return found
        lacking = lacking or found
    return lacking


def heard_port(tree: Tree) -> tuple[int, str] | None:
    """The port that a project's sources listen on, whether it has a manifest or not, and where that
    is said."""
    return heard_in_go(tree) or heard_in_node(tree)
