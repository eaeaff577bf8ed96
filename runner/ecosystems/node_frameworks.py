"""Frameworks of Node whose build makes a server or a site: where it lies, and what starts it."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.ecosystems.node_outputs import FRAMEWORKS, built_directory, named_packages
from runner.ecosystems.port import Tree


@dataclass(frozen=True)
class BuiltServer:
    """A server that `npm run build` makes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    """Without which it listens for its own machine alone."""
    steps: Sequence[str] = ()
    """Commands behind the build."""


NO_SERVER = BuiltServer("", (), {})
"""Where a project is started in another way."""

_SITES: Mapping[str, str] = {
    "vite build": "dist",
    "react-scripts build": "build",
    "vue-cli-service build": "dist",
    "parcel build": "dist",
    "webpack": "dist",
    "rsbuild build": "dist",
    "astro build": "dist",
    "gatsby build": "public",
    "hexo generate": "public",
    "docusaurus build": "build",
    "eleventy": "_site",
    "slidev build": "dist",
    "quasar build": "dist/spa",
}
"""What a `build` script runs → the directory that it writes."""
_DOCUMENTS = re.compile(r"\b(vitepress|vuepress) build\b(?:[ \t]+(?!-)([\w./-]+))?")
_OUT_OPTION = re.compile(r"--(?:outDir|output)[= ]([\w./-]+)")
_OUT = re.compile(r"\b(?:outDir|outputDir)\s*:\s*[\"']([\w.-]+(?:/[\w.-]+)*)[\"']")
_CONFIGURATION = re.compile(r"(?:vite|vue|astro)\.config\.[cm]?[jt]s")
_OF_SERVERS = frozenset(
    (
        *("express", "fastify", "koa", "@nestjs/core", "@hapi/hapi", "hono", "polka", "restify"),
        *("nuxt", "next", "vike", "@angular/ssr", "@remix-run/node", "@react-router/node"),
        *("@tanstack/react-start", "socket.io"),
    )
)
"""Packages of projects whose build is more than files."""
_KIT = "@sveltejs/kit"
_KIT_STATIC = "@sveltejs/adapter-static"


def built_server(tree: Tree, package: Mapping[str, Any]) -> BuiltServer | None:
    """The server that the project's framework builds, for Node to start; None for any other
    project."""
    named, several = named_packages(package), "workspaces" in package
    for framework in FRAMEWORKS:
        if framework.serves or not framework.packages & named or (several and framework.inside):
            continue
        if directory := built_directory(tree, framework):
            command = framework.command_in(directory)
            steps = _static_files(tree, directory) if framework.inside else ()
            return BuiltServer(framework.name, command, framework.environment, steps)
    return None


def standalone_next(tree: Tree, package: Mapping[str, Any]) -> BuiltServer | None:
    """The server of Next that holds all that it imports, where the configuration asks for it."""
    found = built_server(tree, package) if "next" in named_packages(package) else None
    return found if found is not None and found.name == "Next" else None


def _static_files(tree: Tree, directory: str) -> list[str]:
    """What puts the static files of Next beside its server, as the build leaves that to others."""
    target = f"{directory}/standalone"
    copied = [f"cp -r {directory}/static {target}/{directory}/"]
    if any(path.startswith("public/") for path in tree.paths):
        copied.append(f"cp -r public {target}/")
    return copied


def standalone_hint(tree: Tree, package: Mapping[str, Any]) -> list[str]:
    """What would make an image of Next smaller and is no matter of its Dockerfile."""
    if "next" not in named_packages(package) or standalone_next(tree, package) is not None:
        return []
    return [
        'Next without output: "standalone" in next.config: its image holds all packages, and not'
        " only what its server imports"
    ]


def without_server(package: Mapping[str, Any]) -> str:
    """Why the framework builds nothing that could be started; empty where it does."""
    named = named_packages(package)
    if _KIT not in named or {"@sveltejs/adapter-node", _KIT_STATIC} & named:
        return ""
    return (
        "SvelteKit builds no server that runs in a container with the adapter that package.json"
        " names: add @sveltejs/adapter-node (or @sveltejs/adapter-static for a site), and name it"
        " in the project's configuration"
    )


def build_script(scripts: Mapping[str, str]) -> str:
    """The script that builds: `build`, else the one of what makes pages of documents."""
    return next((x for x in ("build", "docs:build") if x in scripts), "build")


def site_of(tree: Tree, package: Mapping[str, Any], build: str) -> str:
    """The directory that `build` writes a site to, for a web server to hand out; empty for a
    project that brings a server, and for a bundler that is not known."""
    dependencies = package.get("dependencies")
    brings = _OF_SERVERS & {*(dependencies if isinstance(dependencies, dict) else ())}
    if brings or built_server(tree, package) is not None or without_server(package):
        return ""
    if _KIT in named_packages(package):
        return "build" if _KIT_STATIC in named_packages(package) else ""
    if match := _DOCUMENTS.search(build):
        return posixpath.normpath(posixpath.join(match[2] or ".", f".{match[1]}", "dist"))
    if re.search(r"\bng build\b", build):
        return _of_angular(tree)
    out = next((out for words, out in _SITES.items() if words in build), "")
    if out and (match := _OUT_OPTION.search(build)):
        return posixpath.normpath(match[1])
    for path in tree.paths if out else ():
        if _CONFIGURATION.fullmatch(path) and (match := _OUT.search(tree.texts.get(path, ""))):
            return match[1]
    return out


def _of_angular(tree: Tree) -> str:
    """Where Angular writes the first project of angular.json; empty where that cannot be told, or
    where it is rendered by a server."""
    try:
        projects = json.loads(tree.texts.get("angular.json", ""))["projects"]
        name, project = next(iter(projects.items()))
        built = (project.get("architect") or project["targets"])["build"]
        builder, options = str(built["builder"]), built.get("options") or {}
        path = options.get("outputPath") or f"dist/{name}"
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError):
        return ""
    if "ssr" in options or "server" in options:
        return ""
    browser = "browser" if builder.endswith(":application") else ""
    if isinstance(path, dict):
        path, browser = path.get("base", ""), path.get("browser", browser)
    words = re.fullmatch(r"[\w@.-]+(?:/[\w@.-]+)*", f"{path}/{browser}".rstrip("/"))
    return posixpath.normpath(words[0]) if words and ".." not in words[0] else ""
