"""Node: package.json with the lock file of npm, yarn or pnpm."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Any

from runner.dockerfile.facts import Manifest
from runner.ecosystems.node_scripts import without_env_files
from runner.ecosystems.node_tools import install_lines, is_new_yarn, lock_of, tool_of
from runner.ecosystems.package_json import PACKAGE, package_of, scripts_of
from runner.ecosystems.port import (
    GIVEN_IN,
    NOTHING,
    Ecosystem,
    Given,
    Lacking,
    Plain,
    Tree,
    given_port,
    line_of,
)
from runner.ecosystems.static import PORT, ROOT, SERVER, bundled

NPMRC = ".npmrc"
PNPM_WORKSPACE = "pnpm-workspace.yaml"
NEWEST = "22"
_HOOKS = ("preinstall", "install", "postinstall", "prepare")
_WRITTEN_LATER = re.compile(
    r"node_modules|\"(?:@?prisma\b|zenstack|nexus|patch-package|ts-patch|ttypescript|contentlayer)"
)
"""In a package.json: something else than the installer writes into what is installed."""
_SERVERS = ("server.js", "index.js", "app.js", "src/index.js", "src/server.js", "src/app.js")
_FOR_DEVELOPERS = re.compile(
    r"\b(?:nest start|nodemon|ts-node(?:-dev)?|tsx|react-scripts start"
    r"|webpack(?:-dev-server| serve)|ng serve|next dev|nuxt dev|vue-cli-service serve)\b|--watch\b"
)
"""What of a `start` script is for whoever edits the sources."""
_BUNDLER_STARTS = re.compile(
    r"\b(?:react-scripts start|webpack(?:-dev-server| serve)|vue-cli-service serve|parcel|gatsby)"
    r"|\b(?:vite|astro dev)(?:$|\s)"
)
_FOR_PRODUCTION = ("start:prod", "start:production", "prod", "serve:prod")
_LISTENS = re.compile(r"\.listen\(\s*(?:\{\s*port:\s*)?(\d{2,5})\b")
_DEFAULT_PORT = re.compile(r"PORT\b[^;\n]{0,40}?(?:\|\||\?\?|,)\s*[\"'`]?(\d{2,5})\b")
_PORT_OPTION = re.compile(r"(?:--port[= ]|-p |PORT=)(\d{2,5})\b")
_LONGEST = 80
"""Characters of a script that are shown."""
_VERSION = re.compile(r"(\d+)")
_HEALTH = ("/health", "/healthz", "/healthcheck", "/ping", "/livez")


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
        if not given.command and (out := _bundle(tree, package)):
            return _static(tree, package, out)
        start = list(given.command) or _start(tree, package)
        if start is None:
            return Lacking(
                f"{PACKAGE} has no `start` script and no server file was found: add"
                ' `"start": "node server.js"` to its scripts, or bring a Dockerfile'
            )
        tool = tool_of(tree)
        port, seen = given_port(given) or _port(tree, package)
        version, said = _version(tree, package)
        scripts = scripts_of(package)
        started = GIVEN_IN if given.command else _start_seen(package, start)
        lines = [
            f"FROM node:{version}",
            "WORKDIR /app",
            "COPY . .",
            *install_lines(tree, package),
            *([f"RUN {tool or 'npm'} run build"] if "build" in scripts else []),
            f"ENV PORT={port}",
            f"EXPOSE {port}",
            f"CMD {json.dumps(start)}",
        ]
        return Plain(
            ecosystem=self.name,
            dockerfile="\n".join([*lines, ""]),
            port=port,
            health_path=_health(tree),
            evidence=(
                *_seen(tree, tool, version, said),
                f"start {' '.join(start)}: {started}",
                f"port {port}: {seen}",
            ),
            source_file=_source(tree, package),
            dependency_file=PACKAGE,
            environment={"PORT": str(port)},
        )

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:  # noqa: ARG002
        """None: the working directory is copied as a whole."""
        return ()


def _bundle(tree: Tree, package: dict[str, Any]) -> str:
    """The directory of a site that is bundled and that nothing but a server for developers starts;
    empty for any other project."""
    scripts = scripts_of(package)
    start = scripts.get("start", "")
    if (start and not _BUNDLER_STARTS.search(start)) or any(x in scripts for x in _FOR_PRODUCTION):
        return ""
    named = package.get("dependencies")
    return bundled(tree, scripts.get("build", ""), list(named) if isinstance(named, dict) else [])


def _seen(tree: Tree, tool: str, version: str, said: str) -> tuple[str, ...]:
    """The evidence that is the same of a service and of a site."""
    return (
        f"ecosystem node: {PACKAGE}",
        f"Node {version}: {said}",
        f"installer {tool or 'npm'}: {lock_of(tree) or 'no lock file'}",
    )


def _static(tree: Tree, package: dict[str, Any], out: str) -> Plain:
    """The Dockerfile of a site: bundled on Node, handed out by nginx."""
    tool = tool_of(tree)
    version, said = _version(tree, package)
    lines = [
        f"FROM node:{version} AS build",
        "WORKDIR /app",
        "COPY . .",
        *install_lines(tree, package),
        f"RUN {tool or 'npm'} run build",
        "",
        f"FROM {SERVER}",
        f"COPY --from=build /app/{out} {ROOT}",
        f"EXPOSE {PORT}",
    ]
    build = " ".join(scripts_of(package)["build"].split())[:_LONGEST]
    return Plain(
        ecosystem="node",
        dockerfile="\n".join([*lines, ""]),
        port=PORT,
        evidence=(
            *_seen(tree, tool, version, said),
            f"site {out} on {SERVER}: scripts.build in {PACKAGE} ({build})",
            f"port {PORT}: that of {SERVER}",
        ),
        source_file=_source(tree, package),
        dependency_file=PACKAGE,
    )


def _manifest(tree: Tree, folder: str) -> Manifest:
    lock = lock_of(tree, folder)
    names = [PACKAGE, *([lock] if lock else []), *_settings(tree, folder)]
    files = [posixpath.join(folder, name) for name in names]
    files = [path for path in files if path in tree.paths]
    package = package_of(tree, posixpath.join(folder, PACKAGE)) or {}
    hooks = [name for name in _HOOKS if name in scripts_of(package)]
    local = _local(package)
    reason = ""
    if hooks:
        reason = f"{PACKAGE} has a script `{hooks[0]}`, which may need the sources"
    elif "workspaces" in package or _has_packages(tree, folder):
        reason = f"{PACKAGE} has workspaces, whose manifests lie elsewhere"
    elif local:
        reason = f"{PACKAGE} depends on files of the project ({local})"
    tool = tool_of(tree, folder) or "npm"
    written = _WRITTEN_LATER.search(tree.texts.get(posixpath.join(folder, PACKAGE), ""))
    return Manifest(tuple(files), tool, not reason, reason, written_later=written is not None)


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
        (str(n) for n, v in values if str(v).startswith(("file:", "link:", "workspace:"))), ""
    )


def _start(tree: Tree, package: dict[str, Any]) -> list[str] | None:
    scripts = scripts_of(package)
    # yarn's newer releases may keep packages where only what yarn starts finds them
    runner = "yarn" if is_new_yarn(tree, package) else "npm"
    if _FOR_DEVELOPERS.search(scripts.get("start", "")):
        for name in _FOR_PRODUCTION:
            if name in scripts:
                return without_env_files(scripts[name], tree.paths) or [runner, "run", name]
    if "start" in scripts:
        return without_env_files(scripts["start"], tree.paths) or [runner, "start"]
    main = package.get("main")
    files = [*([main] if isinstance(main, str) else []), *_SERVERS]
    there = [name for name in files if posixpath.normpath(name) in tree.paths]
    return ["node", posixpath.normpath(there[0])] if there else None


def is_node(reference: str) -> bool:
    """Whether an image is an official one of Node, which starts nothing but Node's prompt."""
    return bool(re.fullmatch(r"(?:.*/)?node(?::[\w.-]+)?(?:@sha256:\w+)?", reference))


