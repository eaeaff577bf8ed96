"""Which edits levels stand for, their order, and edits of a user's own factors."""

from __future__ import annotations

import re

import pytest

from runner.model.errors import ConfigError
from runner.model.levels import Levels, OwnLevel
from runner.recipe.layout import layout
from runner.recipe.level_edits import LevelEdit, edits_of, own_levels
from tests.unit.dockerfiles import of_kind, rendered
from tests.unit.levels_from_yaml import load_levels, load_project

PLAIN = {
    "order": "sources_first",
    "cache": "keep",
    "stages": "single",
    "layers": "split",
    "toolchain": "none",
    "bytecode": "write",
    "prune": "none",
    "installer": "pip",
}


def edits(levels: Levels, manager: str = "apt") -> list[LevelEdit]:
    project = load_project()
    paths = layout(levels, project, project.dependencies[levels.deps.level])
    return list(edits_of(levels, project, manager, paths))


def test_the_levels_of_the_plain_dockerfile_are_no_edits() -> None:
    assert edits(load_levels(**PLAIN)) == []


@pytest.mark.parametrize(
    ("chosen", "factors"),
    [
        ({"order": "deps_first"}, ["order"]),
        ({"stages": "multi", "order": "deps_first"}, ["order", "stages"]),
        ({"installer": "uv", "bytecode": "none"}, ["installer", "bytecode"]),
        ({"layers": "merged", "toolchain": "purged"}, ["layers", "toolchain"]),
        ({"toolchain": "purged"}, ["toolchain", "toolchain"]),
        ({"toolchain": "purged", "stages": "multi"}, ["stages", "toolchain"]),
        ({"toolchain": "kept"}, []),
        ({"cache": "purge"}, ["cache"]),
        ({"cache": "purge_late"}, ["cache"]),
        ({"cache": "mount", "stages": "multi"}, ["stages", "cache"]),
        ({"cache": "flags", "stages": "multi"}, ["cache", "stages"]),
        ({"prune": "traced", "layers": "squashed"}, ["prune", "layers"]),
        ({"prune": "minimal", "cache": "purge"}, ["cache", "prune"]),
    ],
)
def test_levels_are_edits_in_a_fixed_order(chosen: dict[str, str], factors: list[str]) -> None:
    assert [item.factor for item in edits(load_levels(**{**PLAIN, **chosen}))] == factors


def test_a_toolchain_that_no_package_manager_installed_is_not_removed() -> None:
    assert edits(load_levels(**{**PLAIN, "toolchain": "purged"}), "") == []


def with_own(**values: str) -> Levels:
    levels = load_levels(toolchain="kept")
    levels.own = {"access": OwnLevel(level="mine", about="x", edits=values)}
    return levels


def test_a_factor_of_the_user_s_own_may_be_any_other_edit() -> None:
    assert of_kind(rendered(with_own(user="nobody")).dockerfile, "USER") == ["USER 65532"]
    assert "user=nobody" in own_levels()
    assert not [x for x in own_levels() if x.partition("=")[0] in (*PLAIN, "base", "deps")]


def test_one_that_changes_nothing_says_why() -> None:
    said = rendered(with_own(recommends="none")).notes
    assert said == (
        "access=mine changes nothing: no apt-get install that brings recommended packages along",
    )


@pytest.mark.parametrize("edit", [{"cache": "purge"}, {"user": "root"}, {"usr": "nobody"}])
def test_what_is_no_edit_or_has_a_factor_already_is_refused(edit: dict[str, str]) -> None:
    ((name, level),) = edit.items()
    says = rf"access/mine.yaml, or an override: edits: '{name}={level}' is not valid; .*user=nobody"
    with pytest.raises(ConfigError, match=says):
        rendered(with_own(**edit))


def test_a_root_of_its_own_keeps_the_user() -> None:
    levels = load_levels(stages="multi", prune="trimmed")
    levels.own = with_own(user="nobody").own
    last = rendered(levels).dockerfile.split("\nFROM scratch\n")[1]
    assert "USER 65532\n" in last


def test_uv_is_of_the_release_that_the_level_names() -> None:
    levels = load_levels(installer="uv")
    levels.installer.requirement = "uv==0.9.9"
    assert "pip install --no-cache-dir uv==0.9.9" in rendered(levels).dockerfile
    levels.installer.requirement = ""
    assert re.search(r"pip install --no-cache-dir uv==\d", rendered(levels).dockerfile)


def test_what_only_makes_room_for_another_edit_is_not_said() -> None:
    levels = load_levels(**{**PLAIN, "toolchain": "purged", "base": "alpine"})
    assert rendered(levels, manager="apk").notes == ()
    mirrored = load_levels(**PLAIN)
    mirrored.mirror.apk_url = "https://mirror.example"
    (said,) = rendered(mirrored).notes
    assert said.startswith("mirror=official: apk_url has no effect")


@pytest.mark.parametrize("bytecode", ["none", "write"])
def test_a_root_of_its_own_keeps_compiled_modules_where_the_level_says(bytecode: str) -> None:
    levels = load_levels(stages="multi", prune="trimmed", bytecode=bytecode)
    assert ("-name __pycache__" in rendered(levels).dockerfile) == (bytecode == "none")
