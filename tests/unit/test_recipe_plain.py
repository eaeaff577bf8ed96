"""The Dockerfile that the levels of a sweep are edits of."""

from __future__ import annotations

import re

import pytest

from runner.model.levels import Family, InstallTool, Levels, OwnLevel
from runner.model.project import DependencySet, Project, SystemPackages
from runner.recipe.layout import layout
from runner.recipe.plain import (
    build_packages,
    plain_text,
    system_packages,
    toolchain_packages,
    usual_manager,
)
from tests.unit.dockerfiles import kinds, of_kind
from tests.unit.levels_from_yaml import load_levels, load_project


def text_of(levels: Levels, project: Project | None = None, manager: str = "apt") -> str:
    held = project or load_project()
    paths = layout(levels, held, held.dependencies[levels.deps.level])
    return plain_text(levels, held, manager, paths)


def test_each_family_has_its_usual_manager_and_names_packages_for_it() -> None:
    assert usual_manager(Family.alpine) == "apk"
    assert {usual_manager(family) for family in Family if family is not Family.alpine} == {"apt"}
    levels, project = load_levels(toolchain="kept"), Project(name="x")
    project.system_packages = SystemPackages(apt=["libpq5"], apk=["libpq"])
    assert toolchain_packages(levels, "apt")[0] == "build-essential"
    assert toolchain_packages(levels, "apk")[0] == "build-base"
    assert system_packages(project, "apt") == ["libpq5"]
    assert system_packages(project, "apk") == ["libpq"]
    assert toolchain_packages(levels, "dnf") == system_packages(project, "") == []


def test_what_the_service_needs_is_never_for_the_build_alone() -> None:
    levels, project = load_levels(toolchain="purged"), Project(name="x")
    project.system_packages = SystemPackages(apt=["libpq-dev"])
    assert "libpq-dev" not in build_packages(levels, project, "apt")
    assert "libssl-dev" in build_packages(levels, project, "apt")


@pytest.mark.parametrize("factor", ["order", "stages", "cache", "layers", "prune"])
def test_it_is_the_same_whatever_is_edited(factor: str) -> None:
    told = {"order": "deps_first", "stages": "multi", "cache": "mount", "layers": "squashed"}
    other = load_levels(**({factor: told[factor]} if factor in told else {"prune": "minimal"}))
    assert text_of(other) == text_of(load_levels())


def test_it_has_everything_in_one_stage_the_sources_first() -> None:
    text = text_of(load_levels(toolchain="kept"))
    assert kinds(text) == ["ARG", "FROM", "WORKDIR", "COPY", "RUN", "RUN", "EXPOSE", "CMD"]
    assert of_kind(text, "RUN")[1] == "RUN pip install -r requirements/locked.txt"


def test_a_toolchain_that_goes_again_is_installed_by_a_command_of_its_own() -> None:
    project = load_project()
    project.system_packages = SystemPackages(apt=["libpq5"], apk=["libpq"])
    (apt, _) = of_kind(text_of(load_levels(toolchain="purged"), project), "RUN")
    (apk, _) = of_kind(text_of(load_levels(toolchain="purged"), project, "apk"), "RUN")
    assert apt.count("apt-get install") == 2
    assert apt.index("libpq5") < apt.index("build-essential")
    assert apk.count("apk add") == 2


def test_one_that_stays_is_installed_with_what_the_service_needs() -> None:
    project = load_project()
    project.system_packages = SystemPackages(apt=["libpq5"])
    (first, _) = of_kind(text_of(load_levels(toolchain="kept"), project), "RUN")
    assert first.count("apt-get install") == 1
    assert "--no-install-recommends libpq5 build-essential" in first


def test_what_factors_of_the_user_s_own_say_stands_below_from() -> None:
    levels = load_levels()
    levels.own = {
        "optimise": OwnLevel(
            level="high", about="x", build_args={"FLAGS": "-O2"}, environment={"LEVEL": "2"}
        )
    }
    text = text_of(levels)
    assert kinds(text)[:5] == ["ARG", "FROM", "ARG", "ENV", "WORKDIR"]
    assert of_kind(text, "ARG")[1] == "ARG FLAGS=-O2"
    assert of_kind(text, "ENV") == ["ENV LEVEL=2"]


def test_poetry_is_installed_first_and_told_to_compile_where_others_do() -> None:
    project = load_project()
    project.dependencies["locked"] = DependencySet(poetry=True, poetry_groups=["web"])
    tool, install = of_kind(text_of(load_levels(installer="poetry"), project), "RUN")
    assert re.fullmatch(r"RUN pip install poetry==[\d.]+ poetry-plugin-pypi-mirror==[\d.]+", tool)
    assert install.endswith("--no-interaction --no-root --only main,web --compile")
    bare = text_of(load_levels(installer="poetry", bytecode="none"), project)
    assert of_kind(bare, "RUN")[1].endswith("--only main,web")


def test_an_installer_without_a_requirement_is_in_the_base() -> None:
    levels = load_levels(installer="poetry")
    assert levels.installer.tool is InstallTool.poetry
    levels.installer.requirement = levels.installer.plugin = ""
    assert len(of_kind(text_of(levels), "RUN")) == 1
