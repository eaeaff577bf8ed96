"""Static sites: files that a web server hands out as they are, or as a bundler of Node makes
them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from runner.dockerfile.facts import Manifest
from runner.ecosystems.port import NOTHING, Ecosystem, Given, Plain, Tree

SERVER = "nginx:stable"
ROOT = "/usr/share/nginx/html"
PORT = 80
INDEX = "index.html"
_OTHERS = frozenset(
    (
        *("package.json", "go.mod", "requirements.txt", "pyproject.toml", "Pipfile", "setup.py"),
        *("composer.json", "Gemfile", "pom.xml", "build.gradle", "Cargo.toml", "mix.exs"),
    )
)
_PROGRAMS = (".py", ".php", ".rb", ".go", ".java", ".cs", ".rs", ".pl")
_BUNDLERS: Mapping[str, str] = {
    "vite build": "dist",
    "react-scripts build": "build",
    "vue-cli-service build": "dist",
    "parcel build": "dist",
    "webpack": "dist",
    "astro build": "dist",
    "gatsby build": "public",
}
"""What a `build` script runs → the directory that it writes."""
_OUT = re.compile(r"\b(?:outDir|outputDir)\s*:\s*[\"']([\w.-]+(?:/[\w.-]+)*)[\"']")
_CONFIGURATION = re.compile(r"(?:vite|vue|astro)\.config\.[cm]?[jt]s")
_SERVERS = frozenset(
    (
        *("express", "fastify", "koa", "@nestjs/core", "@hapi/hapi", "hono", "polka", "restify"),
        *("@astrojs/node", "@sveltejs/adapter-node", "@sveltejs/kit", "nuxt", "next", "vike"),
        *("@remix-run/node", "@react-router/node", "@tanstack/react-start", "socket.io"),
    )
)


class Static:
    """Projects with an index.html at their root and nothing that is run."""

    @property
    def name(self) -> str:
        """What it is called."""
        return "static"

    def manifests(self, tree: Tree) -> tuple[Manifest, ...]:  # noqa: ARG002
        """None."""
        return ()

    def plain(self, tree: Tree, given: Given = NOTHING) -> Plain | None:
        """All files on a web server; None for a project that is more than files."""
        names = [path for path in tree.paths if "/" not in path]
        aside = any(name in _OTHERS or name.endswith(_PROGRAMS) for name in names)
        if INDEX not in names or aside or given.command:
            return None
        return Plain(
            ecosystem=self.name,
            dockerfile=f"FROM {SERVER}\nCOPY . {ROOT}\nEXPOSE {PORT}\n",
            port=PORT,
            evidence=(f"ecosystem static: {INDEX}", f"port {PORT}: that of {SERVER}"),
            source_file=INDEX,
        )

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:  # noqa: ARG002
        """None: nothing is built."""
        return ()


def bundled(tree: Tree, build: str, dependencies: Sequence[str]) -> str:
    """The directory that a project of Node is bundled to, for a web server to hand out; empty for
    one that brings a server, and for a bundler that is not known."""
    if _SERVERS & set(dependencies):
        return ""
    out = next((out for words, out in _BUNDLERS.items() if words in build), "")
    if not out:
        return ""
    if match := re.search(r"--outDir[= ]([\w./-]+)", build):
        return posixpath.normpath(match[1])
    for path in tree.paths:
        if _CONFIGURATION.fullmatch(path) and (match := _OUT.search(tree.texts.get(path, ""))):
            return match[1]
    return out


def _proof(ecosystem: Static) -> Ecosystem:
    return ecosystem
