"""The Python of the day of the last commit."""

from __future__ import annotations

from datetime import date

import pytest

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.python_of_day import build_limit_s, older_python, on_python_of_day
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.images_of_day import python_of
from runner.model.record import Failure

DAY = date(2022, 6, 1)
BUILD = Failure("[5/6] RUN pip install -r x", "exit code 1: Failed to build pyyaml", 1)
PLAIN = OwnDockerfile("plain python", Dockerfile("FROM python:3.11\nCMD x\n"), "", plain=True)
RANGE = {"pyproject.toml": "[tool.poetry.dependencies]\npython = '^3.10'\n"}


@pytest.mark.parametrize(
    ("day", "release"),
    [
        (date(2015, 1, 1), "3.6"),
        (date(2018, 9, 24), "3.6"),
        (date(2018, 9, 25), "3.8"),
        (date(2021, 1, 1), "3.8"),
        (date(2021, 1, 31), "3.9"),
        (DAY, "3.10"),
        (date(2024, 1, 1), "3.12"),
        (date(2025, 12, 1), "3.13"),
        (date(2030, 1, 1), "3.14"),
    ],
)
def test_it_was_in_use_for_some_months(day: date, release: str) -> None:
    assert python_of(day) == release


def test_the_plain_dockerfile_is_built_on_it() -> None:
    (found,), said = on_python_of_day([PLAIN], [BUILD], DAY, RANGE)
    assert found.dockerfile.text == "FROM python:3.10\nCMD x\n"
    assert said == [
        "Python 3.10: that of 2022-06-01, the day of its last commit, as it does not work on 3.11"
    ]
    assert on_python_of_day([found], [BUILD], DAY, RANGE) == ([found], [])


def test_so_is_one_whose_service_was_written_for_an_earlier_one() -> None:
    words = "ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/python3.11"
    failure = Failure("check: start", "the container exited with 1", 1, (f"{words}/x.py)",))
    (found,), _ = on_python_of_day([PLAIN], [failure], DAY, {})
    assert found.dockerfile.text == "FROM python:3.10\nCMD x\n"


def test_it_is_the_one_that_its_packages_are_compiled_for_where_that_is_known() -> None:
    (found,), said = on_python_of_day([PLAIN], [BUILD], None, {}, "3.9")
    assert found.dockerfile.text == "FROM python:3.9\nCMD x\n"
    assert said == [
        "Python 3.9: the newest that what it pins has compiled files for, as it does not work on"
        " 3.11"
    ]
    (found,), said = on_python_of_day([PLAIN], [BUILD], DAY, RANGE, "3.9")
    assert found.dockerfile.text == "FROM python:3.10\nCMD x\n", "the project does not allow 3.9"
    assert "that of 2022-06-01" in said[0]


@pytest.mark.parametrize(
    ("own", "failure", "day", "texts"),
    [
        (PLAIN, Failure("check: start", "it exited with 1", 1), DAY, {}),
        (PLAIN, BUILD, None, {}),
        (PLAIN, BUILD, date(2023, 6, 1), {}),
        (PLAIN, BUILD, DAY, {".python-version": "3.11\n"}),
        (PLAIN, BUILD, DAY, {"pyproject.toml": "[project]\nrequires-python = '>=3.11'\n"}),
        (OwnDockerfile("Dockerfile", PLAIN.dockerfile, ""), BUILD, DAY, {}),
    ],
)
def test_else_they_stay_as_they_are(
    own: OwnDockerfile, failure: Failure, day: date | None, texts: dict[str, str]
) -> None:
    assert on_python_of_day([own], [failure], day, texts) == ([own], [])


def test_a_build_takes_no_hour_where_an_older_one_is_tried_next() -> None:
    assert older_python([PLAIN], DAY, RANGE) == ("3.10", "3.11")
    assert build_limit_s(1800, "3.10") == 300
    assert build_limit_s(60, "3.10") == 60
    assert build_limit_s(1800, "") == 1800
