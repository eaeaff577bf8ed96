"""Of many rows those that a reader can take in: a figure shows them, tables have all."""

from __future__ import annotations

from runner.analysis.steps import Step

MOST = 40
"""Rows of a figure."""

LARGEST, FAILED = 5, 5
"""Of more variants than that: so many of the largest, and so many that failed."""


def telling_variants(steps: tuple[Step, ...]) -> tuple[tuple[Step, ...], str]:
    """Those of a grid, in their order (smallest first), and what is left out: shown are the
    smallest, a few of the largest and a few that failed."""
    if len(steps) <= MOST:
        return steps, ""
    sized = [step for step in steps if step.unpacked_bytes is not None]
    failures = [step for step in steps if step.unpacked_bytes is None]
    failed = failures[: max(FAILED, MOST - len(sized))]
    room = MOST - len(failed)
    smallest, rest = sized[: max(room - LARGEST, 0)], sized[max(room - LARGEST, 0) :]
    largest = rest[-min(LARGEST, room) :]
    shown = (*smallest, *largest, *failed)
    parts = [f"the {len(smallest)} smallest", f"the {len(largest)} largest" if largest else ""]
    parts.append(f"{len(failed)} that failed" if failed else "")
    return shown, _left_out(len(steps) - len(shown), len(steps), parts)


def telling_steps(steps: tuple[Step, ...]) -> tuple[tuple[Step, ...], str]:
    """Those of a path, in their order: the first, the last, and those that changed most."""
    if len(steps) <= MOST:
        return steps, ""
    ends = {0, len(steps) - 1}
    moved = sorted(
        range(len(steps)),
        key=lambda place: (place not in ends, -abs(steps[place].saved_bytes or 0), place),
    )
    shown = tuple(steps[place] for place in sorted(moved[:MOST]))
    parts = ["the first, the last and those that changed most"]
    return shown, _left_out(len(steps) - len(shown), len(steps), parts)


def _left_out(count: int, total: int, parts: list[str]) -> str:
    told = ", ".join(part for part in parts if part)
    return f"{total - count} of {total:,} rows: {told}; the other {count:,} are in summary.csv."
