"""`dockbench compare` cut short by a budget or a signal: what is there then, and what is said."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path

from tests.e2e.commands import HERE, UNWATCHED, CommandLine

QUICK = """\
FROM python:3.11-slim
WORKDIR /srv
COPY page page
EXPOSE 8000
CMD ["python", "-m", "page.app"]
"""
OTHER = f"{QUICK}ENV OTHER=1\n"
HANGS = f"{QUICK}RUN sleep 500\n"
STEPS = "experiment.path=[{name:slim,about:plain,set:{base:slim}}]"


def make_project(folder: Path) -> None:
    project = folder / "shop"
    shutil.copytree(HERE / "page" / "repository" / "backend" / "page", project / "page")
    (project / "requirements.txt").write_text("# nothing but the standard library\n")
    (project / "docker").mkdir()
    (project / "Dockerfile").write_text(QUICK)
    (project / "docker" / "Dockerfile.a").write_text(OTHER)
    (project / "docker" / "Dockerfile.b").write_text(HANGS)


def begun(name: str, said: str) -> bool:
    """Whether its measurement was said to begin, with an estimate or without."""
    return re.search(rf"^{re.escape(name)}( \(about [\d:]+\))?$", said, re.MULTILINE) is not None


def test_a_budget_and_then_a_signal_leave_tables_and_the_choice_so_far(
    tmp_path: Path, provider: str
) -> None:
    make_project(tmp_path)
    usual = ("--set", STEPS, "--set", provider, "--set", UNWATCHED, "--set", "scenarios=[cold]")
    names = ("Dockerfile", "docker/Dockerfile.a", "docker/Dockerfile.b")
    named = [word for name in names for word in ("--dockerfile", f"shop/{name}")]
    here = CommandLine(tmp_path, usual=usual)
    done = here.run("compare", "shop", "--budget", "12s", *named, *usual)
    results = here.results("compare-shop")
    assert [record.name for record in results.records][:2] == ["Dockerfile", "docker/Dockerfile.a"]
    assert "docker/Dockerfile.b was ended, and leaves no record" in done.err
    assert re.search(r"\d+ of \d+ alternatives are not measured .*--budget is over", done.err)
    assert re.search(r"^Dockerfile: [\d.]+ MB unpacked, .*; took 0:", done.err, re.MULTILINE)
    assert re.search(r"^docker/Dockerfile.a: .* (than|as) Dockerfile;", done.err, re.MULTILINE)
    page = (results.paths.recommended / "recommendation.md").read_text()
    assert "the choice so far: " in page
    shutil.rmtree(results.paths.recommended)
    shutil.rmtree(results.paths.tables)

    running = here.start("compare", "shop", "--json", "out.json", *named, *usual)
    running.wait_for("the build that hangs", lambda: begun("docker/Dockerfile.b", running.said))
    done = running.signal(signal.SIGTERM)
    assert done.exit_code == 143
    assert done.error.endswith("the same command goes on from there")
    assert {row["name"] for row in results.rows} == {"Dockerfile", "docker/Dockerfile.a"}
    assert (results.paths.figures / "sizes.svg").is_file()
    assert "the choice so far: " in (results.paths.recommended / "recommendation.md").read_text()
    assert "recommended: " in done.out
    assert "docker/Dockerfile.b" in json.loads((tmp_path / "out.json").read_text())["unmeasured"]
    results.assert_whole(2)


def test_a_first_trial_that_is_cut_short_leaves_nothing_to_recommend(
    tmp_path: Path, provider: str
) -> None:
    make_project(tmp_path)
    (tmp_path / "shop" / "Dockerfile").write_text(HANGS)
    here = CommandLine(tmp_path)
    running = here.start("compare", "shop", "--set", STEPS, "--set", provider)
    running.wait_for("the build that hangs", lambda: begun("Dockerfile", running.said))
    done = running.signal(signal.SIGINT)
    assert done.exit_code == 130
    assert done.out == ""
    assert not here.results("compare-shop").paths.recommended.exists()
