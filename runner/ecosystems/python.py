"""Python: requirements, PEP 621, Poetry, PDM, uv and Pipenv, with their locks as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from runner.detect.applications import sources
from runner.detect.image_version import version_in_dockerfiles
from runner.detect.python_version import USUAL, fits, named_release, only_patch, wanted_python
from runner.dockerfile.facts import Manifest
from runner.ecosystems.django_static import collected
from runner.ecosystems.port import NOTHING, Ecosystem, Given, Lacking, Plain, Tree, health_in
from runner.ecosystems.python_imports import imported_install
from runner.ecosystems.python_installs import (
    Install,
    install_of,
    manifests_of,
    pyproject,
)
from runner.ecosystems.python_libraries import lacking_packages, required
from runner.ecosystems.python_start import start_of


class Python:
    """Projects with requirements, a pyproject.toml or a Pipfile at their root, or with sources that
    import a web framework."""

    @property
    def name(self) -> str:
        """What it is called."""
        return "python"

    def manifests(self, tree: Tree) -> tuple[Manifest, ...]:
        """The manifests of every tool that the project has files of."""
        return tuple(manifests_of(tree))

    def plain(self, tree: Tree, given: Given = NOTHING) -> Plain | Lacking | None:
        """The Dockerfile of a tutorial: everything copied, installed, started."""
        install = install_of(tree) or imported_install(tree)
        if install is None or isinstance(install, Lacking):
            return install
        named = "\n".join([required(tree), *install.lines])
        start = start_of(tree, named, given)
        if isinstance(start, Lacking):
            return start
        port = given.port or start.port
        version, where = _version(tree)
        collects = collected(tree)
        system = lacking_packages(named)
        packages = f"RUN apt-get update && apt-get install -y {' '.join(system)}" if system else ""
        dockerfile = [
            f"FROM python:{only_patch(tree.texts) or version or USUAL}",
            *filter(None, [packages]),
            "WORKDIR /app",
            "COPY . .",
            *install.lines,
            *install.environment,
            *_on_python_path(tree, install),
            *filter(None, [collects]),
            *(f"ENV {setting}" for setting in start.environment),
            f"EXPOSE {port}",
            f"CMD {json.dumps(start.command)}",
        ]
        return Plain(
            ecosystem=self.name,
            dockerfile="\n".join([*dockerfile, ""]),
            port=port,
            port_seen=given.port > 0 or start.port_seen,
            health_path=start.health_path
            or health_in(tree.texts[path] for path in sources(tree.texts)),
            health_where=start.where if start.health_path else Plain.health_where,
            evidence=(
                *_evidence(install),
                *(f"package {name}: {package} needs it" for name, package in system.items()),
                f"Python {version or USUAL}: {where or 'the project names none'}",
                f"command {' '.join(start.command)}: {start.where}",
            ),
            builds="manage.py collectstatic" if collects else "apt-get" if system else "",
        )

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:  # noqa: ARG002
        """None: the working directory is copied as a whole."""
        return ()


def _version(tree: Tree) -> tuple[str, str]:
    """The release of Python, and where that is said: in a file that names one, else a Dockerfile,
    else by a range."""
    release, where = version_in_dockerfiles(tree.texts, "python")
    if named_release(tree.texts) or "." not in release or not fits(tree.texts, release):
        return wanted_python(tree.texts)
    return release, where


def _evidence(install: Install) -> Iterator[str]:
    yield f"ecosystem python: dependencies from {install.seen}"
    for lock in install.aside:
        yield f"{lock} is there, too, and is not read"


def _on_python_path(tree: Tree, install: Install) -> list[str]:
    """src/ where modules or packages lie in it that nothing installs."""
    modules = any(re.match(r"src/(?:[^/]+/)?[^/]+\.py$", path) for path in tree.paths)
    built = install.of_project and "build-system" in pyproject(tree)
    return ["ENV PYTHONPATH=/app/src"] if modules and not built else []


def _proof(ecosystem: Python) -> Ecosystem:
    return ecosystem
