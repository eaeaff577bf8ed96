"""What a comparison says in which nothing passed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from runner.cli.verdict import nothing_passed
from runner.compare.offers import Compared
from runner.model.paths import ResultPaths
from runner.model.record import Failure, Record, Status
from tests.unit.records import failing, record

MONGO = ("db (mongo:7)",)


def said(
    failure: Failure,
    left_out: tuple[str, ...] = MONGO,
    status: str = "check_failed",
    before: tuple[Record, ...] = (),
    nearest: tuple[Record, ...] = (),
) -> str:
    bad = replace(failing(record("Dockerfile"), Status(status)), failure=failure)
    understood: Any = SimpleNamespace(
        project=SimpleNamespace(name="shop"), listing=SimpleNamespace(paths=(), texts={})
    )
    compared = Compared(understood, cast(ResultPaths, Path()), [], [*before, bad], (), left_out)
    return str(nothing_passed(replace(compared, nearest=nearest)))


@pytest.mark.parametrize(
    "log", [(), ("MongoServerSelectionError: connect ECONNREFUSED ::1:27017",)]
)
def test_a_service_that_cannot_be_had_is_the_cause_where_no_other_is_seen(log: Any) -> None:
    text = said(Failure("check: start", "exited with 1", 1, log))
    assert "it runs with db (mongo:7) beside it, which cannot be had here" in text
    assert text.endswith("(docker load, mongo:7)")


def test_another_cause_comes_first() -> None:
    failure = Failure("check: start", "exited with 1", 1, ("KeyError: 'SECRET_KEY'",))
    assert said(failure).endswith("--env SECRET_KEY=VALUE")
    started = Failure("check: start", 'exec: "app": executable file not found in $PATH', 1)
    assert "starts app, which is no program of its image" in said(started)


def test_a_build_that_fails_needs_no_service() -> None:
    failure = Failure("RUN make", "exit code 2: no rule", 2)
    text = said(failure, status="build_failed")
    assert text.endswith("correct the project or its dockbench.yaml (docs/compare.md)")


@pytest.mark.parametrize(("status", "named"), [("build_failed", "first"), ("check_failed", "last")])
def test_where_nothing_builds_the_nearest_base_tells_why(status: str, named: str) -> None:
    bad = replace(failing(record("Dockerfile"), Status.build_failed), failure=Failure("a", "first"))
    assert named in said(Failure("b", "last"), status=status, nearest=(bad,))


@pytest.mark.parametrize(
    ("here", "there", "named"),
    [
        ("[build 5/5] RUN b", "[build 4/5] RUN a", "last"),
        ("[build 4/5] RUN a", "[build 4/5] RUN a", "first"),
        ("[build 3/5] RUN c", "[build 4/5] RUN a", "first"),
        ("[other 5/5] RUN b", "[build 4/5] RUN a", "first"),
        ("[5/5] RUN b", "[4/6] RUN a", "last"),
    ],
)
def test_another_base_tells_why_where_the_build_goes_further_on_it(
    here: str, there: str, named: str
) -> None:
    bad = failing(record("Dockerfile"), Status.build_failed)
    nearest = replace(bad, failure=Failure(there, "first"))
    assert named in said(Failure(here, "last"), status="build_failed", nearest=(nearest,))


def test_what_does_not_start_may_need_arguments() -> None:
    text = said(Failure("check: start", "exited with 1: no file was given", 1), left_out=())
    assert text.endswith("or its arguments in check.command: docs/compare.md)")


def test_the_cause_stands_behind_the_failure_that_it_is_the_cause_of() -> None:
    typed = Failure("FROM ndoe", "no registry answers for ndoe", None)
    other = replace(failing(record("client/Dockerfile"), Status.base_failed), failure=typed)
    failure = Failure("check: start", "exited with 1", 1, ("KeyError: 'SECRET_KEY'",))
    text = said(failure, before=(other,))
    assert "none of 2 alternatives for shop passed: Dockerfile: check failed: " in text
    assert "ndoe" not in text
