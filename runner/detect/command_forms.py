"""The two forms of CMD and ENTRYPOINT: words that are executed, and a line for a shell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner.detect.instructions import expanded
from runner.model.foreign import ForeignError, exec_form, shell_split

SHELL = ("/bin/sh", "-c")
"""What runs a shell form, unless SHELL says another."""

_FOR_A_SHELL = re.compile(r"[|&;<>()`*?\[\]#~!]|\$|^\w+=")
"""What a shell does more with than to split it into words."""


@dataclass(frozen=True)
class Command:
    """What an instruction says, as the image's configuration has it."""

    words: tuple[str, ...] = ()
    line: str = ""
    """What of it a shell runs; empty for the exec form."""

    @classmethod
    def read(cls, value: str, shell: tuple[str, ...]) -> Command:
        """The JSON (exec) form, if it is a list of texts; else the shell form."""
        if (words := exec_form(value)) is not None:
            return cls(tuple(words))
        return cls((*shell, value), value) if value else cls()

    def plain(self, variables: Mapping[str, str]) -> list[str]:
        """The words without the shell, if its line is a plain command; known variables filled
        in."""
        if not self.line:
            return list(self.words)
        line = self.line if "'" in self.line else expanded(self.line, variables)
        if words := shell_words(line):
            return words
        return [*self.words[:-1], line]


def procfile_line(texts: Mapping[str, str], port: int) -> str:
    """What the Procfile of a project starts for the web, its PORT filled in; empty for none."""
    web = re.search(r"^web:[ \t]*(.+)$", texts.get("Procfile", ""), re.MULTILINE)
    line = web[1].strip() if web else ""
    return re.sub(r"\$(?:PORT\b|\{PORT(?::?-\d+)?\})", str(port), line)


def shell_words(line: str) -> list[str]:
    """The words of a line that is one plain command; empty for any that needs a shell."""
    if _FOR_A_SHELL.search(line):
        return []
    try:
        words = shell_split(line)
    except ForeignError:
        return []
    return words[1:] if words[:1] == ["exec"] else words
