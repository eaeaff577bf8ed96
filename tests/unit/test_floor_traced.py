"""prune=traced: the list of files becomes a recipe that is readable, safe and names the variant."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from runner.dockerfile.edits.traced import LIST
from runner.dockerfile.facts import BaseConfig, Opened
from runner.model.engine import BuilderName
from runner.model.errors import ConfigError, ConstraintError
from runner.model.levels import Levels, Prune
from runner.model.variant import Recipe, variant_id
from runner.recipe.render import render
from runner.recipe.traced import list_text
from tests.unit.dockerfiles import of_kind, parse
from tests.unit.levels_from_yaml import load_level, load_levels, load_project

PATHS = ["/app", "/app/famous_ner", "/app/famous_ner/app.py", "/usr", "/usr/-odd name"]


def opened(paths: list[str]) -> Opened:
    """What was opened in an image that a service of the sample project starts from."""
    config = BaseConfig({"PATH": "/opt/venv/bin:/bin"}, workdir="/app", ports=("8000/tcp",))
    return Opened(tuple(paths), replace(config, command=tuple(load_project().command)))


def traced(paths: list[str] | None = None, **names: str) -> Recipe:
    """The recipe of a traced variant."""
    levels = load_levels(**{"stages": "multi", "bytecode": "none", "prune": "traced", **names})
    shown = PATHS if paths is None else paths
    return render(levels, load_project(), BuilderName.buildkit, "apt", opened(shown))


def prune_level(**values: Any) -> Prune:
    """The level `traced` with other values."""
    level = load_level("prune", "traced", **values)
    assert isinstance(level, Prune)
    return level


def test_the_list_is_a_file_of_its_own_a_path_a_line() -> None:
    recipe = traced()
    assert recipe.files == {
        LIST: "./app\n./app/famous_ner\n./app/famous_ner/app.py\n./usr\n./usr/-odd name\n"
    }
    assert "famous_ner/app.py" not in recipe.dockerfile


def test_only_a_traced_variant_has_a_list() -> None:
    levels = load_levels(stages="multi", bytecode="none", prune="minimal")
    assert render(levels, load_project(), BuilderName.buildkit, "apt", opened(PATHS)).files == {}


@pytest.mark.parametrize("order", ["deps_first", "sources_first"])
@pytest.mark.parametrize("base", ["slim", "alpine"])
def test_the_sources_are_there_before_the_list_is_copied(order: str, base: str) -> None:
    copies = of_kind(traced(order=order, base=base).dockerfile, "COPY")
    assert copies.count("COPY . .") == 1
    assert copies.index("COPY . .") < copies.index(f"COPY {LIST} /traced.txt")
    assert copies[-1] == "COPY --from=traced /rootfs /"


def test_the_image_gets_nothing_but_the_listed_files() -> None:
    found = parse(traced().dockerfile)
    last = max(place for place, item in enumerate(found) if item.kind == "FROM")
    assert found[last].text == "FROM scratch"
    kinds = [item.kind for item in found[last + 1 :]]
    assert kinds == ["COPY", "ENV", "WORKDIR", "EXPOSE", "CMD"]


def test_the_list_is_part_of_the_variants_identity_and_nobody_elses_changed() -> None:
    levels = load_levels(stages="multi", bytecode="none", prune="traced")
    one, other = traced(), traced(PATHS[:-1])
    assert one.dockerfile == other.dockerfile
    assert variant_id(one, levels, "x") != variant_id(other, levels, "x")
    assert variant_id(Recipe("FROM a\n", "", ".", "a"), Levels(), "d") == "4eeeaaa876aa"


@pytest.mark.parametrize(
    "path",
    [
        "/a\nb",
        "/a\\b",
        "/a\tb",
        "/a ",
        "/a/\udcff",
        "/a/..",
        "/./a",
        "/",
        "",
        "/a//b",
        "a",
        "/\x85",
    ],
)
def test_what_is_no_line_or_no_path_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="a file that the check opens"):
        list_text([path])


CONTRADICTIONS: list[tuple[dict[str, Any], dict[str, str], str]] = [
    ({}, {"stages": "single"}, "prune=traced contradicts stages=single"),
    ({}, {"bytecode": "write"}, "prune=traced contradicts bytecode=write"),
    ({"own_root": False}, {}, "prune=traced contradicts own_root=false"),
    ({"shell": True}, {}, "prune=traced contradicts itself"),
    ({"stdlib": ["test"]}, {}, "prune=traced contradicts itself"),
    ({"zip_stdlib": True}, {}, "prune=traced contradicts itself"),
    ({"trace": False}, {}, "prune=traced contradicts trace=false"),
]


@pytest.mark.parametrize(("values", "names", "message"), CONTRADICTIONS)
def test_contradictions_are_refused(
    values: dict[str, Any], names: dict[str, str], message: str
) -> None:
    levels = load_levels(**{"stages": "multi", "bytecode": "none", **names})
    levels.prune = prune_level(**values)
    with pytest.raises(ConstraintError, match=re.escape(message)):
        render(levels, load_project(), BuilderName.buildkit, "apt", opened(PATHS))


@pytest.mark.parametrize("kept", ["/etc/passwd", "../x", "a/../b", "a b", "$(x)", "", "a\nb"])
def test_only_paths_can_be_kept(kept: str) -> None:
    levels = load_levels(stages="multi", bytecode="none", prune="none")
    levels.prune = prune_level(keep=[kept])
    with pytest.raises(ConfigError, match=r"prune/traced.yaml, or an override: keep\[0\]"):
        render(levels, load_project(), BuilderName.buildkit, "apt", opened(PATHS))
