"""Which Node or Python the tags meant on a day that name no version (`node:lts-alpine`,
`python:3-slim`): text in, text out."""

from __future__ import annotations

import re
from datetime import date, timedelta

from runner.dockerfile.document import Document
from runner.dockerfile.spans import Replacement

_NODES = {
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
_PYTHONS: dict[str, date] = {
    "3.6": date(2016, 12, 23),
    "3.8": date(2018, 6, 27),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}
"""Release of Python → its day, oldest first; 3.8 has that of 3.7, which nothing here stands for."""
RELEASES = tuple(_PYTHONS)
"""The releases of Python that are known, oldest first."""
_TAKEN_UP = timedelta(days=90)
"""How long after its release most packages have files for it."""
_OFFICIAL = re.compile(r"((?:docker\.io/)?(?:library/)?(node|python))(?::([a-z0-9][\w.-]*))?")
_NEWEST = {"node": ("latest", "lts", "current"), "python": ("latest", "3")}
"""What a tag begins with that names no version."""
_CODENAMES = re.compile(
    r"argon|boron|carbon|dubnium|erbium|fermium|gallium|hydrogen|iron|jod|krypton"
)
"""Tags that are a version by another name."""


def node_of(day: date, is_lts: bool = False) -> int | None:
    """The newest major version of Node of a day, with `is_lts` that with long-term support; None
    for a day before the first."""
    known = [major for major, days in _NODES.items() if days[is_lts] <= day]
    return max(known, default=None)


def python_of(day: date) -> str:
    """The newest release of Python that was in use on a day; of an earlier day the oldest that is
    known."""
    first, *_ = _PYTHONS
    return next((x for x, y in reversed(_PYTHONS.items()) if y + _TAKEN_UP <= day), first)


def image_of_day(reference: str, day: date, python: str = "") -> str:
    """The image that a tag without a version meant on a day, by its version, with the release of
    `python` where one is named; empty for any other image."""
    match = _OFFICIAL.fullmatch(reference)
    if match is None:
        return ""
    image, name, tag = match[1], match[2], match[3] or "latest"
    first, _, kind = tag.partition("-")
    if first not in _NEWEST[name]:
        if tag[0].isdigit() or _CODENAMES.match(tag):
            return ""
        kind = tag
    node = node_of(day, first == "lts")
    version = (python or python_of(day)) if name == "python" else node
    return f"{image}:{version}{f'-{kind}' if kind else ''}" if version else ""


def is_python(reference: str) -> bool:
    """Whether it is an official image of Python."""
    match = _OFFICIAL.fullmatch(reference)
    return match is not None and match[2] == "python"


def with_images(document: Document, images: dict[str, str]) -> Document:
    """The document whose stages are built on these images in the place of others."""
    return document.edited(
        [
            Replacement(*stage.span, images[stage.reference])
            for stage in document.stages
            if stage.reference in images
        ]
    )
