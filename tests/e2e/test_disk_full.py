"""A full disk below the engine, below the results, and below the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.store.records import RecordStore
from tests.e2e.commands import HERE, CommandLine
from tests.e2e.conftest import Machine
from tests.e2e.hanging import containers_of
from tests.unit.records import record

MIB = 1 << 20
ENGINE_BYTES = 600 * MIB
"""Room for a slim base and some variants."""
LARGE_BYTES = 16 * MIB

Mount = Callable[[Path, int], None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mounts a file system of a limited size, held in memory."""
    mounted: list[Path] = []

    def put(folder: Path, size_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={size_bytes},mode=755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        mounted.append(folder)

    yield put
    for folder in reversed(mounted):
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, leave_bytes: int) -> Path:
    """Leave only so much of the file system; returns the file that takes the rest."""
    free = os.statvfs(folder)
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - leave_bytes)
    return ballast


@pytest.fixture
def laden(tmp_path: Path) -> str:
    """The project of these tests with one large file in what an image gets of it."""
    folder = tmp_path / "laden"
    shutil.copytree(HERE / "page", folder)
    (folder / "repository" / "backend" / "large").write_bytes(bytes(LARGE_BYTES))
    return f"project.folder={folder}"


def test_the_engine_s_disk(machine: Machine, mount: Mount, laden: str) -> None:
    """Full for the copy of a file: there is room for the context, as it comes and unpacked."""
    mount(machine.cache.engine, ENGINE_BYTES)
    machine.command.bench("cache=flags")
    ballast = fill(machine.cache.engine, LARGE_BYTES * 5 // 2)

    running = machine.command.start_bench("cache=keep", laden)
    full = running.wait()
    assert full.exit_code == 2
    told = [line for line in full.err.splitlines() if "no space left on the engine's disk" in line]
    assert len(told) == 1
    assert "the build failed in " in told[0]
    assert "COPY . ." in told[0]
    assert "make room there (`dockbench clean` removes what earlier runs left on it)" in told[0]
    assert "Traceback" not in full.err
    assert containers_of(machine.engine, running.process.pid) == []
    results = machine.command.results("variants")
    results.assert_whole(1)
    assert [row["status"] for row in results.rows] == ["ok"]

    ballast.unlink()
    machine.command.bench("cache=keep", laden)
    assert [row["status"] for row in results.rows] == ["ok", "ok"]


def test_the_disk_of_the_results(here: CommandLine, engine: DockerEngine, mount: Mount) -> None:
    """Full for the record, then with so little room that it is full for the tables and figures."""
    results = here.results("variants")
    mount(results.paths.root, MIB)
    first = record("finished before")
    RecordStore(results.paths).write(first)
    for left_bytes in (0, 12 << 10):
        ballast = fill(results.paths.root, left_bytes)
        running = here.start_bench("cache=keep")
        done = running.wait()
        assert done.exit_code == 2
        assert containers_of(engine, running.process.pid) == []
        assert "no space left to write" in done.error
        assert "free some and run the same command again" in done.error
        assert results.records[0] == first
        assert len(results.records) == 1 or left_bytes > 0
        ballast.unlink()
        assert results.left_overs() == []

    again = here.bench("cache=keep")
    assert "Traceback" not in again.err
    results.assert_whole(2)


CACHE = {
    "the project's work folder": ("work", (), "and 0 B are free in"),
    "the context of a stand-in": (
        "bases",
        ("base.standin=tiny", "base.image=dockbench/tiny:1", "base.provider=standin"),
        "cannot use the cache directory {cache}: No space left on device",
    ),
}


@pytest.mark.parametrize(("name", "overrides", "what"), CACHE.values(), ids=CACHE.keys())
def test_the_disk_of_the_cache(
    here: CommandLine,
    engine: DockerEngine,
    mount: Mount,
    name: str,
    overrides: tuple[str, ...],
    what: str,
) -> None:
    results = here.results("variants")
    finished = record("finished before")
    RecordStore(results.paths).write(finished)
    cache = here.folder / "cache" / "dockbench" / name
    mount(cache, MIB)
    fill(cache, 0)
    certificate = here.folder / "certificate.pem"
    certificate.write_text("-----BEGIN CERTIFICATE-----\nbWluZQ==\n-----END CERTIFICATE-----\n")
    environment = {
        "DOCKER_HOST": engine.address,
        "XDG_CACHE_HOME": str(here.folder / "cache"),
        "SSL_CERT_FILE": str(certificate),  # no engine has a stand-in that trusts it
    }
    running = replace(here, environment=environment).start_bench(*overrides)
    done = running.wait()
    assert done.exit_code == 2
    assert what.format(cache=cache) in done.error
    assert "make room there" in done.error
    assert containers_of(engine, running.process.pid) == []
    assert results.records == [finished]
    assert results.left_overs() == []
    files = {path.name for path in cache.rglob("*") if path.is_file()}
    assert {file for file in files if not file.endswith("lock")} == {"ballast"}
