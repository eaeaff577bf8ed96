"""Names of rows, wrapped, of which no two look alike.

Where names have to be cut, what their values have in common is left out, and not what tells them
apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import takewhile

KEPT = 8
"""Characters that are shown of what values have in common, at each end."""
COMMON = 2 * KEPT

Lines = tuple[str, ...]


def distinct(names: Sequence[str], wrap: Callable[[str], Lines]) -> list[Lines]:
    """The lines of each name."""
    shown = [wrap(name) for name in names]
    if _all_differ(shown, names):
        return shown
    names = _without_common(names)
    shown = [wrap(name) for name in names]
    alike = Counter(shown)
    return [
        lines if alike[lines] == 1 else wrap(f"{place}. {name}")
        for place, (name, lines) in enumerate(zip(names, shown, strict=True), 1)
    ]


def _all_differ(shown: Sequence[Lines], names: Sequence[str]) -> bool:
    return len(set(shown)) == len(set(names))


def _without_common(names: Sequence[str]) -> list[str]:
    """`key=value` words with the long start and end that all values of a key share cut short."""
    words = [[word.partition("=") for word in name.split()] for name in names]
    values: dict[str, set[str]] = {}
    for key, sign, value in (word for found in words for word in found):
        values.setdefault(key if sign else "", set()).add(value if sign else key)
    cut = {key: _cut(found) for key, found in values.items()}
    return [
        " ".join(
            f"{key}={cut[key].get(value, value)}" if sign else cut[""].get(key, key)
            for key, sign, value in found
        )
        for found in words
    ]


def _cut(values: set[str]) -> dict[str, str]:
    """Value → what is shown of it."""
    start = _alike(values)
    end = _alike([value[start:][::-1] for value in values])
    if len(values) < 2 or max(start, end) <= COMMON:
        return {}
    return {value: _shown(value, start, end) for value in values}


def _alike(values: Collection[str]) -> int:
    """How many characters all values begin with."""
    columns = zip(*values, strict=False)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))


def _shown(value: str, start: int, end: int) -> str:
    middle = value[start : len(value) - end]
    before, after = value[:start], value[len(value) - end :]
    if start > COMMON:
        before = f"{before[:KEPT]}…{before[-KEPT:]}"
    if end > COMMON:
        after = f"{after[:KEPT]}…{after[-KEPT:]}"
    return before + middle + after
