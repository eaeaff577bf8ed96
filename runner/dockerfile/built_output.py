"""What the build of a framework leaves for its server: where that lies, and what runs beside it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

NITRO = ".output"
STANDALONE = ".next/standalone"
PLAIN_WORDS = re.compile(r"[\w./:@=-]+(?:[ \t]+[\w./:@=-]+)*")
"""A command in which nothing is for a shell."""
MANAGERS = frozenset(("npm", "yarn", "pnpm"))


@dataclass(frozen=True)
class BuiltOutput:
    """The output of one framework's build, of which its configuration says where it is."""

    directory: str
    """Relative to the project."""
    self_contained: bool = False
    """Whether it holds all that it imports; else production's packages are needed as well."""
    beside: tuple[str, ...] = ()
    """Directories of the project that its server hands out files of."""
    scripts: frozenset[str] = frozenset()
    """Scripts of package.json that start its server and do nothing else."""

    def holds(self, path: str) -> bool:
        """Whether a path is the output, or lies in it."""
        inside = posixpath.normpath(path)
        return inside == self.directory or inside.startswith(f"{self.directory}/")


KNOWN = (
    BuiltOutput(NITRO, self_contained=True),
    BuiltOutput(STANDALONE, self_contained=True),
)
"""Where Nitro and Next write a server together with all that it imports, whatever is known of the
project."""


@dataclass(frozen=True)
class Started:
    """An output whose server a command starts."""

    output: BuiltOutput
    by_manager: bool = False
    """Whether npm and the like start it, which read package.json."""


def started_output(words: Sequence[str], outputs: Sequence[BuiltOutput]) -> Started | None:
    """The output whose server these words start; None where they start anything else, or load
    files of the project besides."""
    if words[:1] and words[0] in MANAGERS:
        name = words[2:] if words[1:2] == ["run"] else words[1:]
        found = (x for x in outputs if len(name) == 1 and name[0] in x.scripts)
        by_script = next(found, None)
        return Started(by_script, by_manager=True) if by_script else None
    if words[:1] != ["node"]:
        return None
    return next((Started(x) for x in outputs if starts_node(words[1:], x)), None)


def starts_node(operands: Sequence[str], output: BuiltOutput) -> bool:
    """Whether what stands behind `node` starts a server of an output and names no other file of the
    project."""
    paths = [word for word in operands if not word.startswith("-")]
    options = [word.partition("=")[2] for word in operands if word.startswith("-")]
    others = [word for word in paths if not output.holds(word)]
    if any(word.startswith(".") for word in (*options, *others)):
        return False
    return any(map(output.holds, paths))
