"""The consoles of rich: one for results on stdout, one for what is drawn on stderr.

No text is ever markup, an emoji or highlighted, and no control character of it gets through: what
rich sends itself (colours, the cursor) is apart from the text in every piece that it renders.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from runner.model.text import escaped

WIDE = 120
"""Columns where stdout is no terminal and COLUMNS says nothing."""
WIDE_TABLE = 200
"""The same for tables of variants: a file has room."""


class SafeConsole(Console):
    """A console that shows foreign text as text."""

    def __init__(self, *, stderr: bool = False, width: int | None = None) -> None:
        super().__init__(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The pieces of a renderable, each with its control characters as escapes."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            if control or text.isprintable() or text == "\n":
                yield segment
            else:
                yield Segment("".join(map(_visible, text)), style)


def _visible(character: str) -> str:
    return character if character == "\n" or character.isprintable() else escaped(character)


def results(wide: int = WIDE) -> SafeConsole:
    """The console on stdout: as wide as the terminal; elsewhere as COLUMNS says, or `wide`."""
    console = SafeConsole()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = wide
    return console


def tables() -> SafeConsole:
    """The console on stdout for tables of variants, which have many columns."""
    return results(WIDE_TABLE)


def messages() -> SafeConsole:
    """The console on stderr."""
    return SafeConsole(stderr=True)
