"""The Python of the day of a project's last commit, for a Dockerfile whose packages do not build on
a later one: what was pinned then has no compiled files for what came after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.python_version import fits, named_release
from runner.dockerfile.images_of_day import python_of
from runner.model.record import Failure

_FROM = re.compile(r"^FROM python:3\.(\d+)$", re.MULTILINE)


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
