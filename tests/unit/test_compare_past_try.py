"""When the packages of an earlier day are tried, and of which Dockerfile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_tools import lenient_pip, past_tools
from runner.compare.past_try import PastTry
from runner.compare.request import Request
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing
from runner.model.record import Failure
from runner.network import past_index
from runner.sweep.process import Process
from tests.unit.test_network_past_index import file

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
ROOT = Failure(
    "[3/4] RUN pip install poetry && poetry install",
    "exit code 1: use --no-root",
    1,
    (
        "Error: The current project could not be installed: No file/folder found for package shop",
        "If you do not want to install the current project use --no-root.",
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


def test_an_installer_that_does_something_else_today_is_not_mended_by_another_python() -> None:
    own = [OwnDockerfile("Dockerfile", Dockerfile("FROM python\nRUN pip install poetry\n"), "")]
    past = PastTry(Request(Path()), own, Listing(()), cast(Process, None))
    assert not past.on_python([ROOT], 60.0)
    assert "--no-root" in past.cause({"Dockerfile": ROOT}, 60.0)
    assert past.by_tool


def test_the_installer_of_the_day_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        "pip": [file("pip-1.0.tar.gz", "2011-01-01T00:00:00Z")],
        "poetry": [
            file("poetry-1.8.3-py3-none-any.whl", "2024-05-08T00:00:00Z"),
            file("poetry-2.0.0-py3-none-any.whl", "2025-01-05T00:00:00Z"),
        ],
    }
    monkeypatch.setattr(past_index, "page", lambda name, _: {"files": pages[name]})
    text = "FROM python:3.12 AS build\nRUN pip install -U pip {}\nRUN poetry install\n"
    own = OwnDockerfile("Dockerfile", Dockerfile(text.format("poetry")), "")
    found = past_tools(own, date(2024, 6, 1), "it ends")
    assert found is not None
    assert found.text == text.format("poetry==1.8.3")
    assert "with poetry 1.8.3, the newest on 2024-06-01" in found.line
    assert "with that of today it ends" in found.line
    assert "+RUN pip install -U pip poetry==1.8.3" in found.patch
    for named in ("poetry==1.8.2", "flask"):
        other = OwnDockerfile("Dockerfile", Dockerfile(text.format(named)), "")
        assert past_tools(other, date(2024, 6, 1), "it ends") is None


def test_it_is_tried_on_the_base_that_the_dockerfiles_have_by_then() -> None:
    own = [OwnDockerfile("plain python", Dockerfile("FROM python:3.11\n"), "", plain=True)]
    past = PastTry(Request(Path("shop")), own, Listing(()), cast(Process, None))
    later = [replace(own[0], dockerfile=Dockerfile("FROM python:3.9\n"))]
    past.goes_on_with(later)
    assert past.own == later[0]
    past.cause({"plain python": MODULE}, 60.0)
    assert past.own == later[0]


@pytest.mark.parametrize(
    ("run", "after"),
    [
        ("pip install --upgrade pip", "pip install --upgrade pip==24.0"),
        ("pip install -U pip setuptools", "pip install -U pip==24.0 setuptools"),
        ("pip install --upgrade 'pip==25.0'", None),
        ("pip install -r r.txt", None),
    ],
)
def test_a_pip_that_takes_old_metadata_is_named(run: str, after: str | None) -> None:
    own = OwnDockerfile("Dockerfile", Dockerfile(f"FROM python:3.11\nRUN {run}\n"), "")
    found = lenient_pip(own, date(2024, 9, 1), "the pip that was installed refuses")
    assert (found.text.partition("RUN ")[2].strip() if found else None) == after
