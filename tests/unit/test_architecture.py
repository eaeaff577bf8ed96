"""The house as its plan has it: which package may know what, and no import that runs upwards."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import runner

ROOT = Path(runner.__file__).parent
FLOORS = (
    {"model"},
    {"oci", "dockerfile", "engine"},
    {"ecosystems", "image", "project", "recipe", "detect", "network"},
    {"trial", "store"},
    {"sweep", "compare", "analysis"},
    {"report"},
    {"cli"},
)
"""Packages from the ground up; one imports from its own floor and those below."""
FLOOR_OF = {package: floor for floor, packages in enumerate(FLOORS) for package in packages}
DOCKER = ROOT / "engine" / "docker"
WITHOUT_ENGINE = {"analysis", "report"}
"""They work from records alone."""


@functools.cache
def everything() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((path, ast.parse(path.read_text())) for path in sorted(ROOT.rglob("*.py")))


def modules(below: Path = ROOT) -> Iterator[tuple[Path, ast.Module]]:
    return (found for found in everything() if found[0].is_relative_to(below))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def knows_the_sdk(tree: ast.Module) -> str:
    """What in a module belongs into `engine/docker`; empty for nothing."""
    for name in imported(tree):
        if name.partition(".")[0] == "docker":
            return f"imports {name}"
    for node in ast.walk(tree):
        if getattr(node, "attr", "") == "client" and ast.unparse(node) != "http.client":
            assert isinstance(node, ast.Attribute)
            return f"uses the client of an engine, line {node.lineno}"
        if isinstance(node, ast.Constant) and str(node.value).startswith("unix://"):
            return f"asks for a Unix socket, line {node.lineno}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            asked = ast.unparse(node.args[1])
            if asked.endswith("Engine"):
                return f"asks which engine it is: {asked}"
    return ""


@pytest.mark.parametrize(
    "code",
    [
        "from docker.errors import APIError",
        "import docker",
        "engine.client.info()",
        "address.startswith('unix://')",
        "isinstance(engine, EmbeddedEngine)",
    ],
)
def test_what_belongs_to_the_sdk_is_recognised(code: str) -> None:
    assert knows_the_sdk(ast.parse(code))


def test_only_one_package_knows_the_sdk() -> None:
    found = {
        str(path.relative_to(ROOT)): why
        for path, tree in modules()
        if not path.is_relative_to(DOCKER) and (why := knows_the_sdk(tree))
    }
    assert found == {}


def test_no_import_runs_upwards() -> None:
    upwards = []
    for package, floor in FLOOR_OF.items():
        for path, tree in modules(ROOT / package):
            for name in imported(tree):
                root, _, rest = name.partition(".")
                other = rest.partition(".")[0]
                if root == "runner" and FLOOR_OF.get(other, -1) > floor:
                    upwards.append(f"{path.relative_to(ROOT)} imports {name}")
    assert upwards == []


def test_a_sweep_knows_nothing_of_comparisons() -> None:
    names = {name for _, tree in modules(ROOT / "sweep") for name in imported(tree)}
    assert not [name for name in names if name.startswith("runner.compare")]


def test_every_package_has_its_floor() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == set(FLOOR_OF)


def test_analysis_and_report_need_no_engine() -> None:
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for package in WITHOUT_ENGINE
        for path, tree in modules(ROOT / package)
        for name in imported(tree)
        if name.startswith(("runner.engine", "runner.sweep", "runner.trial", "docker", "hydra"))
    ]
    assert found == []
