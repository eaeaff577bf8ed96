"""Which scripts of a package.json only start Node, or a framework's server that is a file of its
package, so that they need neither npm nor a shell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from runner.dockerfile.new_yarn import LOADER
from runner.ecosystems.node_yarn import new_yarn
from runner.ecosystems.package_json import package_of, scripts_of
from runner.ecosystems.port import Tree

_PLAIN = re.compile(r"node(?:[ \t]+[\w./:@=-]+)+")
_BIN = re.compile(r"(next(?= start)|remix-serve)((?:[ \t]+[\w./:@=-]+)+)")
_BINS = {
    "next": ("next", "dist/bin/next"),
    "remix-serve": ("@remix-run/serve", "dist/cli.js"),
}
"""Program that a package brings for its framework's server → the package, and the file in it."""
_ENV_FILE = re.compile(r"[ \t]+--env-file(?:=|[ \t]+)([\w./-]+)")
_MANAGED = re.compile(
    r"(?:cross-env[ \t]+)?(?P<variables>(?:\w+=[\w.-]+[ \t]+)*)"
    r"(?:pm2[ \t]+start|(?:npx[ \t]+)?nodemon(?:[ \t]+(?:-L|--legacy-watch))?)"
    r"[ \t]+(?P<file>[\w./-]+\.[cm]?js)"
    r"(?:[ \t]+(?:--(?:name|watch|env)\b|-[ni])(?:[= \t][ \t]*\w[\w.-]*)?)*"
)
_OF_NPM = re.compile(r"npm_(?:package|config|lifecycle)_\w")
"""Variables that npm sets for what it starts."""


def node_scripts(tree: Tree) -> Mapping[str, tuple[str, ...]]:
    """Name of a script → the words behind `node`; none where a source reads what npm would set."""
    package = package_of(tree) or {}
    scripts = scripts_of(package)
    if not scripts or any(map(_OF_NPM.search, tree.texts.values())):
        return {}
    yarn = new_yarn(tree)
    plugs = yarn is not None and yarn.plugs
    if yarn is not None and plugs and yarn.is_module:
        return {}
    has_modules = not plugs
    found = {name: _words(text.strip(), package, has_modules) for name, text in scripts.items()}
    if plugs:
        found = {name: ("--require", LOADER, *words) for name, words in found.items() if words}
    return {
        name: words
        for name, words in found.items()
        if words and not {f"pre{name}", f"post{name}"} & package["scripts"].keys()
    }


def _words(script: str, package: Mapping[str, Any], has_modules: bool) -> tuple[str, ...]:
    """What a script tells Node; nothing where it does more than to start it. Without node_modules
    no program of a package is a file."""
    if _PLAIN.fullmatch(script):
        return tuple(script.split()[1:])
    match = _BIN.fullmatch(script)
    dependencies = package.get("dependencies")
    if match is None or not isinstance(dependencies, dict):
        return ()
    name, path = _BINS[match[1]]
    is_there = name in dependencies and has_modules
    return (f"node_modules/{name}/{path}", *match[2].split()) if is_there else ()


def without_manager(script: str) -> list[str]:
    """The words of a script that has pm2 or nodemon start a file, so that Node itself starts it: in
    the background, a container would end at once, and nobody edits what is in an image. Nothing for
    any other script."""
    match = _MANAGED.fullmatch(script.strip())
    if match is None or ".config." in match["file"]:
        return []
    variables = match["variables"].split()
    return [*(["env", *variables] if variables else []), "node", match["file"]]


def without_env_files(script: str, paths: Collection[str]) -> list[str]:
    """The words of a script that only starts Node, without the files of variables that the project
    does not bring: Node ends where one is not there, and a container is told its variables. Nothing
    for any other script."""
    lacks = [match for match in _ENV_FILE.finditer(script) if match[1] not in paths]
    for match in reversed(lacks):
        script = script[: match.start()] + script[match.end() :]
    return script.split() if lacks and _PLAIN.fullmatch(script.strip()) else []
