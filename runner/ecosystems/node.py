"""Node: package.json with the lock file of npm, yarn, pnpm or Bun."""

from __future__ import annotations

import json
import posixpath
import re
from typing import Any

from runner.detect.image_version import version_in_dockerfiles
from runner.dockerfile.facts import Manifest
from runner.ecosystems.busy_packages import names_writer
from runner.ecosystems.node_frameworks import build_script, site_of, standalone_hint, without_server
from runner.ecosystems.node_start import (
    LONGEST,
    is_for_developers,
    port_of,
    source_files,
    start_of,
    start_seen,
    started_server,
)
from runner.ecosystems.node_tools import BUN, BUN_IMAGE, install_lines, lock_of, tool_of
from runner.ecosystems.node_yarn import new_yarn
from runner.ecosystems.package_json import PACKAGE, package_of, scripts_of
from runner.ecosystems.port import (
    GIVEN_IN,
    NO_PORT,
    NOTHING,
    Ecosystem,
    Given,
    Lacking,
    Plain,
    Tree,
    given_port,
    health_in,
)
from runner.ecosystems.static import PORT, ROOT, SERVER

NPMRC = ".npmrc"
PNPM_WORKSPACE = "pnpm-workspace.yaml"
NEWEST = "22"
_HOOKS = ("preinstall", "install", "postinstall", "prepare")
_OF_GIT = re.compile(
    r"(?:is-ci \|\| )?(?:npx )?(?:husky(?: install)?|simple-git-hooks|only-allow (?:npm|pnpm|yarn))"
    r"(?: \|\| (?:true|exit 0|:))?"
)
"""Scripts that make hooks of Git, which no build has, or look at the package manager alone."""
_NO_BUILD = re.compile(r"(?:^|[:_-])(?:test|e2e|lint|debug|dev|watch|cov|format)(?:$|[:_-])")
"""Names of scripts that no build runs."""
_VERSION = re.compile(r"(\d+)")


class Node:
    """Projects with a package.json at their root."""

    @property
    def name(self) -> str:
        """What it is called."""
        return "node"

    def manifests(self, tree: Tree) -> tuple[Manifest, ...]:
        """package.json and its lock, in each directory that has one."""
        found = []
        for path in sorted(tree.paths, key=lambda path: (path.count("/"), path)):
            if posixpath.basename(path) == PACKAGE and "node_modules/" not in path:
                found.append(_manifest(tree, posixpath.dirname(path)))
        return tuple(found)

    def plain(self, tree: Tree, given: Given = NOTHING) -> Plain | Lacking | None:
        """The Dockerfile of a tutorial: everything copied, installed, built, started."""
        if PACKAGE not in tree.paths:
            return None
        package = package_of(tree, PACKAGE)
        if package is None:
            return Lacking(f"{PACKAGE} is not a JSON object: mend it, or bring a Dockerfile")
        scripts = scripts_of(package)
        script = build_script(scripts)
        if not given.command and is_for_developers(scripts):
            if out := site_of(tree, package, scripts.get(script, "")):
                return _site(tree, package, out, script)
            if why := without_server(package):
                return Lacking(why)
        start = list(given.command) or start_of(tree, package)
        if start is None:
            return Lacking(
                f"{PACKAGE} has no `start` script and no server file was found: add"
                ' `"start": "node server.js"` to its scripts, or bring a Dockerfile'
            )
        tool = tool_of(tree)
        port, seen = given_port(given) or port_of(tree, package)
        version, said = _version(tree, package)
        server = started_server(tree, package, start)
        build = [f"{tool or 'npm'} run build", *server.steps]
        environment = {**server.environment, "PORT": str(port)}
        started = GIVEN_IN if given.command else start_seen(package, start, server)
        lines = [
            f"FROM {_image(tool, version)}",
            "WORKDIR /app",
            "COPY . .",
            *install_lines(tree, package),
            *([f"RUN {' && '.join(build)}"] if "build" in scripts else []),
            *(f"ENV {name}={value}" for name, value in environment.items()),
            f"EXPOSE {port}",
            f"CMD {json.dumps(start)}",
        ]
        return Plain(
            ecosystem=self.name,
            dockerfile="\n".join([*lines, ""]),
            port=port,
            port_seen=not seen.startswith(NO_PORT),
            health_path=health_in(tree.texts.get(path, "") for path in source_files(tree)),
            evidence=(
                *_seen(tree, tool, version, said),
                f"start {' '.join(start)}: {started}",
                f"port {port}: {seen}",
                *standalone_hint(tree, package),
            ),
            environment=environment,
        )

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:  # noqa: ARG002
        """None: the working directory is copied as a whole."""
        return ()


def _image(tool: str, version: str) -> str:
    """The image that installs and starts a project: Bun does both by itself."""
    return BUN_IMAGE if tool == BUN else f"node:{version}"


def _seen(tree: Tree, tool: str, version: str, said: str) -> tuple[str, ...]:
    """The evidence that is the same of a service and of a site."""
    runtime = f"Bun: {lock_of(tree)}" if tool == BUN else f"Node {version}: {said}"
    return (
        f"ecosystem node: {PACKAGE}",
        runtime,
        f"installer {tool or 'npm'}: {lock_of(tree) or 'no lock file'}",
    )


