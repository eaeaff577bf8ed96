"""`dockbench compare`: a folder that somebody has, its own Dockerfiles, and one to recommend."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from runner.project.tree import digest_tree
from tests.e2e.commands import HERE, UNWATCHED, CommandLine, Done, Results

SERVICE = """\
FROM python:3.11-slim
WORKDIR /srv
COPY . .
RUN pip install -r requirements.txt
EXPOSE 8000
CMD ["python", "-m", "page.app"]
"""
BROKEN = "FROM python:3.11-slim AS one\nRUN echo no such luck && exit 3\n"
DESCRIPTION = """\
check: {request_path: /sum, request_file: check/request.json, answer_file: check/answer.json}
"""
TWO = (
    "experiment.path=[{name:slim,about:plain,set:{base:slim,context:ignored}},"
    "{name:multi_stage,about:a build stage,set:{stages:multi}}]"
)
COLD = "scenarios=[cold]"
ONE = "experiment.path=[{name:slim,about:plain,set:{base:slim}}]"


class Ran(NamedTuple):
    """A comparison, with what the project was before."""

    here: CommandLine
    done: Done
    results: Results
    digest: str

    @property
    def project(self) -> Path:
        return self.here.folder / "shop"

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("compare", "shop", "--dockerfile", "shop/docker/broken", *self.here.usual)


def make_project(folder: Path, **files: str) -> Path:
    """The page of these tests as a repository of somebody's own."""
    project = folder / "shop"
    shutil.copytree(HERE / "page" / "repository" / "backend" / "page", project / "page")
    shutil.copytree(HERE / "page" / "check", project / "check")
    (project / "requirements.txt").write_text("# nothing but the standard library\n")
    for name, text in files.items():
        path = project / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return project


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Ran:
    """One comparison for all tests here: its own Dockerfile, a broken one, and two of ours."""
    folder = tmp_path_factory.mktemp("compare")
    project = make_project(
        folder, Dockerfile=SERVICE, docker__broken=BROKEN, dockbench_yaml=DESCRIPTION
    )
    before = digest_tree(project).digest
    usual = ("--set", TWO, "--set", provider, "--set", UNWATCHED, "--set", COLD)
    here = CommandLine(folder, usual=usual)
    ran = Ran(here, Done(0, "", ""), here.results("compare-shop"), before)
    return ran._replace(done=here.run(*ran.arguments, expect=1))


def test_every_alternative_is_built_and_gives_the_same_answer(ran: Ran) -> None:
    records = {record.name: record for record in ran.results.records}
    names = list(records)
    assert names[0] == "Dockerfile", "the project's own comes first"
    place = names.index("slim")
    assert names[place + 1] == "multi_stage"
    edits = ("Dockerfile+together", "Dockerfile+base=alpine")
    assert {*edits} <= {*names[:place]}, "what may be recommended before what is beyond edits"
    improved = {name for name in names if name.startswith("Dockerfile+")}
    assert {"Dockerfile+base=alpine", "Dockerfile+order=deps_first"} <= improved
    assert not [name for name in names if name.startswith("docker/broken+")], "they fail alike"
    good = [record for name, record in records.items() if name != "docker/broken"]
    assert {record.status.value for record in good} == {"ok"}
    assert len({record.check.answer_digest for record in good if record.check}) == 1
    assert records["docker/broken"].failure is not None
    assert records["docker/broken"].failure.exit_code == 3


def test_the_own_dockerfile_has_no_levels_and_says_where_it_was_built_on_a_stand_in(
    ran: Ran, provider: str
) -> None:
    own = next(record for record in ran.results.records if record.name == "Dockerfile")
    assert own.levels == {}
    assert own.base.provider == provider.partition("=")[2]
    told = "FROM python:3.11-slim is dockbench/standin:slim in the copy that is built"
    assert (told in own.notes) == (own.base.provider == "standin")


def test_one_is_recommended_with_what_it_takes_to_adopt_it(ran: Ran) -> None:
    folder = ran.results.paths.recommended
    page = (folder / "recommendation.md").read_text()
    chosen = page.partition("**")[2].partition(":")[0].replace("\\", "")
    assert chosen.startswith("Dockerfile+")
    assert "- docker/broken: build failed: " in page
    assert "- port 8000: EXPOSE in Dockerfile" in page
    own, improved = SERVICE, (folder / "Dockerfile").read_text()
    kept = ("EXPOSE", "CMD", "WORKDIR")
    last = improved.rpartition("\nFROM ")[2]
    assert [line for line in own.splitlines() if line.startswith(kept)] == [
        line for line in last.splitlines() if line.startswith(kept)
    ]
    (folder.parent / "Dockerfile").write_text(own)
    patch = ["patch", "-p0", "--input", str(folder / "Dockerfile.diff")]
    subprocess.run(patch, cwd=folder.parent, check=True, capture_output=True)
    assert (folder.parent / "Dockerfile").read_text() == improved
    assert improved.startswith("# dockbench: measured 20"), "its own comments"
    assert f"\n# dockbench: {chosen}: " in improved
    assert "\n# dockbench: Dockerfile: " in improved
    summary = (folder / "pull_request.md").read_text()
    assert summary.startswith("# Dockerfile: ")
    assert "| cold build |" in summary
    assert "No other file is replaced." in " ".join(page.split())
    assert f"recommended: {chosen}: " in ran.done.out
    assert "command python -m page.app: CMD in Dockerfile" in ran.done.err
    assert {row["name"] for row in ran.results.rows} >= {"Dockerfile", "slim"}


