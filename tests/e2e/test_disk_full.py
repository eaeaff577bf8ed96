"""A full disk below the engine, and below the results."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.model.record import Status
from tests.e2e.commands import CommandLine
from tests.e2e.conftest import Machine

MIB = 1 << 20
ENGINE_BYTES = 600 * MIB
"""Room for a slim base and some variants."""

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


def test_the_engine_s_disk(machine: Machine, mount: Mount) -> None:
    mount(machine.cache.engine, ENGINE_BYTES)
    machine.command.bench("cache=flags")
    ballast = fill(machine.cache.engine, 4 * MIB)

    full = machine.command.bench("cache=keep", "bytecode=write", expect=1)
    assert "no space left on the engine's disk: free some and run again" in full.err
    results = machine.command.results("variants")
    results.assert_whole(2)
    failed = results.records[-1]
    assert failed.status is Status.build_failed
    assert failed.failure is not None
    assert failed.failure.message.startswith("no space left on the engine's disk")
    assert sorted(row["status"] for row in results.rows) == ["build_failed", "ok"]

    ballast.unlink()
    machine.command.bench("cache=keep", "bytecode=write")
    assert {row["status"] for row in results.rows} == {"ok"}


def test_the_disk_of_the_results(here: CommandLine, mount: Mount) -> None:
    """Full for the record, then with so little room that it is full for the tables and figures."""
    results = here.results("variants")
    mount(results.paths.root, MIB)
    here.bench("cache=flags")
    (first,) = results.records
    for left_bytes in (0, 12 << 10):
        ballast = fill(results.paths.root, left_bytes)
        done = here.bench("cache=keep", expect=2)
        assert "no space left to write" in done.error
        assert "free some and run the same command again" in done.error
        assert results.records[0] == first
        assert len(results.records) == 1 or left_bytes > 0
        assert results.left_overs() == []
        ballast.unlink()

    again = here.bench("cache=keep")
    assert "Traceback" not in again.err
    results.assert_whole(2)
