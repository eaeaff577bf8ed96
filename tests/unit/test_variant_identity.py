"""A variant's identity: what it is made of, and that records of earlier versions keep theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.model.levels import Levels
from runner.model.variant import Recipe, variant_id
from tests.unit.levels_from_yaml import load_levels

PLAIN = Recipe("FROM a\n", "", ".", "a")
RECIPES = {
    "plain": PLAIN,
    "another Dockerfile": replace(PLAIN, dockerfile="FROM b\n"),
    "an ignore file": replace(PLAIN, dockerignore=".git\n"),
    "another context": replace(PLAIN, context="app"),
    "a further file": replace(PLAIN, files={"list.txt": "/a\n"}),
    "another text in it": replace(PLAIN, files={"list.txt": "/b\n"}),
    "a target": replace(PLAIN, target="run"),
    "an argument": replace(PLAIN, build_args={"A": "1"}),
    "both": replace(PLAIN, target="run", build_args={"A": "1"}),
}


def test_whatever_goes_into_the_image_is_part_of_the_identity() -> None:
    found = [variant_id(recipe, Levels(), "d") for recipe in RECIPES.values()]
    found.append(variant_id(PLAIN, Levels(), "e"))
    found.append(variant_id(PLAIN, load_levels(base="slim"), "d"))
    assert len(set(found)) == len(found)


def test_the_name_of_the_usual_base_and_what_a_reader_is_told_are_not() -> None:
    other = replace(PLAIN, default_base="b", dockerfile_path="Dockerfile", notes=("no effect",))
    assert variant_id(other, Levels(), "d") == variant_id(PLAIN, Levels(), "d")


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("plain", "4eeeaaa876aa"),
        ("a further file", "3da83ed44ee2"),
        ("a target", "c6617407a821"),
        ("both", "e8592b5dd082"),
    ],
)
def test_the_identity_is_that_of_earlier_versions(name: str, identity: str) -> None:
    """Another one would measure all of them anew."""
    assert variant_id(RECIPES[name], Levels(), "d") == identity