def test_nothing_is_written_into_the_project(ran: Ran) -> None:
    assert digest_tree(ran.project).digest == ran.digest


def test_the_second_run_measures_only_what_is_missing_and_prints_json(ran: Ran) -> None:
    before = ran.results.records
    again = ran.here.run(*ran.arguments, "--json", "-", expect=1)
    document: dict[str, Any] = json.loads(again.out)
    assert document["recommended"]["name"].startswith("Dockerfile+")
    assert {row["name"]: row["status"] for row in document["rows"]}["docker/broken"] != "ok"
    known = re.search(r"(\d+) of (\d+) measured on this engine before", again.err)
    assert known is not None
    assert int(known[1]) == sum(record.status.value == "ok" for record in before)
    tried = [record.name for record in ran.results.records[len(before) :]]
    assert tried == ["docker/broken"], "it is tried again, what passed and what fails alike is not"


def test_where_nothing_passes_there_is_nothing_to_recommend(tmp_path: Path, provider: str) -> None:
    make_project(tmp_path, dockbench_yaml="command: [python, -m, page.app, die]\n")
    here = CommandLine(tmp_path)
    done = here.run("compare", "shop", "--set", ONE, "--set", provider, expect=2)
    assert "none of 1 alternatives for shop passed: plain python: check failed: " in done.error
    assert not here.results("compare-shop").paths.recommended.exists()


def test_a_folder_of_which_nothing_can_be_told_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Nothing\n")
    done = CommandLine(tmp_path).run("compare", ".", "--out", "../out", expect=2)
    assert "no Dockerfile, requirements.txt, pyproject.toml, package.json or go.mod" in done.error
    assert done.out == ""


LOST = """\
import http.server, locale, socket, ssl, venv, zoneinfo
import importlib


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        zoneinfo.ZoneInfo("Europe/Berlin")
        locale.setlocale(locale.LC_ALL, "")
        assert socket.getservbyname("https") == 443
        assert ssl.create_default_context().cert_store_stats()["x509"]
        importlib.import_module("turtledemo")
        venv.EnvBuilder(with_pip=False).create("/tmp/environment")
        self.send_response(200)
        self.end_headers()


http.server.HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""
PRUNED = (
    "experiment.path=[{name:pruned,about:pruned,set:{base:slim,context:ignored,stages:multi,"
    "bytecode:none,prune:trimmed}}]"
)


def test_a_pruned_image_has_all_that_its_sources_import(tmp_path: Path, provider: str) -> None:
    project = tmp_path / "lost"
    project.mkdir()
    (project / "app.py").write_text(LOST)
    (project / "requirements.txt").write_text("# nothing but the standard library\n")
    (project / "dockbench.yaml").write_text("command: [python, app.py]\nport: 8000\n")
    here = CommandLine(tmp_path, usual=("--set", PRUNED, "--set", provider, "--set", UNWATCHED))
    here.run("compare", "lost", *here.usual, "--only", "pruned")
    records = {record.name: record for record in here.results("compare-lost").records}
    assert {name: record.status.value for name, record in records.items()} == {
        "plain python": "ok",
        "pruned": "ok",
    }
    pruned = records["pruned"].variant_id[:12]
    (log,) = (here.results("compare-lost").paths.root / "logs").glob(f"{pruned}-*")
    assert "kept usr/local/lib/python3.11/venv: the project" in log.read_text()


def test_a_token_of_the_caller_reaches_nothing_of_a_comparison(
    tmp_path: Path, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "canary-4711"
    make_project(
        tmp_path,
        dockbench_yaml="about: '${oc.env:CANARY} ${'\nenvironment: {MODE: x}\n"
        "command: [python, -m, page.app, '${oc.env:CANARY}']\nport: 8000\n",
    )
    here = CommandLine(tmp_path, usual=("--set", ONE, "--set", provider, "--set", UNWATCHED))
    monkeypatch.setenv("CANARY", token)
    done = here.run("compare", "shop", *here.usual, "--only", "slim")
    assert token not in done.out + done.err
    for path in (tmp_path / "results").rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path