def _site(tree: Tree, package: dict[str, Any], out: str, script: str) -> Plain:
    """The Dockerfile of a site: bundled on Node, handed out by nginx."""
    tool = tool_of(tree)
    version, said = _version(tree, package)
    lines = [
        f"FROM {_image(tool, version)} AS build",
        "WORKDIR /app",
        "COPY . .",
        *install_lines(tree, package),
        f"RUN {tool or 'npm'} run {script}",
        "",
        f"FROM {SERVER}",
        f"COPY --from=build /app/{out} {ROOT}",
        f"EXPOSE {PORT}",
    ]
    build = " ".join(scripts_of(package)[script].split())[:LONGEST]
    return Plain(
        ecosystem="node",
        dockerfile="\n".join([*lines, ""]),
        port=PORT,
        evidence=(
            *_seen(tree, tool, version, said),
            f"site {out} on {SERVER}: scripts.{script} in {PACKAGE} ({build})",
            f"port {PORT}: that of {SERVER}",
        ),
        is_site=True,
    )


def _manifest(tree: Tree, folder: str) -> Manifest:
    lock = lock_of(tree, folder)
    names = [PACKAGE, *([lock] if lock else []), *_settings(tree, folder)]
    files = [posixpath.join(folder, name) for name in names]
    files = [path for path in files if path in tree.paths]
    if not folder and (yarn := new_yarn(tree)):
        files += yarn.files
    package = package_of(tree, posixpath.join(folder, PACKAGE)) or {}
    scripts = scripts_of(package)
    hooks = [name for name in _HOOKS if name in scripts]
    needy = [name for name in hooks if not _OF_GIT.fullmatch(scripts[name].strip())]
    local = _local(package)
    reason = ""
    if needy:
        reason = f"{PACKAGE} has a script `{needy[0]}`, which may need the sources"
    elif "workspaces" in package or _has_packages(tree, folder):
        reason = f"{PACKAGE} has workspaces, whose manifests lie elsewhere"
    elif local:
        reason = f"{PACKAGE} depends on files of the project ({local})"
    elif "patch:" in tree.texts.get(posixpath.join(folder, PACKAGE), ""):
        reason = f"{PACKAGE} names patches of packages, which are files of the project"
    tool = tool_of(tree, folder) or "npm"
    said = _without_tests(package)
    later = "node_modules" in said or names_writer(said)
    return Manifest(
        tuple(files), tool, not reason, reason, written_later=later, has_hooks=bool(hooks)
    )


def _without_tests(package: dict[str, Any]) -> str:
    """The keys of a package.json, the packages that it names, and its scripts without those that no
    build runs: for tests, and for whoever edits the sources."""
    tables = (package.get(f"{kind}ependencies") for kind in ("d", "devD", "optionalD"))
    names = [*package, *(name for x in tables if isinstance(x, dict) for name in x)]
    scripts = [x for name, x in scripts_of(package).items() if not _NO_BUILD.search(name)]
    return "\n".join([*(f'"{name}"' for name in names), *scripts])


def _settings(tree: Tree, folder: str) -> list[str]:
    """Settings that installing reads; not those that the context leaves out."""
    ignored = tree.texts.get(".dockerignore", "")
    names = (NPMRC, PNPM_WORKSPACE)
    return [
        name for name in names if posixpath.join(folder, name) in tree.paths and name not in ignored
    ]


def _has_packages(tree: Tree, folder: str) -> bool:
    """Whether pnpm-workspace.yaml names packages: pnpm keeps settings in it, too."""
    path = posixpath.join(folder, PNPM_WORKSPACE)
    unread = path in tree.paths and path not in tree.texts
    return unread or bool(re.search(r"^packages:", tree.texts.get(path, ""), re.MULTILINE))


def _local(package: dict[str, Any]) -> str:
    found = package.get("dependencies")
    values = found.items() if isinstance(found, dict) else ()
    return next(
        (
            str(n)
            for n, v in values
            if str(v).startswith(("file:", "link:", "portal:", "workspace:"))
        ),
        "",
    )


def is_node(reference: str) -> bool:
    """Whether an image is an official one of Node, which starts nothing but Node's prompt."""
    return bool(re.fullmatch(r"(?:.*/)?node(?::[\w.-]+)?(?:@sha256:\w+)?", reference))


def _version(tree: Tree, package: dict[str, Any]) -> tuple[str, str]:
    """The major version of Node, and where that is said."""
    for name in (".nvmrc", ".node-version"):
        if match := _VERSION.search(tree.texts.get(name, "")):
            return match[1], name
    release, where = version_in_dockerfiles(tree.texts, "node")
    if release:
        return release.partition(".")[0], where
    engines = package.get("engines")
    wanted = str(engines.get("node", "")) if isinstance(engines, dict) else ""
    numbers = [int(number) for number in re.findall(r"(?<![.\d])(\d{1,2})(?=\D|$)", wanted)]
    if numbers:
        open_ended = ">" in wanted
        lowest = min(numbers)
        return (
            NEWEST if open_ended and lowest <= int(NEWEST) else str(lowest)
        ), f"engines.node in {PACKAGE} ({wanted})"
    return NEWEST, "the project names none"


def _proof(ecosystem: Node) -> Ecosystem:
    return ecosystem
