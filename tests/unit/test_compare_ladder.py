"""The steps of the ladder, and the images that they stand on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.compare.base_images import NAMED, NEAREST
from runner.compare.ladder import of_python, on_named
from runner.model.levels import Base
from runner.sweep.config import Config
from runner.sweep.plan import PlannedVariant


@pytest.mark.parametrize(
    ("about", "image"), [(NAMED, "python:3.11-alpine"), (NEAREST, "python:3.14-alpine")]
)
def test_a_step_goes_to_the_image_that_is_named_and_not_to_the_nearest(
    about: str, image: str
) -> None:
    """Its Dockerfile would have an older Python than the project's own."""
    base = Base(level="alpine", about="", image="python:3.14-alpine", standin="")
    step = PlannedVariant("alpine", "", replace(Config(), base=base))
    other = Base(level=base.image, about=about, image="python:3.11-alpine", standin="alpine")
    assert on_named(step, [other]).config.base.image == image


@pytest.mark.parametrize(
    ("version", "image", "standin"),
    [
        ("3.12", "python:3.12-slim", "python3.12-slim"),
        ("3.11", "python:3.11-slim", "slim"),
        ("2.7", "python:2.7-slim", ""),
    ],
)
def test_a_step_has_the_projects_python_and_its_standin(
    version: str, image: str, standin: str
) -> None:
    """It was left out for every Python but one."""
    base = Base(level="slim", about="", image="python:3.11-slim", standin="slim")
    found = of_python(base, version)
    assert (found.image, found.standin) == (image, standin)
