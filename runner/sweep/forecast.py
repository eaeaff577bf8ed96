"""How much is still to be measured, from what earlier records took: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.model.amounts import size

MINUTE_S = 60.0
HOUR_S = 3600.0
AROUND_S = 6.0
"""What a sweep takes around its trials: its start, the bases, tables and figures; a second run with
nothing to measure takes that long (docs/sweeps.md)."""


@dataclass(frozen=True)
class Pending:
    """One trial that is still to be run; None for what no earlier record tells."""

    expected_s: float | None
    image_bytes: int | None
    untimed_s: float = 0.0
    """What the build before it takes that fetches packages and is not timed."""


NOTHING_KNOWN = Pending(None, None)
NEVER_BEGUN = Pending(0.0, 0)
"""A trial whose record says that there is no base: it takes no time, and nothing is built."""


def first_untimed(trials: Sequence[Pending], untimed_s: float) -> list[Pending]:
    """A variant's trials, where an untimed build comes before the first of them."""
    return [replace(one, untimed_s=untimed_s) for one in trials[:1]] + list(trials[1:])


def forecast(pending: Sequence[Pending], usual: Pending = NOTHING_KNOWN) -> str:
    """`6 trials, about 14 minutes and 3.10 GB of images`; with what is not known yet.

    A trial that no record tells about is taken to be as the others are on average; where none of
    them is known either, as `usual`. What is never begun (`NEVER_BEGUN`) tells nothing of these.
    """
    count = len(pending)
    trials = f"{count} trial{'' if count == 1 else 's'}"
    open_ones = [one for one in pending if one != NEVER_BEGUN]
    known = [one for one in open_ones if one.expected_s is not None]
    told = known or [usual]
    seconds = [one.expected_s for one in told if one.expected_s is not None]
    sizes = [one.image_bytes for one in told if one.image_bytes is not None]
    if not open_ones:
        return trials
    if not seconds:
        return f"{trials}; how long that takes is known after the first run"
    untimed_s = sum(one.untimed_s for one in open_ones)
    total_s = AROUND_S + untimed_s + sum(seconds) * len(open_ones) / len(seconds)
    guessed = len(open_ones) - len(known)
    text = f"{trials}, about {duration(total_s)}"
    if sizes:
        text += f" and {size(sum(sizes) * len(open_ones) // len(sizes))} of images"
    return f"{text} ({guessed} of them never measured here)" if guessed else text


def duration(seconds: float) -> str:
    """`a second`, `40 seconds`, `14 minutes`, `2.5 hours`."""
    if seconds < 1.5:
        return "a second"
    if seconds < 1.5 * MINUTE_S:
        return f"{seconds:.0f} seconds"
    if seconds < 1.5 * HOUR_S:
        return f"{seconds / MINUTE_S:.0f} minutes"
    return f"{seconds / HOUR_S:.1f} hours"
