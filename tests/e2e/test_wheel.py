"""dockbench installed from its wheel works outside the checkout: configs and templates travel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from runner.model.paths import ResultPaths
from runner.model.record import Status
from runner.store.records import RecordStore

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """A folder with what the wheel installs."""
    target = wheel.parent / "site"
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True)
    return target


def run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the installed copy before everything else on its path."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )


def test_the_installed_copy_is_the_one_that_runs(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-c", "import runner; print(runner.__file__)")
    assert done.stdout.startswith(str(installed))


def test_the_configuration_composes_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    done = run(
        installed, tmp_path, "-m", "runner", "bench", "experiment=progression", "--cfg", "job"
    )
    assert done.returncode == 0, done.stderr
    assert "multi_stage" in done.stdout


def test_settings_of_this_machine_stay_here(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    skipped = shutil.ignore_patterns(".venv", ".git", "tests", "results", "*cache*", "mutants")
    shutil.copytree(ROOT, checkout, ignore=skipped)
    local = checkout / "configs" / "local" / "default.yaml"
    local.parent.mkdir(exist_ok=True)
    local.write_text("# @package _global_\ntags: [mine]\n")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=checkout, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = ZipFile(wheel).namelist()
    assert "runner/_data/configs/config.yaml" in names
    assert not [name for name in names if "configs/local" in name]


def test_the_sample_project_and_the_standins_travel_along(installed: Path, tmp_path: Path) -> None:
    script = (
        "from runner.model.paths import data_root\n"
        "root = data_root()\n"
        "print((root / 'experiments/famous_ner/repository/backend/pyproject.toml').is_file())\n"
        "import runner.engine.standins as standins\n"
        "from pathlib import Path\n"
        "print((Path(standins.__file__).parent / 'python' / 'Dockerfile').is_file())"
    )
    done = run(installed, tmp_path, "-c", script)
    assert done.stdout.split() == ["True", "True"], done.stderr


def test_no_byte_code_and_no_tests_of_ours_are_packed(wheel: Path) -> None:
    packed = ZipFile(wheel).namelist()
    assert "runner/__init__.py" in packed
    assert not [path for path in packed if path.endswith(".pyc")]
    assert not [path for path in packed if path.startswith("tests/")]


def test_the_sample_project_is_built_and_checked_from_the_wheel(
    installed: Path, tmp_path: Path, official: tuple[str, ...]
) -> None:
    done = run(installed, tmp_path, "-m", "runner", "bench", *official, "context=ignored")
    assert done.returncode == 0, done.stderr
    (record,) = RecordStore(ResultPaths(tmp_path / "results" / "variants")).read_all()
    assert record.status is Status.ok
    assert record.provenance.git_commit == "", "outside a checkout there is no commit"
    assert {path.name for path in tmp_path.iterdir()} == {"results"}


def test_the_wheel_is_of_pure_python(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
