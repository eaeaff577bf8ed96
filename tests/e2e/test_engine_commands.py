"""`dockbench engine`, `doctor` and `clean` as a person calls them, on an engine of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from runner.engine.connect import cannot_embed
from runner.engine.docker.embedded import EmbeddedEngine
from runner.model.paths import CachePaths


@dataclass(frozen=True)
class Machine:
    """A cache folder of its own, on a machine where no other engine is in sight."""

    home: Path

    @property
    def cache(self) -> CachePaths:
        """dockbench's part of the cache folder."""
        return CachePaths(self.home / "dockbench")

    def dockbench(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the command; the exit code must be as expected."""
        done = subprocess.run(
            [sys.executable, "-m", "runner", *arguments],
            capture_output=True,
            text=True,
            timeout=180,
            env=os.environ
            | {"XDG_CACHE_HOME": str(self.home), "DOCKER_HOST": "unix:///nowhere/docker.sock"},
        )
        assert done.returncode == expect, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Whatever a test starts is stopped and removed."""
    home = Path(tempfile.mkdtemp(prefix="dockbench-"))
    found = Machine(home)
    yield found
    EmbeddedEngine(found.cache.engine).stop()
    shutil.rmtree(home)


def test_status_and_stop_where_nothing_ever_ran(machine: Machine) -> None:
    assert "not running" in machine.dockbench("engine", "status").stdout
    state = json.loads(machine.dockbench("engine", "status", "--json", "-").stdout)
    assert state["running"] is False
    assert state["pid"] is None
    stopped = machine.dockbench("engine", "stop")
    assert stopped.stdout == ""
    assert "was not running" in stopped.stderr
    assert not machine.cache.root.exists()


def test_doctor_without_an_engine_says_what_to_do_and_starts_none(machine: Machine) -> None:
    expect = 2 if cannot_embed() else 0
    findings = json.loads(machine.dockbench("doctor", "--json", "-", expect=expect).stdout)
    engine = next(finding for finding in findings if finding["subject"] == "engine")
    assert engine["status"] == ("problem" if cannot_embed() else "warning")
    assert "DOCKER_HOST unix:///nowhere/docker.sock" in engine["what"]
    assert engine["next_step"]
    subjects = {finding["subject"] for finding in findings}
    told = {"registry", "package index", "space for the cache", "CPU", "memory", "user"}
    would_be = set() if cannot_embed() else {"version", "storage", "builders"}
    assert told | would_be <= subjects
    assert not machine.cache.root.exists()


def test_doctor_prints_a_line_for_each_finding(machine: Machine) -> None:
    expect = 2 if cannot_embed() else 0
    lines = machine.dockbench("doctor", expect=expect).stdout.splitlines()
    assert any(line.startswith("ok") and "CPU" in line for line in lines)
    assert not any("\x1b" in line for line in lines)


if not cannot_embed():

    def test_an_engine_from_start_to_clean(machine: Machine) -> None:
        address = machine.dockbench("engine", "start").stdout.strip()
        assert address == machine.dockbench("engine", "start").stdout.strip()
        state = json.loads(machine.dockbench("engine", "status", "--json", "-").stdout)
        assert state["running"] is True
        assert state["address"] == address
        assert state["engine"]["kind"] == "embedded"

        findings = json.loads(machine.dockbench("doctor", "--json", "-").stdout)
        status = {finding["subject"]: finding["status"] for finding in findings}
        assert status["builder buildkit"] == "ok"
        assert status["builder classic"] == "ok"
        assert status["storage"] == "ok"

        with contextlib.closing(docker.DockerClient(base_url=address)) as client:
            marks = {"io.dockbench": "test", "io.dockbench.process": "boot:1:2:3"}
            client.networks.create("ours", labels=marks)
            client.volumes.create("theirs", labels=marks)
            said = machine.dockbench("clean").stderr
            assert "1 networks" in said
            assert "kept the volume theirs: it carries our label, and was not made by" in said
            assert [volume.name for volume in client.volumes.list()] == ["theirs"]

        assert machine.dockbench("engine", "stop").stdout == ""
        assert "0 networks" in machine.dockbench("clean").stderr
        assert "not running" in machine.dockbench("engine", "status").stdout

        neighbour = machine.home / "somebody-else"
        neighbour.write_text("stay")
        machine.dockbench("engine", "start")
        machine.dockbench("clean", "--all")
        assert list(machine.home.iterdir()) == [neighbour]
