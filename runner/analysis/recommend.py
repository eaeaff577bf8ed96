"""Which of several measured alternatives to take, and why: a pure function of their numbers.

Times come from single builds, so only large differences count (docs/measuring.md). Sizes within a
small tolerance count as equal; then the quicker rebuild wins, and then the simpler Dockerfile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from runner.model.start_time import much_longer, slow, too_slow

TOLERANCE = 0.02
TOLERANCE_BYTES = 1_000_000
"""Sizes that differ by less than the larger of the two (a share, and bytes) count as equal."""

MAGNITUDE = 10.0
"""A build is slower only if it takes so many times as long."""

SLOW_REBUILD = 1.5
SLOW_REBUILD_S = 3.0
"""A build after an edited line is slow if it takes so many times as long as another alternative's,
and so much longer: both. One that finds its packages installed and builds the sources alone takes
half of the time, and one that finds all of its work in a cache a tenth or less."""


@dataclass(frozen=True)
class Alternative:
    """One way to package the project that was built and passed its check."""

    name: str
    unpacked_bytes: int
    compressed_bytes: int
    cold_s: float
    effort: int = 0
    """0 for what the project has already, else how many levels are not the usual ones, plus 1."""
    stages: int = 1
    """How many build stages its Dockerfile has."""
    shippable: bool = True
    """False for what only shows how far one could go."""
    instructions: int = 0
    """How many its Dockerfile has."""
    changed: frozenset[tuple[str, str]] = frozenset()
    """Factor and level, for those that are not the usual ones; empty for a Dockerfile as it is."""
    healthy_s: float = 0.0
    """From the start of a container to its first healthy answer; 0 where it was not measured."""
    edit_s: float | None = None
    """Seconds of the build after an edited line; None where it was not timed."""
    repush_bytes: int | None = None
    """Compressed bytes that a deploy uploads after such an edit."""
    gives_up: tuple[str, ...] = ()
    """What the project's own Dockerfile has and no other may lack: its user, its HEALTHCHECK."""
    rewritten: bool = False
    """Whether it is no edit of the project's own Dockerfile, but another one in its place."""


class Reason(Enum):
    """Why an alternative is not the recommended one."""

    larger = "larger"
    as_large_and_less_simple = "as large and less simple"
    as_large = "as large and no simpler"
    slower = "as large, and built more slowly by an order of magnitude"
    not_for_shipping = "not for shipping"
    rewritten = "no edit of the project's own Dockerfile"
    gives_up = "it gives up"
    slow_rebuild = "as large, and built more slowly after an edit"
    slow_start = "it starts slowly beside the project's own"


@dataclass(frozen=True)
class Rejected:
    """An alternative that is not recommended."""

    alternative: Alternative
    reason: Reason
    more_bytes: int
    """Unpacked bytes beyond the recommended one's; negative if it is smaller."""
    on_front: bool
    """Whether no other alternative is at least as good in everything."""


@dataclass(frozen=True)
class EffortLevel:
    """One step on the way from the simplest relative to the recommended alternative."""

    alternative: Alternative
    added: tuple[tuple[str, str], ...]
    """Factor and level that it changes beside what the step before changed."""
    saved_bytes: int | None
    """Unpacked bytes against the step before; None for the first."""
    more_instructions: int | None
    more_stages: int = 0


@dataclass(frozen=True)
class Recommendation:
    """The choice, and what led to it."""

    chosen: Alternative
    front: tuple[Alternative, ...]
    """Those that no other is at least as good as in everything, smallest first."""
    effort_levels: tuple[EffortLevel, ...]
    """Empty if the project's own Dockerfile is the choice."""
    rejected: tuple[Rejected, ...]
    """All others, smallest first."""
    quicker: Alternative | None = None
    """The smallest alternative beside which the choice starts slowly, one that could be taken where
    there is one, else any for shipping; None if it does not."""


def recommend(alternatives: Sequence[Alternative]) -> Recommendation:
    """The smallest image, or one as large that is simpler; never one that is not for shipping, that
    takes the place of a Dockerfile of the project's own, that gives up what the project's own has,
    or that starts slowly next to it, while another passed. Raises `ValueError` for nothing to
    choose from."""
    if not alternatives:
        raise ValueError("nothing to choose from")
    own_s = usual_start_s(alternatives)
    pool = list(alternatives)
    for fit in (
        lambda item: item.shippable,
        lambda item: not item.rewritten,
        lambda item: not item.gives_up,
        lambda item: not too_slow(item.healthy_s, own_s),
    ):
        pool = [item for item in pool if fit(item)] or pool
    front = pareto_front(pool)
    smallest = front[0]
    as_good = [item for item in pool if _as_small(item, smallest) and not _slower(item, smallest)]
    quick = [item for item in as_good if not any(rebuilt_slowly(item, one) for one in as_good)]
    chosen = min(quick, key=lambda item: (*simplicity(item), *_by_size(item)))
    others = [item for item in sorted(alternatives, key=_by_size) if item is not chosen]
    return Recommendation(
        chosen=chosen,
        front=tuple(front),
        effort_levels=_effort_levels(chosen, alternatives),
        rejected=tuple(_rejected(item, chosen, front, own_s) for item in others),
        quicker=_quicker(chosen, pool)
        or _quicker(chosen, [item for item in alternatives if item.shippable]),
    )


