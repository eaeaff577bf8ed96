"""Which Node the tags meant on a day that name no version (`node`, `node:lts-alpine`): text in,
text out."""

from __future__ import annotations

import re
from datetime import date

from runner.dockerfile.document import Document
from runner.dockerfile.spans import Replacement

_RELEASES = {
    4: (date(2015, 9, 8), date(2015, 10, 12)),
    6: (date(2016, 4, 26), date(2016, 10, 18)),
    8: (date(2017, 5, 30), date(2017, 10, 31)),
    10: (date(2018, 4, 24), date(2018, 10, 30)),
    12: (date(2019, 4, 23), date(2019, 10, 21)),
    14: (date(2020, 4, 21), date(2020, 10, 27)),
    16: (date(2021, 4, 20), date(2021, 10, 26)),
    18: (date(2022, 4, 19), date(2022, 10, 25)),
    20: (date(2023, 4, 18), date(2023, 10, 24)),
    22: (date(2024, 4, 24), date(2024, 10, 29)),
    24: (date(2025, 5, 6), date(2025, 10, 28)),
    26: (date(2026, 4, 22), date(2026, 10, 28)),
}
"""Major version with long-term support → when it was released, and when that support began
(https://github.com/nodejs/Release)."""
_NODE = re.compile(r"((?:docker\.io/)?(?:library/)?node)(?::([a-z][\w.-]*))?")
_CODENAMES = re.compile(
    r"argon|boron|carbon|dubnium|erbium|fermium|gallium|hydrogen|iron|jod|krypton"
)
"""Tags that are a version by another name."""


def node_of(day: date, is_lts: bool = False) -> int | None:
    """The newest major version of a day, with `is_lts` that with long-term support; None for a day
    before the first."""
    known = [major for major, days in _RELEASES.items() if days[is_lts] <= day]
    return max(known, default=None)


def image_of_day(reference: str, day: date) -> str:
    """The image that a tag without a version meant on a day, by its version; empty for any other
    image."""
    match = _NODE.fullmatch(reference)
    if match is None or _CODENAMES.match(match[2] or ""):
        return ""
    first, _, rest = (match[2] or "latest").partition("-")
    kind = rest if first in ("latest", "lts", "current") else match[2]
    major = node_of(day, first == "lts")
    return f"{match[1]}:{major}{f'-{kind}' if kind else ''}" if major else ""


def with_images(document: Document, images: dict[str, str]) -> Document:
    """The document whose stages are built on these images in the place of others."""
    return document.edited(
        [
            Replacement(*stage.span, images[stage.reference])
            for stage in document.stages
            if stage.reference in images
        ]
    )
