"""Counts how often each person is named: with pandas where it is installed, and without.

Both ways give the same answer: most often named first, and by name among equals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Any

Counts = list[tuple[str, int]]
Count = Callable[[Iterable[str]], Counts]


def count_plain(names: Iterable[str]) -> Counts:
    """The counts, with nothing but the standard library."""
    return sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))


def count_dataframe(names: Iterable[str]) -> Counts:
    """The counts, with pandas."""
    import pandas as pd

    series: Any = pd.Series(list(names), dtype="object", name="name")
    frame = series.value_counts().rename("count").reset_index()
    frame = frame.sort_values(["count", "name"], ascending=[False, True], kind="stable")
    pairs = zip(frame["name"], frame["count"], strict=True)
    return [(str(name), int(count)) for name, count in pairs]


def best_count() -> Count:
    """The way to count that fits what is installed."""
    if find_spec("pandas") is None:
        return count_plain
    import pandas  # noqa: F401  # now, rather than during somebody's first request

    return count_dataframe
