"""The page on projects: its example works as it stands, and it names every key that there is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import cast, get_args, get_type_hints

import pytest
from omegaconf import OmegaConf

from runner.model.engine import BuilderName
from runner.model.levels import Family
from runner.model.project import GeneratedPart, Project
from runner.recipe.render import render
from runner.sweep.app import composer
from runner.sweep.session import check_project
from tests.unit.levels_from_yaml import load_levels

PAGE = (Path(__file__).parents[2] / "docs" / "projects.md").read_text(encoding="utf-8")
FILE = re.compile(r"^(?:  )*(\S+\.(?:json|py|txt)) *(\{.*\})?$", re.MULTILINE)


def example() -> str:
    """The YAML file of the page."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The folders of the page, with the files that it shows."""
    (tree,) = re.findall(r"^```text\nmine/\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    place = tmp_path / "greeter"
    for name, content in FILE.findall(tree):
        folder = place if name.startswith("check/") else place / "repository"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "greeter.yaml").write_text(example())
    return tmp_path


def loaded(folder: Path) -> Project:
    """The example as Hydra would read it."""
    schema, place = OmegaConf.structured(Project), OmegaConf.create({"folder": str(folder)})
    project = OmegaConf.to_object(OmegaConf.merge(schema, OmegaConf.create(example()), place))
    assert isinstance(project, Project)
    return project


def keys(kind: type, path: str = "") -> Iterator[str]:
    """Every key of a dataclass and of those in it, as the page spells it."""
    for name, hint in get_type_hints(kind).items():
        inner = next((one for one in (hint, *get_args(hint)) if is_dataclass(one)), None)
        if inner is None or get_args(hint):
            yield f"{path}{name}"
        if inner is not None and name != "parts":
            yield from keys(cast(type, inner), f"{path}{name}{'.*' if get_args(hint) else ''}.")


def test_the_example_composes_as_the_page_says(mine: Path) -> None:
    folder, search = mine / "greeter", f"hydra.searchpath=['file://{mine}']"
    with composer() as compose:
        project = compose([search, "project=greeter", f"project.folder={folder}"]).project
    assert project == loaded(folder)
    check_project(project)


@pytest.mark.parametrize("base", ["slim", "alpine"])
def test_the_example_renders_in_every_shape(mine: Path, base: str) -> None:
    project = loaded(mine / "greeter")
    for stages, layers in itertools.product(("single", "multi"), ("split", "merged", "squashed")):
        levels = load_levels(base=base, stages=stages, layers=layers)
        manager = "apk" if levels.base.family is Family.alpine else "apt"
        text = render(levels, project, BuilderName.buildkit, manager).dockerfile
        parts = text.split("\nFROM ")[1:]
        assert "libpq" in parts[-2 if layers == "squashed" else -1]


def test_every_key_is_on_the_page_and_no_other() -> None:
    cells = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`([\w.*]+)`", cell)}
    (parts,) = re.findall(r"^\| `parts` \|.*", PAGE, re.MULTILINE)

    assert {f"system_packages{name}" if name[0] == "." else name for name in named} == set(
        keys(Project)
    )
    assert all(f"`{item.name}`" in parts for item in fields(GeneratedPart))
