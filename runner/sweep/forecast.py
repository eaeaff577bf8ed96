"""How much is still to be measured, from what earlier records took: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MINUTE_S = 60.0
HOUR_S = 3600.0
GB = 10**9


@dataclass(frozen=True)
class Pending:
    """One trial that is still to be run; None for what no earlier record tells."""

    expected_s: float | None
    image_bytes: int | None


NOTHING_KNOWN = Pending(None, None)


def forecast(pending: Sequence[Pending], usual: Pending = NOTHING_KNOWN) -> str:
    """`6 trials, about 14 minutes and 3.1 GB of images`; with what is not known yet.

    A trial that no record tells about is taken to be as the others are on average; where none of
    them is known either, as `usual`.
    """
    count = len(pending)
    trials = f"{count} trial{'' if count == 1 else 's'}"
    known = [one for one in pending if one.expected_s is not None]
    told = known or ([usual] if pending else [])
    seconds = [one.expected_s for one in told if one.expected_s is not None]
    sizes = [one.image_bytes for one in told if one.image_bytes is not None]
    if not seconds:
        return f"{trials}; how long that takes is known after the first run" if count else trials
    total_s = sum(seconds) * count / len(seconds)
    guessed = count - len(known)
    text = f"{trials}, about {duration(total_s)}"
    if sizes:
        text += f" and {sum(sizes) * count / len(sizes) / GB:.1f} GB of images"
    return f"{text} ({guessed} of them never measured here)" if guessed else text


def duration(seconds: float) -> str:
    """`40 seconds`, `14 minutes`, `2.5 hours`."""
    if seconds < 1.5 * MINUTE_S:
        return f"{seconds:.0f} seconds"
    if seconds < 1.5 * HOUR_S:
        return f"{seconds / MINUTE_S:.0f} minutes"
    return f"{seconds / HOUR_S:.1f} hours"
