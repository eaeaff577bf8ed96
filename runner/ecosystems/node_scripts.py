"""Which scripts of a package.json only start Node, so that they need neither npm nor a shell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from runner.ecosystems.package_json import package_of, scripts_of
from runner.ecosystems.port import Tree

_PLAIN = re.compile(r"node(?:[ \t]+[\w./:@=-]+)+")
_ENV_FILE = re.compile(r"[ \t]+--env-file(?:=|[ \t]+)([\w./-]+)")
_OF_NPM = re.compile(r"npm_(?:package|config|lifecycle)_\w")
"""Variables that npm sets for what it starts."""


def node_scripts(tree: Tree) -> Mapping[str, tuple[str, ...]]:
    """Name of a script → the words behind `node`; none where a source reads what npm would set."""
    package = package_of(tree) or {}
    scripts = scripts_of(package)
    if not scripts or any(map(_OF_NPM.search, tree.texts.values())):
        return {}
    return {
        name: tuple(text.split()[1:])
        for name, text in scripts.items()
        if _PLAIN.fullmatch(text.strip())
        and not {f"pre{name}", f"post{name}"} & package["scripts"].keys()
    }


def without_env_files(script: str, paths: Collection[str]) -> list[str]:
    """The words of a script that only starts Node, without the files of variables that the project
    does not bring: Node ends where one is not there, and a container is told its variables. Nothing
    for any other script."""
    lacks = [match for match in _ENV_FILE.finditer(script) if match[1] not in paths]
    for match in reversed(lacks):
        script = script[: match.start()] + script[match.end() :]
    return script.split() if lacks and _PLAIN.fullmatch(script.strip()) else []
