"""The end of a log in which one request after the other is logged: what came before them counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

FLOOD = 10
"""From how many times on a line is one of many."""
_NUMBER = re.compile(r"\d+")


def end_without_repeats(lines: Sequence[str], count: int) -> list[str]:
    """The last `count` lines, where each that is there `FLOOD` times or more, numbers aside, is
    given at its last place alone.

    >>> end_without_repeats(["ImportError: jinja2", *["GET / 500"] * 50, "bye"], 3)
    ['ImportError: jinja2', 'GET / 500', 'bye']
    """
    kinds = [_NUMBER.sub("0", line) for line in lines]
    often = Counter(kinds)
    last = {kind: place for place, kind in enumerate(kinds)}
    kept = [
        line
        for place, (line, kind) in enumerate(zip(lines, kinds, strict=True))
        if often[kind] < FLOOD or last[kind] == place
    ]
    return kept[-count:]
