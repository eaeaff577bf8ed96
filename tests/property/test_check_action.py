"""The GitHub Action: its inputs reach the command as they are, and its outputs say how it ended."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.cli.budget import OPTIONS
from runner.report.inspect.check_markdown import MARKER
from tests.unit.images import file, image, layer, whiteout
from tests.unit.saved import save

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / ".github/actions/check"
COMMENT = ROOT / ".github/actions/comment"
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

    def step(self, script: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
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


@pytest.mark.parametrize("folder", [ACTION, COMMENT])
def test_every_input_is_used_and_every_expression_exists(folder: Path) -> None:
    text = (folder / "action.yml").read_text()
    action = yaml.safe_load(text)
    used = {match.strip() for match in EXPRESSION.findall(text)}
    named = {name for use in used for name in re.findall(r"inputs\.([\w-]+)", use)}
    assert named == set(action["inputs"])
    steps = {step.get("id") for step in action["runs"]["steps"]}
    for use in used:
        for step in re.findall(r"steps\.(\w+)\.outputs", use):
            assert step in steps


@pytest.mark.parametrize("folder", [ACTION, COMMENT])
def test_no_input_is_pasted_into_a_script(folder: Path) -> None:
    action = yaml.safe_load((folder / "action.yml").read_text())
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_the_script_reads_every_variable_that_the_action_sets(action: dict[str, Any]) -> None:
    (step,) = [step for step in action["runs"]["steps"] if step.get("id") == "check"]
    script = (ACTION / "check.sh").read_text()
    for variable in step["env"]:
        assert re.search(rf"\b{variable}\b", script), variable


def test_every_option_of_the_command_is_an_input(action: dict[str, Any]) -> None:
    assert {name for name, _, _ in OPTIONS} <= set(action["inputs"])


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


def test_two_checks_in_one_job_keep_their_own_results(job: Job) -> None:
    found = []
    for limit in ("1 kB", "1 MB"):
        job.step("check.sh", IMAGE="my app.tar", MAX_SIZE=limit)
        found.append(job.outputs)
    assert [outputs["passed"] for outputs in found] == ["false", "true"]
    texts = [Path(outputs["markdown"]).read_text() for outputs in found]
    assert "over its budget" in texts[0]
    assert "within its budget" in texts[1]
    assert json.loads(Path(found[0]["json"]).read_text())["passed"] is False


@pytest.mark.parametrize(
    ("image", "more", "name"),
    [
        ("me/my-app:1.2", {}, "me/my-app"),
        (
            "localhost:5000/me/app:1@sha256:0a",
            {"PLATFORM": "linux/arm64"},
            "localhost_5000/me/app_linux/arm64",
        ),
        ("app@sha256:0a", {}, "app"),
        ("my app.tar", {}, "my_app.tar"),
        ("app:1", {"NAME": "the app --> <b>\n"}, "the_app_-_b"),
    ],
)
def test_the_name_of_a_check_stays_the_same_and_is_harmless(
    job: Job, image: str, more: dict[str, str], name: str
) -> None:
    """`dockbench` is played by a script that writes what it was told to."""
    player = job.folder / "dockbench"
    player.write_text(
        '#!/bin/sh\nwhile [ $# -gt 1 ]; do case "$1" in --json|--markdown)'
        ' echo >"$2" ;; esac; shift; done\n'
    )
    player.chmod(0o755)
    assert job.step("check.sh", DOCKBENCH=str(player), IMAGE=image, **more).returncode == 0
    assert job.outputs["name"] == name


GH = """\
#!/bin/sh
echo "$*" >>calls
case "$*" in *"$FAILING"*) echo "HTTP 403: Resource not accessible" >&2; exit 1 ;; esac
case "$*" in *--jq*) cat earlier ;; esac
"""


def comment(
    job: Job, earlier: str, failing: str = "none", **more: str
) -> subprocess.CompletedProcess[str]:
    """The step that writes a comment; `gh` is played by a script that notes its arguments."""
    (job.folder / "earlier").write_text(earlier)
    (job.folder / "result.md").write_text(f"{MARKER}\n### app\n")
    gh = job.folder / "gh"
    gh.write_text(GH)
    gh.chmod(0o755)
    return job.step(
        "comment.sh",
        PATH=f"{job.folder}:{os.environ['PATH']}",
        REPOSITORY="me/app",
        NUMBER="5",
        NAME="me/app",
        MARKDOWN="result.md",
        FAILING=failing,
        **more,
    )


@pytest.mark.parametrize(
    ("earlier", "changed", "wrote"),
    [("", "true", "POST"), ("", "false", ""), ("7\n", "false", "PATCH"), ("7\n", "true", "PATCH")],
)
def test_no_comment_is_begun_where_nothing_changed(
    job: Job, earlier: str, changed: str, wrote: str
) -> None:
    assert comment(job, earlier, WHEN="changed", CHANGED=changed).returncode == 0
    calls = (job.folder / "calls").read_text().splitlines()[1:]
    assert [call.split("--method ")[1].split()[0] for call in calls] == [wrote] * bool(wrote)


def test_a_check_says_whether_anything_changed(job: Job) -> None:
    job.step("check.sh", IMAGE="my app.tar", WRITE_BASELINE="base.json")
    assert job.outputs["changed"] == "true"
    (job.folder / "output").unlink()
    job.step("check.sh", IMAGE="my app.tar", BASELINE="base.json", MAX_GROWTH="9")
    assert job.outputs["changed"] == "false"
    folder = Path(job.outputs["folder"])
    assert {path.name for path in folder.iterdir()} == {"check.json", "check.md", "name", "changed"}


@pytest.mark.parametrize(
    ("baseline", "known", "pulled"),
    [
        ("app:main", False, True),
        ("app:main", True, False),
        ("base.json", False, False),
        ("./app", False, False),
        ("my app.tar", False, False),
    ],
)
def test_an_image_to_compare_with_is_pulled_where_it_is_not_on_the_engine(
    job: Job, baseline: str, known: bool, pulled: bool
) -> None:
    """`docker` is played by a script that notes its arguments."""
    player = job.folder / "docker"
    player.write_text(f'#!/bin/sh\necho "$*" >>asked\n[ "$1" = pull ] || exit {int(not known)}\n')
    player.chmod(0o755)
    job.step(
        "check.sh",
        PATH=f"{job.folder}:{os.environ['PATH']}",
        IMAGE="my app.tar",
        BASELINE=baseline,
        MAX_GROWTH="9",
    )
    asked = job.folder / "asked"
    calls = asked.read_text() if asked.exists() else ""
    assert (f"pull --quiet -- {baseline}" in calls) == pulled


@pytest.mark.parametrize(("earlier", "method"), [("", "POST"), ("7\n8\n", "PATCH")])
def test_a_comment_replaces_the_one_before(job: Job, earlier: str, method: str) -> None:
    done = comment(job, earlier)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    asked, wrote = (job.folder / "calls").read_text().splitlines()
    assert "repos/me/app/issues/5/comments" in asked
    assert f"--method {method}" in wrote
    assert ("issues/comments/7" in wrote) == bool(earlier)
    body = job.folder / wrote.partition("body=@")[2]
    marker, *text = body.read_text().splitlines()
    assert marker == "<!-- dockbench check: me/app -->"
    assert f'startswith("{marker}")' in asked
    assert text == [MARKER, "### app"]


@pytest.mark.parametrize(
    ("earlier", "failing"), [("", "--jq"), ("", "--method POST"), ("7\n", "--method PATCH")]
)
def test_a_comment_that_may_not_be_written_is_a_warning(
    job: Job, earlier: str, failing: str
) -> None:
    """As the token of a pull request from a fork may not."""
    done = comment(job, earlier, failing)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith("::warning title=dockbench check::no comment was written")
    assert "HTTP 403: Resource not accessible" in line
    calls = (job.folder / "calls").read_text().splitlines()
    assert failing in calls[-1]


SHA = "0123456789abcdef0123456789abcdef01234567"
PULLS_GH = """\
#!/bin/sh
echo "$*" >>calls
case "$*" in
*/pulls*) cat number ;;
*--method*) for word; do case "$word" in body=@*) cat "${word#body=@}" >>said ;; esac; done ;;
esac
"""


def comments(job: Job, number: str = "5\n", **more: str) -> subprocess.CompletedProcess[str]:
    """The step of the workflow that runs when the check has ended."""
    (job.folder / "number").write_text(number)
    gh = job.folder / "gh"
    gh.write_text(PULLS_GH)
    gh.chmod(0o755)
    settings = {
        "PATH": f"{job.folder}:{os.environ['PATH']}",
        "FOLDER": "results",
        "WHEN": "true",
        "REPOSITORY": "me/app",
        "HEAD_OWNER": "somebody",
        "HEAD_BRANCH": "$(touch hacked)",
        "HEAD_SHA": SHA,
    }
    return job.step(COMMENT / "comments.sh", **settings | more)


def result(job: Job, text: str, name: str = "me/app", folder: str = "results") -> Path:
    """What an artifact holds."""
    place = job.folder / folder
    place.mkdir(parents=True)
    (place / "check.md").write_text(text)
    (place / "name").write_text(name)
    (place / "changed").write_text("true\n")
    return place


def test_results_of_a_fork_become_comments_on_the_pull_request_of_the_event(job: Job) -> None:
    result(job, f"{MARKER}\nfirst\n", folder="results/a")
    result(job, f"{MARKER}\nsecond\n", "me/other", folder="results/b")
    done = comments(job)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    calls = (job.folder / "calls").read_text()
    assert "head=somebody:$(touch hacked)" in calls
    assert calls.count("repos/me/app/issues/5/comments") == 4
    said = (job.folder / "said").read_text()
    assert "<!-- dockbench check: me/app -->" in said
    assert "<!-- dockbench check: me/other -->" in said
    assert not (job.folder / "hacked").exists()


def test_what_a_fork_says_is_text_and_no_more(job: Job) -> None:
    evil = "@everybody \x1b[2J\x07\x00 ::error::x\n" + "x" * 100_000
    place = result(job, evil, "a --> $(touch hacked)`touch hacked`\n::error::x")
    (place / "again").mkdir()
    (place / "again" / "name").write_text("linked")
    (place / "again" / "check.md").symlink_to("/etc/passwd")
    done = comments(job)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    said = (job.folder / "said").read_text()
    assert "@everybody" not in said
    assert "\x1b" not in said
    assert "\0" not in said
    assert "root:" not in said
    assert len(said.encode()) < 65_536
    assert said.startswith("<!-- dockbench check: a_-_touch_hacked_touch_hacked_error_x -->\n")
    assert not (job.folder / "hacked").exists()


def test_a_flood_of_results_is_cut(job: Job) -> None:
    for number in range(50):
        result(job, "x\n", f"name{number}", folder=f"results/{number}")
    comments(job)
    assert (job.folder / "said").read_text().count("<!-- dockbench") == 20


@pytest.mark.parametrize(
    ("number", "sha", "code"), [("", SHA, 0), ("x\n", SHA, 0), ("5\n", 'a" | 7', 2), ("5\n", "", 2)]
)
def test_without_a_pull_request_nothing_is_written(
    job: Job, number: str, sha: str, code: int
) -> None:
    result(job, "x\n")
    done = comments(job, number, HEAD_SHA=sha)
    assert done.returncode == code
    assert not (job.folder / "said").exists()


def test_the_template_that_runs_foreign_code_may_write_nothing() -> None:
    checks = yaml.safe_load((ROOT / "docs/workflows/image.yml").read_text())
    writes = yaml.safe_load((ROOT / "docs/workflows/image-comment.yml").read_text())
    # YAML reads the key `on` as true.
    assert list(checks[True]) == ["pull_request"]
    assert checks["permissions"] == {"contents": "read"}
    assert writes[True]["workflow_run"]["workflows"] == [checks["name"]]
    (job,) = writes["jobs"].values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    for step in job["steps"]:
        assert "run" not in step
        if step["uses"].startswith("actions/checkout"):
            assert step["with"]["repository"] == "OWNER/dockbench"


def example() -> dict[str, Any]:
    """The workflow that the documentation shows."""
    text = (ROOT / "docs/check.md").read_text()
    (block,) = re.findall(r"```yaml\n(jobs:.*?)```", text, re.DOTALL)
    read: dict[str, Any] = yaml.safe_load(block)
    return read


def test_the_image_is_built_before_dockbench_lies_in_its_context() -> None:
    """`COPY . .` would take it along, and the image would be measured with it."""
    template = yaml.safe_load((ROOT / "docs/workflows/image.yml").read_text())
    for workflow in (template, example()):
        (job,) = workflow["jobs"].values()
        steps = [step.get("run", step.get("with", {}).get("path", "")) for step in job["steps"]]
        assert steps.index("docker build --tag app .") < steps.index("dockbench")


def test_foreign_code_finds_no_token_in_the_checkout() -> None:
    template = yaml.safe_load((ROOT / "docs/workflows/image.yml").read_text())
    (job,) = template["jobs"].values()
    checkouts = [one for one in job["steps"] if one.get("uses", "").startswith("actions/checkout")]
    assert [one["with"]["persist-credentials"] for one in checkouts] == [False, False]


def test_where_the_check_left_nothing_the_second_workflow_says_nothing() -> None:
    """A build that failed leaves no artifact: that is no failure of the default branch."""
    writes = yaml.safe_load((ROOT / "docs/workflows/image-comment.yml").read_text())
    (job,) = writes["jobs"].values()
    (download,) = [one for one in job["steps"] if "download-artifact" in one["uses"]]
    assert download["continue-on-error"] is True
    assert job["steps"][-1]["if"] == f"steps.{download['id']}.outcome == 'success'"


def test_templates_use_inputs_that_the_actions_have() -> None:
    for template in ("image", "image-comment"):
        workflow = yaml.safe_load((ROOT / f"docs/workflows/{template}.yml").read_text())
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("./dockbench/"):
                    place = ROOT / step["uses"].removeprefix("./dockbench/") / "action.yml"
                    assert set(step["with"]) <= set(yaml.safe_load(place.read_text())["inputs"])
