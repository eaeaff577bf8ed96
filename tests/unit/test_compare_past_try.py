"""When the packages of an earlier day are tried, and of which Dockerfile."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_try import PastTry
from runner.compare.request import Request
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing
from runner.model.record import Failure
from runner.sweep.process import Process

LINT = Failure("[3/9] RUN flake8 .", "exit code 1: ./shop.py:70:10: E211 whitespace before '('", 1)
MODULE = Failure(
    "check: start",
    "the container exited with 3 before it was healthy",
    3,
    (
        "    from flask._compat import text_type",
        "ModuleNotFoundError: No module named 'flask._compat'",
    ),
)


def tried(failed: dict[str, Failure], *names: str) -> tuple[str, str]:
    """Why the past is tried, and with which of these Dockerfiles."""
    own = [OwnDockerfile(x, Dockerfile("FROM python:3.11\n"), "") for x in names]
    past = PastTry(Request(Path("shop")), own, Listing(()), cast(Process, None))
    cause = past.cause(failed, 60.0)
    assert past.own is not None
    return cause, past.own.name


def test_one_dockerfile_that_fails_by_its_packages_is_enough() -> None:
    cause, name = tried(
        {"Dockerfile.prod": LINT, "Dockerfile": MODULE}, "Dockerfile.prod", "Dockerfile"
    )
    assert "flask._compat" in cause
    assert name == "Dockerfile", "the one that can be built"


def test_it_is_not_tried_where_none_does() -> None:
    assert tried({"Dockerfile": LINT}, "Dockerfile") == ("", "Dockerfile")
    assert tried({}, "Dockerfile") == ("", "Dockerfile")


def test_a_step_of_the_ladder_stands_for_the_plain_one() -> None:
    cause, name = tried({"slim": MODULE}, "plain python")
    assert cause
    assert name == "plain python"
