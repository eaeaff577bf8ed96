"""Levels that contradict each other are refused with both levels and the reason."""

from __future__ import annotations

import re

import pytest

from runner.model.engine import BuilderName
from runner.model.errors import ConstraintError
from runner.model.levels import Cache, Levels, Prune, Purge
from runner.recipe.constraints import RULES, check
from tests.unit.levels_from_yaml import load_level, load_levels, load_project

BUILDKIT, CLASSIC = BuilderName.buildkit, BuilderName.classic

REFUSED: list[tuple[dict[str, str], BuilderName, str]] = [
    ({"cache": "mount"}, CLASSIC, "cache=mount contradicts builder=classic: only BuildKit has"),
    ({"deps": "stale", "installer": "poetry"}, BUILDKIT, "deps=stale contradicts installer=poetry"),
    (
        {"prune": "trimmed"},
        BUILDKIT,
        "prune=trimmed contradicts stages=single: deleting on top of a base saves nothing",
    ),
    (
        {"prune": "traced", "stages": "multi"},
        BUILDKIT,
        "prune=traced contradicts bytecode=write: Python asks for the source of bytecode",
    ),
    (
        {"cache": "purge_late", "layers": "merged"},
        BUILDKIT,
        "cache=purge_late contradicts layers=merged: a later layer",
    ),
    (
        {"cache": "purge_late", "layers": "squashed"},
        BUILDKIT,
        "cache=purge_late contradicts layers=squashed: a later layer",
    ),
    (
        {"mirror": "custom"},
        BUILDKIT,
        "give at least one of mirror.index_url, mirror.apt_url, mirror.apk_url",
    ),
]


def reason(levels: Levels, builder: BuilderName = BUILDKIT) -> str:
    """Why these levels are refused."""
    with pytest.raises(ConstraintError) as caught:
        check(levels, load_project(), builder)
    return str(caught.value)


@pytest.mark.parametrize(("names", "builder", "message"), REFUSED)
def test_contradictory_levels_are_refused(
    names: dict[str, str], builder: BuilderName, message: str
) -> None:
    text = reason(load_levels(**names), builder)

    assert message in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("names", "builder"),
    [
        ({"cache": "mount"}, BUILDKIT),
        ({"layers": "squashed"}, CLASSIC),
        ({"layers": "squashed", "stages": "multi"}, CLASSIC),
        ({"prune": "trimmed", "stages": "multi"}, CLASSIC),
        ({"prune": "trimmed", "stages": "multi", "layers": "squashed"}, BUILDKIT),
        ({"cache": "purge_late", "stages": "multi", "layers": "merged"}, BUILDKIT),
        ({"deps": "locked_dev", "installer": "poetry"}, BUILDKIT),
    ],
)
def test_what_only_looks_contradictory_is_allowed(
    names: dict[str, str], builder: BuilderName
) -> None:
    check(load_levels(**names), load_project(), builder)


def test_all_contradictions_are_reported_together() -> None:
    text = reason(
        load_levels(cache="mount", prune="trimmed", deps="stale", installer="poetry"), CLASSIC
    )

    assert len(re.findall(r"\w+=\w+ contradicts \w+=\w+", text)) == 3


def test_a_missing_dependency_set_names_those_that_exist() -> None:
    levels = load_levels()
    levels.deps.level = "newest"

    assert reason(levels) == (
        "deps=newest contradicts project=famous_ner: "
        "its dependencies are locked, locked_dev, stale, trimmed"
    )


def test_a_set_without_a_requirements_file_needs_poetry() -> None:
    project = load_project()
    project.dependencies["locked"].requirements = ""

    with pytest.raises(ConstraintError, match=r"deps=locked contradicts installer=uv: .*poetry"):
        check(load_levels(installer="uv"), project, BUILDKIT)


def test_poetry_needs_the_names_of_its_files() -> None:
    project = load_project()
    project.dependency_files = []

    with pytest.raises(ConstraintError, match=r"installer=poetry contradicts .*dependency_files"):
        check(load_levels(installer="poetry"), project, BUILDKIT)


def test_poetry_cannot_be_given_an_index() -> None:
    levels = load_levels(installer="poetry")
    levels.mirror.index_url = "https://mirror.example/simple"

    assert "contradicts installer=poetry: poetry takes its index from pyproject" in reason(levels)


def test_naming_what_to_leave_out_without_an_own_root_is_refused() -> None:
    levels = load_levels(stages="multi")
    levels.prune = Prune(level="mine", about="a level of my own", patterns=["tests"])

    assert "prune=mine contradicts own_root=false" in reason(levels)


def test_cache_mounts_and_purging_exclude_each_other() -> None:
    levels = load_levels()
    levels.cache = Cache(level="both", about="a mistake", mount=True, purge=Purge.same_layer)

    assert "cache=both contradicts itself" in reason(levels)


def test_every_rule_refuses_something_in_these_tests() -> None:
    """A rule that no test triggers would be a rule that may never hold."""
    broken = [(load_levels(**names), builder) for names, builder, _ in REFUSED]
    both = load_levels()
    both.cache = Cache(level="both", about="a mistake", mount=True, no_cache_flags=True)
    broken.append((both, BUILDKIT))
    project = load_project()

    for rule in RULES:
        assert any(list(rule(levels, project, builder)) for levels, builder in broken), rule


def test_a_custom_mirror_with_one_url_is_enough() -> None:
    levels = load_levels()
    level = load_level("mirror", "custom", apt_url="https://mirror.example")
    levels.mirror = level  # type: ignore[assignment]

    check(levels, load_project(), BUILDKIT)
