"""The sample project: its files agree with each other, and it gives the answers it should."""

from __future__ import annotations

import json
import sys
import tomllib
from importlib import import_module
from typing import Any

import pytest
from omegaconf import OmegaConf
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from runner.model.paths import data_root
from runner.model.project import Project

EXPERIMENT = data_root() / "experiments" / "famous_ner"
REPOSITORY = EXPERIMENT / "repository"
BACKEND = REPOSITORY / "backend"

GROUPS = {
    "trimmed": {"main"},
    "locked": {"main", "dataframe"},
    "locked-dev": {"main", "dataframe", "dev"},
}


@pytest.fixture(scope="module")
def project() -> Project:
    values = OmegaConf.load(data_root() / "configs" / "project" / "famous_ner.yaml")
    loaded = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Project), values))
    assert isinstance(loaded, Project)
    return loaded


def requirements(name: str) -> dict[tuple[str, str], set[str]]:
    """(Name, version) → hashes of a requirements file."""
    pins: dict[tuple[str, str], set[str]] = {}
    lines = (BACKEND / name).read_text().replace("\\\n", " ").splitlines()
    for line in lines:
        text, *hashes = line.split(" --hash=")
        requirement = Requirement(text.strip())
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        key = (canonicalize_name(requirement.name), specifier.version)
        pins[key] = {checksum.strip() for checksum in hashes}
    return pins


def locked(groups: set[str]) -> dict[tuple[str, str], set[str]]:
    """(Name, version) → hashes of what poetry.lock has in some groups."""
    lock = tomllib.loads((BACKEND / "poetry.lock").read_text())
    return {
        (package["name"], package["version"]): {file["hash"] for file in package["files"]}
        for package in lock["package"]
        if groups & set(package["groups"])
    }


@pytest.mark.parametrize("name", GROUPS)
def test_requirements_are_the_lock(name: str) -> None:
    pins = requirements(f"requirements/{name}.txt")
    assert pins == locked(GROUPS[name])
    assert all(pins.values())


def test_lock_satisfies_the_project() -> None:
    project = tomllib.loads((BACKEND / "pyproject.toml").read_text())["project"]
    versions = dict(locked({"main"}).keys())
    for text in project["dependencies"]:
        requirement = Requirement(text.replace(" (", "").replace(")", ""))
        assert requirement.specifier.contains(versions[requirement.name])


def test_sets_hold_what_they_are_named_for() -> None:
    held = {
        name: {package for package, _ in requirements(f"{name}.txt")}
        for name in ("requirements", *(f"requirements/{name}" for name in GROUPS))
    }
    assert all({"flask", "gunicorn"} <= packages for packages in held.values())
    assert "pandas" not in held["requirements/trimmed"]
    assert "pandas" in held["requirements/locked"]
    assert "pytest" not in held["requirements/locked"]
    assert "pytest" in held["requirements/locked-dev"]
    stale = {"pandas", "scipy", "scikit-learn", "matplotlib", "jupyterlab", "notebook", "nltk"}
    assert stale <= held["requirements"]


@pytest.mark.parametrize(
    "name", ["poetry.lock", "requirements.txt", *(f"requirements/{name}.txt" for name in GROUPS)]
)
def test_pins_name_no_place_to_get_them_from(name: str) -> None:
    text = (BACKEND / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "@" not in text.split("\n", 1)[1]


def test_config_names_files_that_are_there(project: Project) -> None:
    source = data_root() / "experiments" / project.folder / project.repository
    backend = source / project.backend
    assert source == REPOSITORY
    files = [*project.dependency_files, project.package]
    files += [dependencies.requirements for dependencies in project.dependencies.values()]
    assert all((backend / file).exists() for file in files)
    lock = tomllib.loads((backend / "poetry.lock").read_text())
    groups = {group for package in lock["package"] for group in package["groups"]}
    for dependencies in project.dependencies.values():
        assert set(dependencies.poetry_groups) <= groups
    for file in (project.check.request_file, project.check.answer_file):
        json.loads((EXPERIMENT / file).read_text(encoding="utf-8"))


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the sample's package importable, without a trace in its folder."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(BACKEND))


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("way", ["count_plain", "count_dataframe"])
def test_the_check_is_answered_either_way(project: Project, way: str) -> None:
    count = getattr(import_module("famous_ner.counting"), way)
    app: Any = import_module("famous_ner.app").create_app(count)
    client = app.test_client()
    assert client.get(project.check.health_path).status_code == 200
    response = client.post(
        project.check.request_path,
        data=(EXPERIMENT / project.check.request_file).read_bytes(),
        content_type="application/json",
    )
    expected = json.loads((EXPERIMENT / project.check.answer_file).read_text(encoding="utf-8"))
    assert response.status_code == 200
    assert response.get_json() == expected


@pytest.mark.usefixtures("package")
def test_the_expected_answer_fits_the_request() -> None:
    """The answer was checked by hand; this guards its positions and sums against slips."""
    text = json.loads((EXPERIMENT / "check/request.json").read_text(encoding="utf-8"))["text"]
    answer = json.loads((EXPERIMENT / "check/answer.json").read_text(encoding="utf-8"))
    assert all(text[e["start"] : e["end"]] == e["text"] for e in answer["entities"])
    assert sum(c["count"] for c in answer["counts"]) == len(answer["entities"]) == 31
    top = [(c["name"], c["count"]) for c in answer["counts"][:3]]
    assert top == [
        ("Gabriel García Márquez", 5),
        ("Albert Einstein", 4),
        ("Marie Skłodowska-Curie", 3),
    ]
