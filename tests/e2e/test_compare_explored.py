"""`dockbench compare --grid`, `--search`, `--trials`: combinations of edits, repeated times."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.commands import UNWATCHED, CommandLine

SERVICE = """\
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()


ThreadingTCPServer(("0.0.0.0", 8000), Page).serve_forever()
"""
"""An `HTTPServer` asks DNS for its own name before it listens: Alpine, where no name server can be
reached, waits for that for seconds, and each slow start is repeated twice."""

DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /srv
ADD page page
RUN head -c 3000000 /dev/urandom > /srv/data
RUN chmod 600 /srv/data
EXPOSE 8000
CMD ["python", "-m", "page.app"]
"""


@pytest.fixture
def here(tmp_path: Path, provider: str) -> CommandLine:
    """A service whose Dockerfile can be made better in several ways, each of them quick; no file
    says that it is a project of Python, so no ladder of ours follows."""
    project = tmp_path / "shop"
    (project / "page").mkdir(parents=True)
    (project / "page" / "app.py").write_text(SERVICE)
    (project / "Dockerfile").write_text(DOCKERFILE)
    usual = ("--set", provider, "--set", UNWATCHED, "--budget", "15m")
    return CommandLine(tmp_path, usual=usual)


def test_a_grid_measures_what_is_small_alone_together_and_nothing_twice(here: CommandLine) -> None:
    done = here.run("compare", "shop", "--grid", "--set", "scenarios=[cold]", *here.usual)
    results = here.results("compare-shop")
    passed = {x.name: x.sizes.unpacked_bytes for x in results.records if x.sizes is not None}
    together = "Dockerfile+base=alpine+layers=merged+user=nobody"
    assert together in passed
    assert passed[together] < passed["Dockerfile+layers=merged"] < passed["Dockerfile"]
    assert len({record.variant_id for record in results.records}) == len(results.records)
    said = re.search(r"Dockerfile: all (\d+) combinations are measured or come to one", done.err)
    assert said is not None
    tried = [name for name in passed if name.count("+") > 1]
    assert "base=alpine" in tried[0], "the one that saves most alone is tried first"
    again = here.run("compare", "shop", "--grid", "--set", "scenarios=[cold]", *here.usual)
    assert len(results.records) == len(here.results("compare-shop").records)
    assert "recommended: Dockerfile+" in again.out

    if importlib.util.find_spec("optuna") is not None:
        found = here.run("compare", "shop", "--search", "--set", "scenarios=[cold]", *here.usual)
        assert re.search(r"the search tried \d+ further combinations \(seed 0\)", found.err)


def test_trials_are_repeated_and_the_build_after_an_edit_is_timed(here: CommandLine) -> None:
    (here.folder / "shop" / "Dockerfile").write_text(
        DOCKERFILE.replace("ADD", "COPY").replace("RUN chmod 600 /srv/data\n", "USER 65534\n")
    )
    here.run("compare", "shop", "--trials", "2", *here.usual)
    results = here.results("compare-shop")
    counts = Counter(record.name for record in results.records)
    assert set(counts.values()) == {2}
    assert {record.trial for record in results.records} == {0, 1}
    for record in results.records:
        assert {scenario.name for scenario in record.scenarios} == {"cold", "source_edit"}
    summary = results.paths.recommended / "pull_request.md"
    page = (results.paths.recommended / "recommendation.md").read_text()
    assert summary.is_file() or "There is nothing to change" in page
    assert {row["trials"] for row in results.rows} == {"2"}