def start_words(tree: Tree) -> list[str]:
    """What starts the project, as its package.json says it; nothing where that says nothing."""
    package = package_of(tree, PACKAGE) if PACKAGE in tree.paths else None
    return _start(tree, package) or [] if package else []


def _start_seen(package: dict[str, Any], start: Sequence[str]) -> str:
    """The key of package.json that says how it is started, and what it says."""
    name = start[-1] if start[0] in ("npm", "yarn") else ""
    script = scripts_of(package).get(name)
    if script is not None:
        return f"scripts.{name} in {PACKAGE} ({' '.join(script.split())[:_LONGEST]})"
    scripts = scripts_of(package)
    if any("--env-file" in scripts.get(x, "") for x in ("start", *_FOR_PRODUCTION)):
        return f"scripts in {PACKAGE}, without a file of variables that is not there"
    return f"main in {PACKAGE}" if "main" in package else f"no scripts.start in {PACKAGE}"


def _version(tree: Tree, package: dict[str, Any]) -> tuple[str, str]:
    """The major version of Node, and where that is said."""
    for name in (".nvmrc", ".node-version"):
        if match := _VERSION.search(tree.texts.get(name, "")):
            return match[1], name
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


def _port(tree: Tree, package: dict[str, Any]) -> tuple[int, str]:
    """The port that it listens on, and where that is said."""
    if match := _PORT_OPTION.search(scripts_of(package).get("start", "")):
        return int(match[1]), f"scripts.start in {PACKAGE}"
    return heard_in_node(tree) or (3000, "no port was found; PORT is set to it")


def heard_in_node(tree: Tree) -> tuple[int, str] | None:
    """The port that sources of JavaScript listen on, and where that is said."""
    for pattern in (_DEFAULT_PORT, _LISTENS):
        for path in _sources(tree):
            if match := pattern.search(tree.texts.get(path, "")):
                return int(match[1]), f"{path}, line {line_of(match)}"
    return None


def _sources(tree: Tree) -> Iterator[str]:
    endings = (".js", ".mjs", ".cjs", ".ts")
    tests = re.compile(r"(?:^|/)(?:tests?|__tests__|spec)/|\.(?:test|spec)\.")
    found = (path for path in tree.paths if path.endswith(endings) and not tests.search(path))
    yield from sorted(found, key=lambda path: (path.count("/"), path))


def _source(tree: Tree, package: dict[str, Any]) -> str:
    main = package.get("main")
    named = [main] if isinstance(main, str) and main in tree.paths else []
    return next(iter([*named, *_sources(tree)]), "")


def _health(tree: Tree) -> str:
    for path in _HEALTH:
        quoted = re.compile(rf"""["'`]{re.escape(path)}["'`]""")
        if any(quoted.search(tree.texts.get(source, "")) for source in _sources(tree)):
            return path
    return "/"


def _proof(ecosystem: Node) -> Ecosystem:
    return ecosystem
