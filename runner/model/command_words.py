"""A text in which the words of a command stand on one line, each character where it was.

A long RUN goes on below (`\\` at the end of a line), a command may be a list in JSON (`["curl",
"-u"]`) or in YAML (an item on each line). What is looked for in a command is looked for in all of
these.
"""

from __future__ import annotations

import re

_GOES_ON = re.compile(r"[ \t]\\\r?\n[ \t]*+|\\\r?\n[ \t]++")
"""Where a line ends that goes on below, between two words; without blanks it would be one word."""
_STRING = r"""(?:"(?:[^"\\\n]|\\[^\n])*+"|'[^'\n]*+')"""
_LIST = re.compile(rf"\[\s{{0,99}}{_STRING}(?:\s{{0,99}},\s{{0,99}}{_STRING})++\s{{0,99}}\]")
_BETWEEN = re.compile(r"""\[\s*["']|["']\s*,\s*["']|["']\s*\]""")
_ITEM = re.compile(r"(?:^|(?<=\n))([ \t]{0,80}- (?!- )[^\n]*+)(?:\n(?=[ \t]{0,80}- ))")
_MARKER = re.compile(r"\n[ \t]{0,80}- ")


def on_one_line(text: str) -> str:
    """The text, as long as it was, with blanks between the words of each command."""
    if "\\\n" in text or "\\\r\n" in text:
        text = _GOES_ON.sub(_blank, text)
    if "[" in text:
        text = _LIST.sub(_words_of_list, text)
    if "\n" in text and "- " in text:
        text = _items_joined(text)
    return text


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _words_of_list(found: re.Match[str]) -> str:
    return _BETWEEN.sub(_blank, found[0])


def _items_joined(text: str) -> str:
    """Each item of a list in YAML behind the one before."""
    pieces, done = [], 0
    for found in _ITEM.finditer(text):
        marker = _MARKER.match(text, found.end() - 1)
        if marker is None:
            continue
        pieces += [text[done : marker.start()], _blank(marker)]
        done = marker.end()
    return "".join([*pieces, text[done:]]) if pieces else text
