"""When something takes much longer than another, such as the start of a container: both in
proportion and in seconds."""

from __future__ import annotations

SLOW_START = 2.0
SLOW_START_S = 0.3
"""An image starts slowly if it takes so many times as long to its first healthy answer as another,
and so much longer: both."""


TOO_SLOW_S = 1.0
"""So much longer must it take as well before it is not recommended for that: a user notices it, and
other work on the machine does not make it up."""


def much_longer(one_s: float, other_s: float, times: float, by_s: float) -> bool:
    """Whether one takes so many times as long as the other, and so many seconds longer."""
    return one_s - other_s >= by_s and one_s >= times * other_s


def slow(one_s: float, other_s: float, by_s: float = SLOW_START_S) -> bool:
    """Whether a start of `one_s` seconds is slow next to one of `other_s`, and longer by `by_s`
    seconds; never next to none."""
    return other_s > 0 and much_longer(one_s, other_s, SLOW_START, by_s)


def too_slow(one_s: float, other_s: float) -> bool:
    """Whether it is so slow next to the other that it is not recommended."""
    return slow(one_s, other_s, TOO_SLOW_S)
