"""The steps of the GitHub Action as a runner runs them: what it installs is what then checks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.images import file, image, layer
from tests.unit.saved import save

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / ".github/actions/check"


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that dockbench needs and its own files not, so that the test needs no network."""
    folder = tmp_path_factory.mktemp("libraries")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "dockbench" not in path.name:
            (folder / path.name).symlink_to(path)
    return folder


class Runner:
    """Plays GitHub's runner for a composite action."""

    def __init__(self, folder: Path, libraries: Path, inputs: dict[str, str]) -> None:
        self.action: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text())
        self.folder = folder
        self.values = {
            "runner.temp": str(folder),
            **{f"inputs.{x}": str(y.get("default", "")) for x, y in self.action["inputs"].items()},
            **{f"inputs.{name}": value for name, value in inputs.items()},
        }
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(libraries),
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "RUNNER_TEMP": str(folder),
            "GITHUB_ACTION_PATH": str(ACTION),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        }

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a step with its `env`, in which each `${{ … }}` has its value."""
        (step,) = (one for one in self.action["runs"]["steps"] if one["name"] == name)
        given = {key: self.value(text) for key, text in step["env"].items()}
        script = self.folder / "step.sh"
        script.write_text(step["run"])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.folder,
            env=self.environment | given,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def value(self, text: str) -> str:
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: self.values[found[1]], text)


def test_what_the_action_installs_checks_an_image(tmp_path: Path, libraries: Path) -> None:
    save(image(layer(file("app", 6_000))), tmp_path / "app.tar")
    inputs = {"image": "app.tar", "max-size": "5 kB", "python": sys.executable}
    runner = Runner(tmp_path, libraries, inputs)

    installed = runner.step("Install dockbench")
    assert installed.returncode == 0, installed.stderr
    inside = tmp_path / "dockbench" / "bin" / "dockbench"
    assert inside.is_file()

    checked = runner.step("Check the image")
    assert checked.returncode == 1, checked.stderr
    assert "passed=false" in (tmp_path / "output").read_text()
    assert "over its budget" in (tmp_path / "summary").read_text()
