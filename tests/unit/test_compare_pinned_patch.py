"""A project that allows one patch of Python alone, on a stand-in with another."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from runner.compare.pinned_patch import with_any_patch
from runner.model.project import Project
from runner.model.record import Failure
from runner.trial.hidden_errors import hidden_failure

UV = (
    "error: The requested interpreter resolved to Python 3.12.3, which is incompatible with the"
    " project's Python requirement: `==3.12.11` (from `project.requires-python`)"
)
PIP = "ERROR: Package 'shop' requires a different Python: 3.12.3 not in '==3.12.11'"
POETRY = "Current Python version (3.12.3) is not allowed by the project (3.12.11)."


def tried(
    folder: Path, files: dict[str, str], log: str, context: str = "."
) -> tuple[dict[str, str], list[str]]:
    """The files of the copy, and what is said."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    failure = Failure("[2/3] RUN install", "exit code 2", 2, (log,))
    shop = Project(name="shop", folder=str(folder))
    project, said = with_any_patch(shop, [failure], context)
    return {part.path: "\n".join(part.lines) for part in project.parts}, said


def test_packages_that_pip_ignored_are_allowed_too(tmp_path: Path) -> None:
    ignored = (
        "Ignoring flask: markers 'python_full_version == \"3.12.11\"' don't match your environment"
    )
    step = "[4/4] RUN poetry export --output r.txt && pip install -r r.txt"
    log = [f"--- {step}", ignored, "", "--- [5/5] RUN true"]
    failure = Failure("check: start", 'exec: "flask" not found', hidden=hidden_failure(log))
    (tmp_path / "pyproject.toml").write_text("[project]\nrequires-python = '==3.12.11'\n")
    shop = Project(name="shop", folder=str(tmp_path))
    project, said = with_any_patch(shop, [failure], ".")
    assert not said, "that Python is written in another way"
    (tmp_path / "pyproject.toml").write_text('[tool.poetry.dependencies]\npython = "3.12.11"\n')
    project, said = with_any_patch(shop, [failure], ".")
    assert project.parts[0].lines[-1] == 'python = "3.12.*"'
    assert said[0].endswith("what stands for its image has another")


@pytest.mark.parametrize("log", [UV, PIP])
def test_any_patch_is_allowed_in_the_copy(tmp_path: Path, log: str) -> None:
    files = {
        "api/pyproject.toml": "[project]\nrequires-python = '==3.12.11'\n",
        "api/uv.lock": 'requires-python = "==3.12.11"\n[[package]]\n',
    }
    found, said = tried(tmp_path, files, log, "api")
    assert found == {
        "api/pyproject.toml": "[project]\nrequires-python = '==3.12.*'",
        "api/uv.lock": 'requires-python = "==3.12.*"\n[[package]]',
    }
    assert said == [
        "Python ==3.12.11 of pyproject.toml, uv.lock is 3.12.* in the copy that is built: what"
        " stands for its image has 3.12.3"
    ]


def hash_of(python: str) -> str:
    asked = {"dependencies": {"python": python}, "source": None, "extras": None}
    text = json.dumps(asked | {"dev-dependencies": None}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_lock_of_poetry_belongs_to_its_manifest_still(tmp_path: Path) -> None:
    lock = '[metadata]\npython-versions = "{}"\ncontent-hash = "{}"'
    files = {
        "pyproject.toml": '[tool.poetry.dependencies]\npython = "3.12.11"\n',
        "poetry.lock": lock.format("3.12.11", hash_of("3.12.11")) + "\n",
    }
    found, _ = tried(tmp_path, files, POETRY)
    assert found["pyproject.toml"].endswith('python = "3.12.*"')
    assert found["poetry.lock"] == lock.format("3.12.*", hash_of("3.12.*"))


@pytest.mark.parametrize(
    "log",
    [
        UV.replace("3.12.3", "3.13.5"),
        UV.replace("==3.12.11", ">=3.12.11"),
        "another error",
    ],
)
def test_another_release_and_a_range_stay_as_they_are(tmp_path: Path, log: str) -> None:
    files = {"pyproject.toml": "[project]\nrequires-python = '==3.12.11'\n"}
    assert tried(tmp_path, files, log) == ({}, [])
