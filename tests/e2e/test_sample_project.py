"""The sample project as its developers have it: its own tests, and the whole of its work copy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from runner.model.paths import data_root
from runner.model.project import PartKind, Project
from runner.project.materialise import materialise

REPOSITORY = Path(__file__).parents[2] / "experiments/famous_ner/repository"
BACKEND = REPOSITORY / "backend"


def test_the_samples_own_tests_pass_for_both_ways() -> None:
    environment = {**os.environ, "PYTHONPATH": str(BACKEND), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "tests"]
    run = subprocess.run(
        command, cwd=BACKEND, env=environment, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "test_entities[count_plain] PASSED" in run.stdout
    assert "test_entities[count_dataframe] PASSED" in run.stdout
    assert re.search(r"=+ \d+ passed in ", run.stdout), "some did not run"


@pytest.fixture(scope="module")
def project() -> Project:
    values = OmegaConf.load(data_root() / "configs" / "project" / "famous_ner.yaml")
    loaded = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Project), values))
    assert isinstance(loaded, Project)
    return loaded


def test_materialised_as_the_config_says(project: Project, tmp_path: Path) -> None:
    made = materialise(project, REPOSITORY, tmp_path)
    generated = set(PartKind) - {PartKind.text}
    assert {part.kind for part in project.parts} == generated
    for part in project.parts:
        assert (made.root / part.path).exists()
    assert made.bytes == pytest.approx(sum(part.size_bytes for part in project.parts), rel=0.02)
    status = ["git", "-c", f"safe.directory={made.root}", "-C", str(made.root), "status", "--short"]
    run = subprocess.run(status, capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == ""
