"""What an image's containers start: the words of ENTRYPOINT and CMD, and of the scripts they name.

Taken widely: a word that starts nothing costs a hint, one that was overlooked costs a user a
program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from runner.image.contents.live import LiveRoot
from runner.image.contents.packages.port import text_of
from runner.image.contents.scripts import SCRIPT_BYTES_MAX

_SCRIPTS_MAX = 50
"""Scripts that are read for one image."""

_FOLDERS = ("bin/", "sbin/", "usr/bin/", "usr/sbin/", "usr/local/bin/", "usr/local/sbin/", "app/")
_WORD = re.compile(r"[A-Za-z0-9_.@+/-]+")


def started_words(
    command: Iterable[str], environment: Mapping[str, str], root: LiveRoot
) -> frozenset[str]:
    """The names of programs, modules and scripts that a container may start."""
    folders = [*_FOLDERS, *(f"{one.strip('/')}/" for one in environment.get("PATH", "").split(":"))]
    words: set[str] = set()
    pending = [" ".join(command)]
    scripts = 0
    while pending:
        text = pending.pop()
        found = _WORD.findall(text)
        names = [*found, *(f"{one}-{two}" for one, two in pairwise(found))]
        for word in set(names) - words:
            words.add(word)
            for path in _paths(word, folders):
                content = root.kept.get(path)
                if content is not None and len(content) <= SCRIPT_BYTES_MAX:
                    scripts += 1
                    if scripts <= _SCRIPTS_MAX:
                        pending.append(text_of(content))
    return frozenset(word.rpartition("/")[2] for word in words)


def _paths(word: str, folders: Iterable[str]) -> list[str]:
    """Where the file of a word may lie."""
    if word.startswith("/"):
        return [word.lstrip("/")]
    return [word.removeprefix("./"), *(f"{folder}{word.removeprefix('./')}" for folder in folders)]
