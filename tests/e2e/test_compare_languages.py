"""`dockbench compare` on the small sample projects that are not Python.

One improvement of the plain Dockerfile is measured, no more: each build of Go compiles its library
anew, for half a minute of two processors.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.model.record import Record
from runner.project.tree import digest_tree
from tests.e2e.commands import UNWATCHED, CommandLine

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
COLD = "scenarios=[cold]"
IMPROVED = "together_multi"


@pytest.mark.parametrize(
    ("sample", "plain", "at_most"),
    [("node_npm", "plain node", 0.9), ("go_service", "plain go", 0.25)],
)
def test_a_project_without_a_dockerfile_comes_to_a_smaller_image_that_passed(
    sample: str, plain: str, at_most: float, tmp_path: Path
) -> None:
    project = EXPERIMENTS / sample
    before = digest_tree(project).digest
    here = CommandLine(tmp_path, usual=("--only", IMPROVED, "--set", UNWATCHED, "--set", COLD))
    done = here.run("compare", str(project), *here.usual)
    results = here.results(f"compare-{sample}")
    records = {record.name: record for record in results.records}
    assert next(iter(records)) == plain, "the plain one comes first"
    page = (results.paths.recommended / "recommendation.md").read_text()
    chosen = page.partition("**")[2].partition(":")[0].replace("\\", "")
    assert chosen == f"{plain}+{IMPROVED}", (done, [r.failure for r in results.records])
    assert records[chosen].check is not None, "its check was run"
    assert unpacked_bytes(records[chosen]) <= at_most * unpacked_bytes(records[plain])
    assert f"; {plain} has " in done.told
    assert "health GET /health: in its sources" in done.err
    assert not (results.paths.recommended / "Dockerfile.diff").exists(), "there is none to patch"
    assert digest_tree(project).digest == before


def unpacked_bytes(record: Record) -> int:
    """The size of an image that passed."""
    assert record.status.value == "ok"
    assert record.sizes is not None
    return record.sizes.unpacked_bytes


def write(root: Path, files: dict[str, str]) -> Path:
    """A project of these files."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_a_service_below_the_root_is_compared_where_it_lies(tmp_path: Path) -> None:
    """Node, without any Dockerfile, beside a page that is bundled."""
    serves = 'require("http").createServer((q, r) => r.end("hi")).listen(5000)\n'
    files = {
        "server/package.json": '{"scripts": {"start": "node index.js"}}',
        "server/index.js": serves,
        "client/package.json": '{"scripts": {"build": "vite build"}}',
    }
    write(tmp_path / "shop", files)
    here = CommandLine(tmp_path, usual=("--only", IMPROVED, "--set", UNWATCHED, "--set", COLD))
    done = here.run("compare", "shop", *here.usual)
    results = here.results("compare-shop")
    assert {record.status.value for record in results.records} == {"ok"}, done.err
    assert "another service client, not compared: dockbench compare " in done.err
    page = (results.paths.recommended / "recommendation.md").read_text()
    assert "to `server` and run `docker build server` in the project" in page


def test_a_program_for_the_command_line_needs_no_port(tmp_path: Path) -> None:
    """It has to explain itself."""
    dockerfile = 'FROM python:3.11-slim\nCOPY . /app\nENTRYPOINT ["python", "/app/tool.py"]\n'
    tool = (
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('name')\n"
        "print('hi', parser.parse_args().name)\n"
    )
    write(tmp_path / "tool", {"Dockerfile": dockerfile, "tool.py": tool})
    here = CommandLine(
        tmp_path, usual=("--only", "together_alpine", "--set", UNWATCHED, "--set", COLD)
    )
    done = here.run("compare", "tool", *here.usual)
    records = here.results("compare-tool").records
    assert [record.status.value for record in records] == ["ok", "ok"], done.err
    assert "healthy if python /app/tool.py --help ends with 0" in done.err