def _quicker(chosen: Alternative, others: Iterable[Alternative]) -> Alternative | None:
    """The smallest beside which the choice starts slowly."""
    return min((item for item in others if starts_slowly(chosen, item)), key=_by_size, default=None)


def simplicity(item: Alternative) -> tuple[int, int, int]:
    """What is compared where sizes count as equal, the simpler one smaller: changes to what the
    project has (a build stage beyond the first counts as one), stages, instructions."""
    changes = item.effort + item.stages - 1 if item.effort else 0
    return (changes, item.stages, item.instructions)


def starts_slowly(one: Alternative, other: Alternative) -> bool:
    """Whether `one` takes much longer to its first healthy answer than `other`."""
    return slow(one.healthy_s, other.healthy_s)


def rebuilt_slowly(one: Alternative, other: Alternative) -> bool:
    """Whether a build after an edited line takes much longer for `one` than for `other`; not where
    it was not timed."""
    if one.edit_s is None or other.edit_s is None:
        return False
    return much_longer(one.edit_s, other.edit_s, SLOW_REBUILD, SLOW_REBUILD_S)


def usual_start_s(alternatives: Iterable[Alternative]) -> float:
    """How long the project's own takes, the slowest of several; 0 where that is not known."""
    return max((item.healthy_s for item in alternatives if not item.effort), default=0.0)


def pareto_front(alternatives: Iterable[Alternative]) -> list[Alternative]:
    """Those that no other beats, smallest first."""
    held = sorted(alternatives, key=_by_size)
    return [item for item in held if not any(beats(other, item) for other in held)]


def beats(one: Alternative, other: Alternative) -> bool:
    """Whether `one` is at least as good in unpacked bytes, compressed bytes, the order of magnitude
    of its cold build and the time of a rebuild, and better in one of them."""
    if one.unpacked_bytes > other.unpacked_bytes or one.compressed_bytes > other.compressed_bytes:
        return False
    if _slower(one, other) or rebuilt_slowly(one, other):
        return False
    return (
        one.unpacked_bytes < other.unpacked_bytes
        or one.compressed_bytes < other.compressed_bytes
        or _slower(other, one)
        or rebuilt_slowly(other, one)
    )


def nearly_equal(one_bytes: int, other_bytes: int) -> bool:
    """Whether two sizes differ by no more than counts."""
    allowed = max(TOLERANCE_BYTES, TOLERANCE * min(one_bytes, other_bytes))
    return abs(one_bytes - other_bytes) <= allowed


def _as_small(item: Alternative, smallest: Alternative) -> bool:
    return nearly_equal(item.unpacked_bytes, smallest.unpacked_bytes) and (
        item.compressed_bytes <= smallest.compressed_bytes
        or nearly_equal(item.compressed_bytes, smallest.compressed_bytes)
    )


def _slower(one: Alternative, other: Alternative) -> bool:
    return one.cold_s > MAGNITUDE * other.cold_s


def _by_size(item: Alternative) -> tuple[int, int, int, str]:
    return (item.unpacked_bytes, item.compressed_bytes, item.effort, item.name)


def _rejected(
    item: Alternative,
    chosen: Alternative,
    front: Sequence[Alternative],
    own_s: float,
) -> Rejected:
    if chosen.shippable and not item.shippable:
        reason = Reason.not_for_shipping
    elif item.rewritten and not chosen.rewritten:
        reason = Reason.rewritten
    elif item.gives_up and not chosen.gives_up:
        reason = Reason.gives_up
    elif too_slow(item.healthy_s, own_s) and not too_slow(chosen.healthy_s, own_s):
        reason = Reason.slow_start
    elif not _as_small(item, chosen) and item.unpacked_bytes >= chosen.unpacked_bytes:
        reason = Reason.larger
    elif _slower(item, chosen):
        reason = Reason.slower
    elif rebuilt_slowly(item, chosen):
        reason = Reason.slow_rebuild
    elif simplicity(item) > simplicity(chosen):
        reason = Reason.as_large_and_less_simple
    else:
        reason = Reason.as_large
    more_bytes = item.unpacked_bytes - chosen.unpacked_bytes
    return Rejected(item, reason, more_bytes, item in front)


def _effort_levels(
    chosen: Alternative, alternatives: Sequence[Alternative]
) -> tuple[EffortLevel, ...]:
    """From the fewest changed levels up: each step changes all that the step before changed, and
    something more."""
    if not chosen.effort:
        return ()
    related = [
        item
        for item in alternatives
        if item.effort and item.shippable >= chosen.shippable and item.changed < chosen.changed
    ]
    chain = [chosen]
    while related:
        above = max(related, key=lambda item: (len(item.changed), -item.unpacked_bytes, item.name))
        chain.insert(0, above)
        related = [item for item in related if item.changed < above.changed]
    return tuple(
        _effort_level(item, before) for before, item in zip([None, *chain], chain, strict=False)
    )


def _effort_level(item: Alternative, before: Alternative | None) -> EffortLevel:
    known = before.changed if before is not None else frozenset()
    return EffortLevel(
        alternative=item,
        added=tuple(sorted(item.changed - known)),
        saved_bytes=None if before is None else before.unpacked_bytes - item.unpacked_bytes,
        more_instructions=None if before is None else item.instructions - before.instructions,
        more_stages=0 if before is None else item.stages - before.stages,
    )
