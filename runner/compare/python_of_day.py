"""The Python of the day of a project's last commit, for a Dockerfile whose packages do not build on
a later one: what was pinned then has no compiled files for what came after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.python_version import fits, named_release
from runner.model.record import Failure

_RELEASED: dict[str, date] = {
    "3.8": date(2019, 10, 14),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}
"""The day of each release, oldest first."""
_TAKEN_UP = timedelta(days=90)
"""How long after its release most packages have files for it."""
_MOVING = re.compile(
    r"((?:docker\.io/)?(?:library/)?python)(?::(?:(?:latest|3)(-[a-z][\w.-]*)?|(?!latest)([a-z][\w.-]*)))?"
)
"""Tags that name no release: `python`, `python:3-slim`, `python:alpine`."""
_FROM = re.compile(r"^FROM python:3\.(\d+)$", re.MULTILINE)


def python_of(day: date) -> str:
    """The newest release that was in use on a day; of an earlier one the oldest that is known."""
    first, *_ = _RELEASED
    return next((x for x, y in reversed(_RELEASED.items()) if y + _TAKEN_UP <= day), first)


def python_image_of_day(reference: str, day: date) -> str:
    """`python:3.10-slim` for `python:3-slim`: what a tag without a release meant on a day; empty
    for any other image."""
    match = _MOVING.fullmatch(reference)
    kind = (match[2] or f"-{match[3] or ''}").rstrip("-") if match else ""
    return f"{match[1]}:{python_of(day)}{kind}" if match else ""


def on_python_of_day(
    own: Sequence[OwnDockerfile],
    failures: Sequence[Failure],
    day: date | None,
    texts: Mapping[str, str],
) -> tuple[list[OwnDockerfile], list[str]]:
    """The plain Dockerfile on that Python, and what is said of it; the Dockerfiles themselves and
    nothing where no build failed, where the project names its Python, and where that of the day is
    as new or is not allowed."""
    wrong = [x for x in failures if not x.step.startswith("check")]
    if not wrong or day is None or not own or not own[0].plain or named_release(texts):
        return list(own), []
    match = _FROM.search(own[0].dockerfile.text)
    release = python_of(day)
    if match is None or int(match[1]) <= int(release.partition(".")[2]) or not fits(texts, release):
        return list(own), []
    said = (
        f"Python {release}: that of {day}, the day of its last commit, as what it installs does not"
        f" build on 3.{match[1]}"
    )
    first = own[0].dockerfile
    text = _FROM.sub(f"FROM python:{release}", first.text, count=1)
    return [replace(own[0], dockerfile=replace(first, text=text)), *own[1:]], [said]
