"""Which Node or Python a tag without a version meant on a day, and what comes of it."""

from __future__ import annotations

from datetime import date

import pytest

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_images import past_images
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.images_of_day import image_of_day, node_of

DAY = date(2021, 5, 3)
TODAY = date(2026, 11, 29)


def own(text: str, *, plain: bool = False) -> OwnDockerfile:
    return OwnDockerfile("Dockerfile", Dockerfile(text), "", plain=plain)


@pytest.mark.parametrize(
    ("day", "newest", "lts"),
    [
        ("2015-09-07", None, None),
        ("2015-09-08", 4, None),
        ("2021-04-19", 14, 14),
        ("2021-04-20", 16, 14),
        ("2021-10-26", 16, 16),
        ("2099-01-01", 26, 26),
    ],
)
def test_the_newest_of_a_day(day: str, newest: int | None, lts: int | None) -> None:
    assert node_of(date.fromisoformat(day)) == newest
    assert node_of(date.fromisoformat(day), is_lts=True) == lts


@pytest.mark.parametrize(
    ("reference", "image"),
    [
        ("node", "node:16"),
        ("node:latest", "node:16"),
        ("node:current", "node:16"),
        ("node:alpine", "node:16-alpine"),
        ("node:lts", "node:14"),
        ("node:lts-alpine", "node:14-alpine"),
        ("docker.io/library/node:current-bullseye-slim",
         "docker.io/library/node:16-bullseye-slim"),
        *((x, "") for x in ("node:14", "node:16.1-alpine", "node:fermium", "node:gallium-slim")),
        *((x, "") for x in ("nginx:alpine", "example.org/node", "node:${TAG}", "node@sha256:a")),
    ],
)  # fmt: skip
def test_a_tag_without_a_version(reference: str, image: str) -> None:
    assert image_of_day(reference, DAY) == image


def test_it_is_built_on_that_and_said() -> None:
    text = "FROM node:alpine AS a\nRUN x\nFROM a AS b\nFROM nginx\nCOPY --from=a /x /y\n"
    found = past_images(own(text), DAY, "it fails", TODAY)
    assert found is not None
    after = text.replace("node:alpine", "node:16-alpine")
    assert found.changed == {"Dockerfile": (text, after)}
    assert "+FROM node:16-alpine AS a" in found.patch
    assert "node:16-alpine for node:alpine, as on 2021-05-03, the day of its last" in found.line
    assert found.line.endswith("with that of today it fails")
    (changed,) = found.applied([own(text)])
    assert changed.dockerfile.text == after


@pytest.mark.parametrize(
    ("reference", "image"),
    [
        ("python", "python:3.9"),
        ("python:3", "python:3.9"),
        ("docker.io/library/python:latest", "docker.io/library/python:3.9"),
        ("python:3-slim-buster", "python:3.9-slim-buster"),
        ("python:alpine", "python:3.9-alpine"),
        *(
            (x, "")
            for x in ("python:3.9", "python:3.9-slim", "example.org/python", "python@sha256:a")
        ),
    ],
)
def test_a_tag_of_python_without_a_release(reference: str, image: str) -> None:
    assert image_of_day(reference, DAY) == image
    found = past_images(own(f"FROM {reference}\nRUN x\n"), DAY, "it fails", TODAY)
    if image:
        assert found is not None
        assert found.text == f"FROM {image}\nRUN x\n"


def test_it_may_be_the_python_that_packages_are_compiled_for() -> None:
    found = past_images(own("FROM python:slim\nRUN x\n"), DAY, "it fails", TODAY, "3.12")
    assert found is not None
    assert found.text == "FROM python:3.12-slim\nRUN x\n"
    two = past_images(own("FROM node:lts\nFROM python\nRUN x\n"), DAY, "a", TODAY, "3.12")
    assert two is not None
    assert two.text == "FROM node:lts\nFROM python:3.12\nRUN x\n"
    assert "python:3.12-slim for python:slim, the newest that what it pins" in found.line


def test_a_plain_one_has_no_version_that_anybody_chose() -> None:
    found = past_images(own("FROM node:22\nRUN npm install\n", plain=True), DAY, "a", TODAY)
    assert found is not None
    assert found.text.startswith("FROM node:14\n")
    assert not found.changed


@pytest.mark.parametrize(
    ("text", "plain", "day"),
    [
        ("FROM node:22\n", False, DAY),
        ("FROM node:18\n", True, DAY),
        ("FROM python:3.9-alpine\n", False, DAY),
        ("FROM node:alpine\n", False, TODAY),
        ("FROM node:22\n", True, TODAY),
        ("FROM node:alpine\n", False, date(2014, 1, 1)),
    ],
)
def test_where_it_is_the_same(text: str, plain: bool, day: date) -> None:
    assert past_images(own(text, plain=plain), day, "a", TODAY) is None
