"""How numbers read: sizes in decimal units as Docker shows them, times, factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.model.amounts import ABSENT, size

if TYPE_CHECKING:
    from runner.analysis.steps import Span

__all__ = ["ABSENT", "count", "duration", "factor", "size", "span"]


def duration(amount_s: float | None) -> str:
    """`4.2 s`, `59.9 s`, `3 min 12 s`, `1 h 02 min`; `–` for None."""
    if amount_s is None:
        return ABSENT
    if round(amount_s, 1) < 60:
        return f"{amount_s:.1f} s"
    minutes, seconds = divmod(round(amount_s), 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def factor(ratio: float | None) -> str:
    """`1.21×`, `21.9×`, `120×`: three digits are all that sizes deserve; `–` for None."""
    if ratio is None:
        return ABSENT
    for limit, decimals in ((10, 2), (100, 1)):
        if round(ratio, decimals) < limit:
            return f"{ratio:.{decimals}f}×"
    return f"{ratio:.0f}×"


def count(number: int | None) -> str:
    """The number, or `–` for None."""
    return ABSENT if number is None else str(number)


def span(median: Span | None) -> str:
    """`12.3 s [11.9, 13.1]`, `1 min 31 s [1 min 20 s, 1 min 40 s]`, without an interval the median
    alone; `–` for None."""
    if median is None:
        return ABSENT
    text = duration(median.value_s)
    if median.low_s is None or median.high_s is None:
        return text
    if round(median.high_s, 1) < 60:
        return f"{text} [{median.low_s:.1f}, {median.high_s:.1f}]"
    return f"{text} [{duration(median.low_s)}, {duration(median.high_s)}]"
