"""What scripts of a project run: the interpreter, and the programs that a shell script names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from runner.dockerfile.document import SHELLS
from runner.dockerfile.starting import commands_of_shell
from runner.ecosystems.port import Tree

_SHEBANG = re.compile(
    r"#![ \t]*(?:\S*/)?env[ \t]+(?:-S[ \t]+)?([\w.+-]+)|#![ \t]*\S*?([\w.+-]+)(?:\s|$)"
)


def programs_of_scripts(tree: Tree) -> Mapping[str, frozenset[str]]:
    """Name of a script, without its directory → the programs that it runs; those of one name
    together."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, text in tree.texts.items():
        shebang = _SHEBANG.match(text)
        if shebang is None:
            continue
        interpreter = shebang[1] or shebang[2]
        programs = found[path.rsplit("/", 1)[-1]]
        programs.add(interpreter)
        if interpreter in SHELLS:
            programs |= commands_of_shell(text) or set()
    return {name: frozenset(programs) for name, programs in found.items()}
