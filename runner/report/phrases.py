"""Phrases that tables, figures and pages share: headings, and the finding as a sentence."""

from __future__ import annotations

from runner.analysis.headline import Headline
from runner.report import formats

NOT_SHIPPED = "†"
"""Behind the names of images that are not for shipping."""

NOT_SHIPPED_NOTE = f"{NOT_SHIPPED} not for shipping: it shows what is possible."

TIME_HEADINGS = {
    "cold_s": "cold build",
    "mounts_warm_s": "mounts warm",
    "noop_s": "no change",
    "source_edit_s": "source edit",
    "deps_edit_s": "deps edit",
    "healthy_s": "healthy after",
}
"""Column of a time → what people read over it."""


def headline_text(found: Headline) -> str:
    """The finding, and next to it what is possible; empty where nothing passed."""
    return ". ".join(filter(None, (finding_text(found), possible_text(found))))


def finding_text(found: Headline) -> str:
    """`2.22 GB → 31.0 MB, 71.5× smaller (own_root)`, or `base=alpine is 3.10× smaller than
    base=slim`; empty where nothing passed."""
    best, before = found.best, found.before
    if best is None:
        return ""
    size = formats.size(best.unpacked_bytes)
    if found.ratio is None or before is None:
        return f"{best.label}: {size}"
    if found.path:
        factor = _factor(found.ratio)
        return f"{formats.size(before.unpacked_bytes)} → {size}, {factor} ({best.label})"
    if found.ratio < 1.005:
        return f"All images have {size}"
    return f"{best.label} is {_factor(found.ratio)} than {before.label}"


def possible_text(found: Headline) -> str:
    """`Possible, but not for shipping: 18.3 MB (traced).`; empty where there is nothing smaller."""
    if found.possible is None:
        return ""
    size = formats.size(found.possible.unpacked_bytes)
    return f"Possible, but not for shipping: {size} ({found.possible.label})."


def _factor(ratio: float) -> str:
    if ratio >= 1:
        return f"{formats.factor(ratio)} smaller"
    return f"{formats.factor(1 / ratio)} larger"
