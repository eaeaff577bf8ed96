"""No Docker and no root: one line says what is missing; committed results can still be drawn."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.store.records import RecordStore
from tests.e2e.commands import CommandLine
from tests.unit.records import path_records

NOBODY = 65534
NOWHERE = {"DOCKER_HOST": "", "DOCKER_CONFIG": "/nowhere"}


READ_ALL = "-all,+dac_read_search"
"""So that a checkout below a private folder can be run from: reading is the only privilege left."""


@pytest.fixture
def nobody() -> Iterator[CommandLine]:
    """A folder of a user without any rights, and that user's commands."""
    folder = Path(tempfile.mkdtemp(prefix="dockbench-"))
    environment = {**NOWHERE, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    before: tuple[str, ...] = ()
    if os.geteuid() != 0:
        environment["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    else:
        os.chown(folder, NOBODY, NOBODY)
        user = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        before = ("setpriv", *user, f"--inh-caps={READ_ALL}", f"--ambient-caps={READ_ALL}", "--")
    yield CommandLine(folder, environment, before=before)
    shutil.rmtree(folder)


def test_bench_says_what_is_missing_and_what_works(nobody: CommandLine) -> None:
    done = nobody.run("bench", "experiment=progression", expect=2)
    assert done.err == f"{done.error}\n"
    for words in ("no Docker engine answers", "not root", "start Docker", "`make figures`"):
        assert words in done.error
    assert done.out == ""
    assert list(nobody.folder.iterdir()) == []


@pytest.mark.parametrize("command", [["engine", "start"], ["doctor"]], ids=" ".join)
def test_other_commands_that_need_an_engine(nobody: CommandLine, command: list[str]) -> None:
    done = nobody.run(*command, expect=2)
    assert "Traceback" not in done.err
    assert "not root" in done.out + done.err


def test_committed_results_are_drawn_without_an_engine(nobody: CommandLine) -> None:
    results = nobody.results("progression")
    store = RecordStore(results.paths)
    for record in path_records():
        store.write(record)
    for path in (results.paths.root.parent, *results.paths.root.parent.rglob("*")):
        if nobody.before:
            os.chown(path, NOBODY, NOBODY)
    done = nobody.run("report", "results/progression")
    assert "as_found" in done.out
    assert len(results.rows) == len(path_records())
    assert (results.paths.figures / "progression.png").is_file()
