"""Go: modules; one program of the module is the service."""

from __future__ import annotations

import json
import posixpath
import re

from runner.dockerfile.facts import Manifest
from runner.ecosystems.port import (
    HEALTH_PATHS,
    NO_PORT,
    NOTHING,
    Ecosystem,
    Given,
    Lacking,
    Plain,
    Tree,
    given_port,
    health_in,
    line_of,
)

MODULE = "go.mod"
SUMS = "go.sum"
PROGRAM = "/usr/local/bin/app"
_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_FUNC = re.compile(r"^func main\(\)", re.MULTILINE)
_VERSION = re.compile(r"^go\s+(\d+\.\d+)", re.MULTILINE)
_REPLACED = re.compile(r"=>\s*(\.{1,2}/\S*)")
_LISTENS = re.compile(r"""["'`](?:[\w.]*):(\d{2,5})["'`]""")
_FLAG = re.compile(r"[\"'`][\w.-]*port[\"'`]\s*,[^\n]{0,20}?\b(\d{2,5})\s*[,)]", re.IGNORECASE)
_CONSTANT = re.compile(r"\b\w*[Pp]ort\s*(?:u?int\d*\s*)?:?=\s*(\d{2,5})\b")
_DEFAULT_PORT = re.compile(r"[Pp][Oo][Rr][Tt]\b[^\n]{0,60}?[\"'`](\d{2,5})[\"'`]")
_RUNTIME = ("templates", "static", "public", "assets", "views", "migrations", "config", "web")
_SOURCES = (".go", ".mod", ".sum")


class Go:
    """Projects with a go.mod at their root."""

    @property
    def name(self) -> str:
        """What it is called."""
        return "go"

    def manifests(self, tree: Tree) -> tuple[Manifest, ...]:
        """go.mod and go.sum; modules that are vendored fetch nothing."""
        if MODULE not in tree.paths or _vendored(tree):
            return ()
        local = _REPLACED.search(tree.texts.get(MODULE, ""))
        reason = f"{MODULE} replaces a module by {local[1]}" if local else ""
        files = tuple(name for name in (MODULE, SUMS) if name in tree.paths)
        return (Manifest(files, "go", not reason, reason, prefetch="go mod download"),)

    def plain(self, tree: Tree, given: Given = NOTHING) -> Plain | Lacking | None:
        """The Dockerfile of a tutorial: everything copied, one program built and started."""
        if MODULE not in tree.paths:
            return None
        mains = _mains(tree)
        if not mains:
            return Lacking("no `package main` with `func main()` was found: bring a Dockerfile")
        if len(mains) > 1 and "" not in mains:
            names = ", ".join(f"./{folder}" for folder in mains[:4])
            return Lacking(
                f"several programs ({names}): bring a Dockerfile that builds the service"
            )
        folder = "" if "" in mains else mains[0]
        port, seen = given_port(given) or _port(tree, folder)
        match = _VERSION.search(tree.texts.get(MODULE, ""))
        version = match[1] if match else "1.22"
        package = f"./{folder}" if folder else "."
        lines = [
            f"FROM golang:{version}",
            "WORKDIR /src",
            "COPY . .",
            f"RUN go build -o {PROGRAM} {package}",
            f"EXPOSE {port}",
            f"CMD {json.dumps(list(given.command) or [PROGRAM])}",
        ]
        return Plain(
            ecosystem=self.name,
            dockerfile="\n".join([*lines, ""]),
            port=port,
            port_seen=seen != NO_PORT,
            health_path=_health(tree),
            evidence=(
                f"ecosystem go: {MODULE}",
                f"Go {version}: {f'go in {MODULE}' if match else 'the module names none'}",
                f"program {package}: package main",
                f"port {port}: {seen}",
            ),
        )

    def runtime_files(self, tree: Tree) -> tuple[str, ...]:
        """Directories at the root with other files than sources, by their usual names; what is
        embedded in the program need not be there."""
        embedded = " ".join(text for text in tree.texts.values() if "//go:embed" in text)
        found = []
        for name in _RUNTIME:
            inside = [path for path in tree.paths if path.startswith(f"{name}/")]
            other = [path for path in inside if not path.endswith(_SOURCES)]
            if other and not re.search(rf"//go:embed[^\n]*\b{name}\b", embedded):
                found.append(name)
        return tuple(found)


def _vendored(tree: Tree) -> bool:
    return "vendor/modules.txt" in tree.paths


def _mains(tree: Tree) -> list[str]:
    """The directories of programs, the root and then `cmd/` first; those of tests and examples left
    out."""
    aside = re.compile(r"(?:^|/)(?:vendor|examples?|testdata|tools?|hack|scripts)/")
    found = {
        posixpath.dirname(path)
        for path, text in tree.texts.items()
        if path.endswith(".go")
        and not path.endswith("_test.go")
        and not aside.search(path)
        and _MAIN.search(text)
        and _FUNC.search(text)
    }
    return sorted(found, key=lambda folder: (folder != "", not folder.startswith("cmd/"), folder))


def _sources(tree: Tree, folder: str) -> list[str]:
    head = f"{folder}/" if folder else ""
    found = [path for path in tree.texts if path.endswith(".go") and path.startswith(head)]
    found = [path for path in found if not path.endswith("_test.go") and "vendor/" not in path]
    return sorted(
        found, key=lambda path: (path.count("/"), posixpath.basename(path) != "main.go", path)
    )


def _port(tree: Tree, folder: str) -> tuple[int, str]:
    return heard_in_go(tree, folder) or (8080, NO_PORT)


def heard_in_go(tree: Tree, folder: str = "") -> tuple[int, str] | None:
    """The port that sources of Go listen on, and where that is said: those in `folder` first."""
    for pattern in (_LISTENS, _FLAG, _CONSTANT, _DEFAULT_PORT):
        for path in [*_sources(tree, folder), *_sources(tree, "")]:
            if match := pattern.search(tree.texts.get(path, "")):
                return int(match[1]), f"{path}, line {line_of(match)}"
    return None


def _health(tree: Tree) -> str:
    texts = (tree.texts[path] for path in _sources(tree, ""))
    return health_in(texts, (*HEALTH_PATHS, "/readyz"))


def _proof(ecosystem: Go) -> Ecosystem:
    return ecosystem
