"""The day of a project's last commit: from its repository's files alone, with nothing run."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from datetime import date
from pathlib import Path

import pytest

from runner.detect.last_commit import last_commit_day
from runner.engine import child

DAY = date(2021, 8, 29)


def git(folder: Path, *arguments: str, when: str = "2021-08-29T23:30:00+0000") -> None:
    told = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        **{"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": "2020-01-01T00:00:00+0000"},
        **{"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"},
        **{"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"},
        **{"GIT_CONFIG_GLOBAL": os.devnull},
    }
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, env=told)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-b", "main")
    (folder / "app.py").write_text("pass\n")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first\n\ncommitter x <x> 1 +0000")
    return folder


def test_it_is_the_committers_day_in_utc(project: Path) -> None:
    assert last_commit_day(project) == DAY
    git(project, "commit", "--allow-empty", "-m", "next", when="2022-01-01T01:00:00+0300")
    assert last_commit_day(project) == date(2021, 12, 31)


def test_packed_references_packs_and_a_detached_head_are_read(project: Path) -> None:
    git(project, "gc")
    assert not (project / ".git" / "refs" / "heads" / "main").exists()
    assert last_commit_day(project) == DAY
    git(project, "checkout", "--detach")
    assert last_commit_day(project) == DAY


def test_nothing_that_the_configuration_names_is_run(project: Path, tmp_path: Path) -> None:
    program, ran = tmp_path / "program", tmp_path / "ran"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.alternateRefsCommand"):
        git(project, "config", key, str(program))
    git(project, "config", "extensions.partialClone", "origin")
    git(project, "config", "remote.origin.url", f"ext::{program}")
    git(project, "config", "protocol.ext.allow", "always")
    assert last_commit_day(project) == DAY
    head = (project / ".git" / "refs" / "heads" / "main").read_text().strip()
    (project / ".git" / "objects" / head[:2] / head[2:]).unlink()
    assert last_commit_day(project) is None, "a commit that is not here is not fetched"
    assert not ran.exists()


def test_no_repository_of_anybody_else_is_read(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert last_commit_day(other) is None
    (other / ".git").symlink_to(project / ".git")
    assert last_commit_day(other) is None
    (other / ".git").unlink()
    (other / ".git").mkdir()
    (other / ".git" / "HEAD").write_text("ref: refs/../../../shop/.git/HEAD\n")
    (other / ".git" / "objects").symlink_to(project / ".git" / "objects")
    assert last_commit_day(other) is None
    (other / ".git" / "HEAD").write_text((project / ".git/refs/heads/main").read_text())
    assert last_commit_day(other) is None


def test_a_directory_of_a_repository_has_its_day_and_one_that_only_lies_there_has_not(
    project: Path,
) -> None:
    (project / "services" / "web").mkdir(parents=True)
    (project / "services" / "web" / "app.py").write_text("pass\n")
    assert last_commit_day(project / "services" / "web") is None
    git(project, "add", ".")
    git(project, "commit", "-m", "next", when="2022-02-01T01:00:00+0000")
    assert last_commit_day(project / "services" / "web") == date(2022, 2, 1)


def test_a_day_that_cannot_be_is_none(project: Path) -> None:
    git(project, "commit", "--allow-empty", "-m", "next", when="2090-01-01T00:00:00+0000")
    assert last_commit_day(project) is None


def test_what_a_program_prints_has_an_end() -> None:
    assert child.head(["printf", "x"], 10, timeout_s=5) == b"x"
    assert child.head(["false"], 10, timeout_s=5) is None
    assert child.head(["there-is-no-such-program"], 10, timeout_s=5) is None
    begun_s = time.monotonic()
    for endless in (["yes"], ["sleep", "60"]):
        assert child.head(endless, 1 << 20, timeout_s=0.5) is None
    closed = ["sh", "-c", "echo x; exec >&-; sleep 60"]
    assert child.head(closed, 10, timeout_s=0.5) is None
    assert time.monotonic() - begun_s < 10


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no limit of memory on this system")
def test_what_reads_foreign_data_gets_little_memory() -> None:
    taking = child.python("-c", "print(len(bytearray(1 << 30)))")
    assert child.head(taking, 100, timeout_s=20) is None
    assert child.head(child.python("-c", "print(len(bytearray(1 << 20)))"), 100, timeout_s=20)
