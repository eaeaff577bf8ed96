"""base=VERSION: another version of the official image, and nothing else."""

from __future__ import annotations

import pytest

from tests.unit.edited_texts import edited, refused

TWO = """\
FROM python:3.11-slim AS build
RUN pip install x
FROM node:20 AS assets
RUN npm ci
FROM docker.io/library/python:3.11-slim-bookworm
COPY --from=build /x /x
CMD ["x"]
"""


@pytest.mark.parametrize(
    ("reference", "level", "wanted"),
    [
        ("python:3.11", "base=3.13", "python:3.13"),
        ("python:3.11.4-slim-bookworm", "base=3.13", "python:3.13-slim-bookworm"),
        ("node:20-alpine", "base=22", "node:22-alpine"),
        ("docker.io/library/golang:1.21-alpine3.18", "base=1.24.1", None),
        ("oven/bun:1.1-slim", "base=1.2", "oven/bun:1.2-slim"),
    ],
)
def test_the_kind_of_the_image_stays(reference: str, level: str, wanted: str | None) -> None:
    wanted = wanted or "docker.io/library/golang:1.24.1-alpine3.18"
    text = "FROM {} AS x\nWORKDIR /app # {}\nCMD x\n"
    assert edited(text.format(reference, 1), level) == text.format(wanted, 1)


def test_stages_of_the_same_image_go_along() -> None:
    """What one installs for its interpreter is copied to the other."""
    alike = TWO.replace("docker.io/library/", "")
    assert edited(alike, "base=3.13") == alike.replace("python:3.11", "python:3.13")
    other = alike.replace("python:3.11-slim AS build", "python:3.9 AS build")
    assert "FROM python:3.9 AS build" in edited(other, "base=3.13")


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("python:3.13-slim", "version 3.13 already"),
        ("python", "not an official image of a language with a version"),
        ("python:slim", "not an official image of a language with a version"),
        ("python:3.11@sha256:" + "0" * 64, "not an official image"),
        ("company/python:3.11", "not an official image"),
        ("scratch", "not an official image"),
    ],
)
def test_what_has_no_version_to_change_stays(reference: str, why: str) -> None:
    assert why in refused(f"FROM {reference}\nCMD x\n", "base=3.13")


def test_a_version_in_an_argument_stays() -> None:
    text = "ARG VERSION=3.11\nFROM python:${VERSION}-slim\nCMD x\n"
    assert refused(text, "base=3.13")
