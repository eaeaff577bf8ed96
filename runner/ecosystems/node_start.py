"""How a project of Node is started, and on which port it listens: by its package.json, its
framework, or its sources."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runner.ecosystems.node_frameworks import (
    NO_SERVER,
    BuiltServer,
    built_server,
    standalone_next,
)
from runner.ecosystems.node_scripts import without_env_files, without_manager
from runner.ecosystems.node_tools import BUN, is_new_yarn, tool_of
from runner.ecosystems.package_json import PACKAGE, package_of, scripts_of
from runner.ecosystems.port import NO_PORT, Tree, line_of
from runner.model.service_kinds import KINDS

LONGEST = 80
"""Characters of a script that are shown."""
_SERVERS = ("server.js", "index.js", "app.js", "src/index.js", "src/server.js", "src/app.js")
_OF_BUN = tuple(name.replace(".js", ".ts") for name in _SERVERS)
"""What Bun starts as it is."""
_FOR_DEVELOPERS = re.compile(
    r"\b(?:nest start|nodemon|ts-node(?:-dev)?|tsx|react-scripts start"
    r"|webpack(?:-dev-server| serve)|ng serve|next dev|nuxt dev|vue-cli-service serve)\b|--watch\b"
)
"""What of a `start` script is for whoever edits the sources."""
_BUNDLER_STARTS = re.compile(
    r"\b(?:react-scripts start|webpack(?:-dev-server| serve)|vue-cli-service serve|parcel|gatsby"
    r"|ng serve|docusaurus start|eleventy|hexo server|rsbuild dev)\b"
    r"|\b(?:vite|astro dev)(?:$|\s)"
)
_FOR_PRODUCTION = ("start:prod", "start:production", "prod", "serve:prod")
_BUILT = re.compile(r"(?:\./)?(?:dist|build|lib|out)/[\w./-]+\.[cm]?js")
"""A `main` that the build writes."""
_LISTENS = re.compile(r"\.listen\(\s*(?:\{\s*port:\s*)?(\d{2,5})\b")
_DEFAULT_PORT = re.compile(r"PORT\b[^;\n]{0,40}?(?:\|\||\?\?|,)\s*[\"'`]?(\d{2,5})\b")
_OF_DATABASES = frozenset(kind.port for kind in KINDS)
"""Ports that sources name where they connect: `DB_PORT || 5432`."""
_PORT_OPTION = re.compile(r"(?:--port[= ]|-p |PORT=)(\d{2,5})\b")


def is_for_developers(scripts: Mapping[str, str]) -> bool:
    """Whether no script starts anything but a bundler's server for developers."""
    start = scripts.get("start", "")
    only = not start or _BUNDLER_STARTS.search(start) is not None
    return only and not any(name in scripts for name in _FOR_PRODUCTION)


def start_of(tree: Tree, package: dict[str, Any]) -> list[str] | None:
    """The words that start it; None where nothing says how."""
    scripts = scripts_of(package)
    # yarn's newer releases may keep packages where only what yarn starts finds them
    runner = ["yarn"] if is_new_yarn(tree, package) else ["npm"]
    if is_bun := tool_of(tree) == BUN:
        runner = ["bun", "run"]
    if _FOR_DEVELOPERS.search(scripts.get("start", "")):
        for name in _FOR_PRODUCTION:
            if name in scripts:
                return without_env_files(scripts[name], tree.paths) or [*runner[:1], "run", name]
    if standalone_next(tree, package) and scripts.get("start", "next start") == "next start":
        scripts = {name: text for name, text in scripts.items() if name != "start"}
    if "start" in scripts:
        text = scripts["start"]
        direct = without_env_files(text, tree.paths) or without_manager(text)
        return direct or [*runner, "start"]
    if "build" in scripts and (server := built_server(tree, package)):
        return [*server.command]
    main = package.get("main")
    named = [posixpath.normpath(main)] if isinstance(main, str) else []
    if "build" in scripts and named and _BUILT.fullmatch(named[0]):
        return ["node", named[0]]
    if is_bun:
        module = package.get("module")
        named += [posixpath.normpath(module)] if isinstance(module, str) else []
    servers = [*_SERVERS, *(_OF_BUN if is_bun else ())]
    there = [name for name in [*named, *servers] if name in tree.paths]
    return ["bun" if is_bun else "node", there[0]] if there else None


def start_words(tree: Tree) -> list[str]:
    """What starts the project, as its package.json says it; nothing where that says nothing."""
    package = package_of(tree, PACKAGE) if PACKAGE in tree.paths else None
    return start_of(tree, package) or [] if package else []


def start_seen(package: dict[str, Any], start: Sequence[str], server: BuiltServer) -> str:
    """The key of package.json that says how it is started, and what it says."""
    name = start[-1] if start[0] in ("npm", "yarn", BUN) else ""
    scripts = scripts_of(package)
    script = scripts.get(name)
    if script is not None:
        return f"scripts.{name} in {PACKAGE} ({' '.join(script.split())[:LONGEST]})"
    if any("--env-file" in scripts.get(x, "") for x in ("start", *_FOR_PRODUCTION)):
        return f"scripts in {PACKAGE}, without a file of variables that is not there"
    if name == "" and without_manager(scripts.get("start", "")) == [*start]:
        return f"scripts.start in {PACKAGE}, without what watches it"
    if server is not NO_SERVER:
        return f"what {server.name} builds"
    return f"main in {PACKAGE}" if "main" in package else f"no scripts.start in {PACKAGE}"


def started_server(tree: Tree, package: dict[str, Any], start: Sequence[str]) -> BuiltServer:
    """The server of a framework that these words start; `NO_SERVER` where they start another."""
    server = built_server(tree, package)
    return server if server is not None and [*server.command] == [*start] else NO_SERVER


def port_of(tree: Tree, package: dict[str, Any]) -> tuple[int, str]:
    """The port that it listens on, and where that is said."""
    if match := _PORT_OPTION.search(scripts_of(package).get("start", "")):
        return int(match[1]), f"scripts.start in {PACKAGE}"
    return heard_in_node(tree) or (3000, f"{NO_PORT}; PORT is set to it")


def heard_in_node(tree: Tree) -> tuple[int, str] | None:
    """The port that sources of JavaScript listen on, and where that is said."""
    for pattern in (_DEFAULT_PORT, _LISTENS):
        for path in source_files(tree):
            for match in pattern.finditer(tree.texts.get(path, "")):
                if int(match[1]) not in _OF_DATABASES:
                    return int(match[1]), f"{path}, line {line_of(match)}"
    return None


def source_files(tree: Tree) -> Iterator[str]:
    """The project's sources, those nearest to its root first; not its tests."""
    endings = (".js", ".mjs", ".cjs", ".ts")
    tests = re.compile(r"(?:^|/)(?:tests?|__tests__|spec)/|\.(?:test|spec)\.")
    found = (path for path in tree.paths if path.endswith(endings) and not tests.search(path))
    yield from sorted(found, key=lambda path: (path.count("/"), path))
