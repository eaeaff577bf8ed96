"""doctor where no engine runs yet, and what it makes of a builder that lacks an ability."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from runner.engine import probes, unstarted
from runner.engine.findings import Status
from runner.engine.port import Builder, Engine, StepListener
from runner.model.engine import BuilderName, BuildFailure, BuildRequest, BuildResult
from runner.model.errors import EngineLostError

MOUNTINFO = r"""
21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 21 0:26 / /home/a\040b rw - overlay overlay rw
31 21 0:27 / /home rw - xfs /dev/sdb1 rw
32 21 0:28 / /home rw - btrfs /dev/sdc1 rw
""".strip()


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="a program for Linux on these machines",
)
def test_the_smallest_program_runs_and_ends_well(tmp_path: Path) -> None:
    program = tmp_path / "end"
    program.write_bytes(probes.smallest_program(platform.machine()))
    program.chmod(0o755)

    assert subprocess.run([program], check=False, timeout=10).returncode == 0
    assert program.stat().st_size < 150


def test_there_is_no_program_for_an_unknown_machine() -> None:
    assert probes.smallest_program("s390x") == b""


class Fake:
    """A builder that fails for Dockerfiles with one of these words."""

    def __init__(self, *failing: str, says: str = "no such thing") -> None:
        self.failing, self.says = failing, says
        self.built: list[str] = []

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        """Read the context's Dockerfile as the engine would."""
        assert on_step is None
        text = b"".join(request.context.blocks()).decode(errors="replace")
        self.built.append(text)
        failed = any(word in text for word in self.failing)
        failure = BuildFailure("RUN", self.says) if failed else None
        return BuildResult("" if failed else "sha256:1", 0.25, (), failure=failure)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Fake, str], Engine]]:
    """An engine of some architecture whose builders are this one; what it built is removed."""
    removed: list[str] = []
    monkeypatch.setattr(probes, "remove_built", lambda _, built: removed.append(built.image_id))

    def make(fake: Fake, machine: str = "x86_64") -> Engine:
        monkeypatch.setattr(probes, "builder_for", lambda *_: cast(Builder, fake))
        return cast(Engine, SimpleNamespace(system=lambda: {"Architecture": machine}))

    yield make
    assert [image for image in removed if image] in ([], ["sha256:1"])


def test_a_builder_is_tried_with_a_program_and_a_cache_mount(
    engine: Callable[..., Engine],
) -> None:
    fake = Fake()
    finding = probes.builder(engine(fake), BuilderName.buildkit)

    assert (finding.status, finding.what) == (
        Status.ok,
        "built a probe in 0.25 s and cache mounts work",
    )
    assert 'RUN --mount=type=cache,id=dockbench-doctor,target=/cache ["/end"]' in fake.built[0]


def test_the_classic_builder_is_tried_without_mounts(engine: Callable[..., Engine]) -> None:
    fake = Fake("--mount")
    finding = probes.builder(engine(fake), BuilderName.classic)

    assert (finding.status, finding.what) == (Status.ok, "built a probe in 0.25 s")
    assert 'RUN ["/end"]' in fake.built[0]


def test_no_program_no_run(engine: Callable[..., Engine]) -> None:
    fake = Fake("RUN")
    finding = probes.builder(engine(fake, "s390x"), BuilderName.buildkit)

    assert (finding.status, finding.what) == (Status.ok, "built a probe in 0.25 s")


def test_a_builder_without_cache_mounts_is_a_warning(engine: Callable[..., Engine]) -> None:
    finding = probes.builder(engine(Fake("--mount", says="unknown flag")), BuilderName.buildkit)

    assert finding.status is Status.warning
    assert "no cache mounts: unknown flag" in finding.what
    assert "cache=mount" in finding.next_step


@pytest.mark.parametrize(
    ("name", "status", "other"),
    [
        (BuilderName.buildkit, Status.problem, "builder=classic"),
        (BuilderName.classic, Status.warning, "builder=buildkit"),
    ],
)
def test_a_builder_that_cannot_run_anything(
    engine: Callable[..., Engine], name: BuilderName, status: Status, other: str
) -> None:
    finding = probes.builder(engine(Fake("RUN", says="operation not permitted")), name)

    assert finding.status is status
    assert "operation not permitted" in finding.what
    assert other in finding.next_step


def test_an_engine_that_is_lost_is_a_problem(
    engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake()

    def lost(*_: object) -> BuildResult:
        raise EngineLostError("gone")

    monkeypatch.setattr(fake, "build", lost)
    assert probes.builder(engine(fake), BuilderName.buildkit).status is Status.problem


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/homes", "ext4"),
        ("/home", "btrfs"),
        ("/home/x/y", "btrfs"),
        ("/home/a b/c", "overlay"),
    ],
)
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    assert unstarted.file_system(path, MOUNTINFO) == kind


@pytest.mark.parametrize(("kind", "status"), [("xfs", Status.ok), ("overlay", Status.warning)])
def test_storage_is_told_before_there_is_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, status: Status
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"21 1 8:1 / / rw - {kind} x rw\n")
    monkeypatch.setattr(unstarted, "MOUNTS", mounts)
    finding = unstarted.storage(tmp_path / "not" / "there")

    assert finding.status is status
    assert kind in finding.what
    assert str(tmp_path) in finding.what
    assert bool(finding.next_step) == (status is Status.warning)
    assert list(tmp_path.iterdir()) == [mounts]


def test_the_version_is_that_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "dockerd"
    program.write_text("#!/bin/sh\necho Docker version 20.10.24, build 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert unstarted.version().what == f"Docker version 20.10.24, build 1 ({program})"


@pytest.mark.parametrize(("apt", "status"), [("/usr/bin/apt-get", "ok"), (None, "problem")])
def test_a_dockerd_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, apt: str | None, status: str
) -> None:
    programs = {"apt-get": apt}
    monkeypatch.setattr(unstarted, "find_program", programs.get)

    assert unstarted.version().status.value == status


@contextmanager
def answering(status: int) -> Iterator[str]:
    """A registry that answers everything with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v2/"
        server.shutdown()


@pytest.mark.parametrize(("answer", "expected"), [(200, "ok"), (401, "ok"), (503, "warning")])
def test_the_registry_is_asked_directly(
    monkeypatch: pytest.MonkeyPatch, answer: int, expected: str
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with answering(answer) as url:
        finding = unstarted.registry(url)

    assert finding.status.value == expected
    said = finding.what.replace(url, "the registry")
    assert (str(answer) in said) == (expected == "warning")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v2/", "https://registry.invalid/v2/"])
def test_a_registry_that_is_not_there_leads_to_stand_ins(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    finding = unstarted.registry(url, timeout_s=2.0)

    assert finding.status is Status.warning
    assert finding.what.startswith("not in reach of this machine: ")
    assert "stand-ins" in finding.next_step


def test_without_an_engine_that_could_run_nothing_is_promised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unstarted, "cannot_embed", lambda: "this user is not root")

    assert unstarted.unstarted() == []
