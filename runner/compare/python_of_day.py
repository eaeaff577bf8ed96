"""The Python of the day of a project's last commit, for a Dockerfile whose packages do not build on
a later one: what was pinned then has no compiled files for what came after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from packaging.version import Version

from runner.analysis.causes import lies_in_python
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.python_version import fits, named_release
from runner.dockerfile.images_of_day import python_of
from runner.model.record import Failure

OF_WHEELS = "the newest that what it pins has compiled files for"
"""Why a Python was chosen."""
_OLD_BUILD_S = 300.0
_FROM = re.compile(r"^FROM python:3\.(\d+)$", re.MULTILINE)


def on_python_of_day(
    own: Sequence[OwnDockerfile],
    failures: Sequence[Failure],
    day: date | None,
    texts: Mapping[str, str],
    of_wheels: str = "",
) -> tuple[list[OwnDockerfile], list[str]]:
    """The plain Dockerfile on the Python that its pinned packages are compiled for where that is
    known (`of_wheels`) and the project allows it, else on that of the day, and what is said of it;
    the Dockerfiles themselves and nothing where no build failed, nor what was written for an
    earlier one, where the project names its Python, and where none is older and allowed."""
    wrong = [x for x in failures if not x.step.startswith("check") or lies_in_python(x)]
    release, today = older_python(own, day, texts, of_wheels)
    if not wrong or not release:
        return list(own), []
    why = f"that of {day}, the day of its last commit"
    why = OF_WHEELS if release == of_wheels else why
    said = f"Python {release}: {why}, as it does not work on {today}"
    first = own[0].dockerfile
    text = _FROM.sub(f"FROM python:{release}", first.text, count=1)
    return [replace(own[0], dockerfile=replace(first, text=text)), *own[1:]], [said]


def older_python(
    own: Sequence[OwnDockerfile], day: date | None, texts: Mapping[str, str], of_wheels: str = ""
) -> tuple[str, str]:
    """The Python `of_wheels`, else that of the day, if the project allows it, and the later one
    that a plain Dockerfile has without the project naming it; two empty texts for any other."""
    if not own or not own[0].plain or named_release(texts):
        return "", ""
    match = _FROM.search(own[0].dockerfile.text)
    known = (of_wheels, python_of(day) if day is not None else "")
    if match is None:
        return "", ""
    today = f"3.{match[1]}"
    older = (x for x in known if x and Version(x) < Version(today) and fits(texts, x))
    found = next(older, "")
    return (found, today) if found else ("", "")


def build_limit_s(limit_s: float, release: str) -> float:
    """How long a build may take where an older `release` is tried next: what has no compiled files
    for a later Python is compiled, which may take an hour and then fail."""
    return min(limit_s, _OLD_BUILD_S) if release else limit_s
