"""The GitHub Action: its inputs reach the command as they are, and its outputs say how it ended."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.report.inspect.check import MARKER
from tests.unit.images import file, image, layer, whiteout
from tests.unit.saved import save

ACTION = Path(__file__).parent.parent.parent / ".github/actions/check"
DOCKBENCH = Path(sys.executable).with_name("dockbench")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    """The action's description."""
    described: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text())
    return described


@dataclass(frozen=True)
class Job:
    """The folder and files that a runner gives to a step."""

    folder: Path

    def step(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one of the action's scripts as the runner does."""
        return subprocess.run(
            ["bash", str(ACTION / script)],
            cwd=self.folder,
            env=os.environ
            | {
                "DOCKBENCH": str(DOCKBENCH),
                "RUNNER_TEMP": str(self.folder),
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            }
            | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def outputs(self) -> dict[str, str]:
        """What the step said for later ones."""
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A folder with an image of 10 kB, 4 kB of which are deleted."""
    content = image(
        layer(file("app", 6_000), file("cache", 4_000)),
        layer(whiteout("cache"), created_by="RUN rm cache"),
    )
    save(content, tmp_path / "my app.tar")
    return Job(tmp_path)


def test_every_input_is_used_and_every_expression_exists(action: dict[str, Any]) -> None:
    text = (ACTION / "action.yml").read_text()
    used = {match.strip() for match in EXPRESSION.findall(text)}
    named = {name for use in used for name in re.findall(r"inputs\.([\w-]+)", use)}
    assert named == set(action["inputs"])
    steps = {step.get("id") for step in action["runs"]["steps"]}
    for use in used:
        for step in re.findall(r"steps\.(\w+)\.outputs", use):
            assert step in steps


def test_no_input_is_pasted_into_a_script(action: dict[str, Any]) -> None:
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_the_script_reads_every_variable_that_the_action_sets(action: dict[str, Any]) -> None:
    (step,) = [step for step in action["runs"]["steps"] if step.get("id") == "check"]
    script = (ACTION / "check.sh").read_text()
    for variable in step["env"]:
        assert re.search(rf"\b{variable}\b", script), variable


def test_within_the_budget(job: Job) -> None:
    done = job.step("check.sh", IMAGE="my app.tar", MAX_SIZE="10 kB", MAX_WASTE_PERCENT="40%")
    assert done.returncode == 0, done.stderr
    assert job.outputs["passed"] == "true"
    assert "within its budget" in (job.folder / "summary").read_text()
    assert Path(job.outputs["json"]).is_file()


def test_over_the_budget(job: Job) -> None:
    done = job.step("check.sh", IMAGE="my app.tar", MAX_WASTE="3999")
    assert done.returncode == 1, done.stderr
    assert job.outputs["passed"] == "false"
    assert "RUN rm cache" in Path(job.outputs["markdown"]).read_text()


def test_what_cannot_be_measured(job: Job) -> None:
    done = job.step("check.sh", IMAGE="other.tar", MAX_SIZE="$(touch hacked)")
    assert done.returncode == 2
    assert job.outputs == {"passed": ""}
    assert not (job.folder / "hacked").exists()


def test_a_baseline_from_one_run_to_the_next(job: Job) -> None:
    assert job.step("check.sh", IMAGE="my app.tar", WRITE_BASELINE="base.json").returncode == 0
    grown = image(layer(file("app", 6_000), file("cache", 5_000)))
    save(grown, job.folder / "grown.tar")
    options = {"IMAGE": "grown.tar", "BASELINE": "base.json", "MAX_GROWTH": "9"}
    assert job.step("check.sh", **options).returncode == 1
    assert job.step("check.sh", **options, MIN_GROWTH_BYTES="1kB").returncode == 0


@pytest.mark.parametrize(("earlier", "method"), [("", "POST"), ("7\n8\n", "PATCH")])
def test_a_comment_replaces_the_one_before(job: Job, earlier: str, method: str) -> None:
    """`gh` is played by a script that notes its arguments."""
    assert MARKER in (ACTION / "comment.sh").read_text()
    (job.folder / "earlier").write_text(earlier)
    gh = job.folder / "gh"
    gh.write_text('#!/bin/sh\necho "$*" >>calls\ncase "$*" in *--jq*) cat earlier ;; esac\n')
    gh.chmod(0o755)
    done = job.step(
        "comment.sh",
        PATH=f"{job.folder}:{os.environ['PATH']}",
        REPOSITORY="me/app",
        NUMBER="5",
        MARKDOWN="result.md",
    )
    assert done.returncode == 0, done.stderr
    asked, wrote = (job.folder / "calls").read_text().splitlines()
    assert "repos/me/app/issues/5/comments" in asked
    assert f"--method {method}" in wrote
    assert "body=@result.md" in wrote
    assert ("issues/comments/7" in wrote) == bool(earlier)
