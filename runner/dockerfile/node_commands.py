"""Which packages for development a command needs: a start of an image, or a script of
package.json."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_BETWEEN = re.compile(r"&&|\|\|?|[;&()\"'\n]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*")
_WRAPPERS = frozenset(
    ("npx", "exec", "env", "cross-env", "dotenv", "--", "--exec", "-x", "sh", "-c")
)
"""Words behind which another command may stand."""
_MANAGERS = frozenset(("npm", "yarn", "pnpm", "bun"))
_RUN = frozenset(("run", "run-script", "exec"))
_LOADS = frozenset(("-r", "--require", "--import", "--loader", "--experimental-loader"))
_PACKAGE = re.compile(r"@[\w.-]+/[\w.-]+|\w[\w.-]*")


@dataclass(frozen=True)
class ForDevelopment:
    """What is there only with the packages that a project has for development."""

    packages: frozenset[str] = frozenset()
    """The packages themselves."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Program → its package."""
    scripts: Mapping[str, str] = field(default_factory=dict)
    """Script of package.json → a package that it needs."""

    def needed_by(self, command: str) -> str:
        """A package of these that a command needs; empty for none."""
        parts = [part.split() for part in _BETWEEN.split(command)]
        return next((x for words in parts for x in self._needed(words)), "")

    def _needed(self, words: Sequence[str]) -> Iterator[str]:
        for before, word in zip(["", *words], words, strict=False):
            program = word.rpartition("node_modules/.bin/")[2]
            if _may_start(before) and program in self.programs:
                yield self.programs[program]
            if before in _MANAGERS | _RUN and word in self.scripts:
                yield self.scripts[word]
            option, _, value = word.partition("=")
            loaded = word if before in _LOADS else value if option in _LOADS else ""
            package = _PACKAGE.match(loaded)
            if package and package[0] in self.packages:
                yield package[0]


def _may_start(before: str) -> bool:
    """Whether the word behind this one may be a program."""
    return not before or before in _WRAPPERS or bool(_ASSIGNMENT.fullmatch(before))
