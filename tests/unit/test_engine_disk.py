"""When a disk that somebody calls full is the engine's."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from runner.engine.disk import LEAST_BYTES, SCARCE_BYTES, Room
from runner.engine.port import Engine
from runner.model.errors import EngineFullError, EngineLostError

FULL = "tar: write error: No space left on device"


@dataclass
class Elsewhere:
    """An engine of which no more is asked than where its images lie."""

    is_local: bool = True
    said: dict[str, Any] = field(default_factory=lambda: {"DockerRootDir": "/"})

    def system(self) -> dict[str, Any]:
        return self.said


def room(free: int | None, files: int | None = 10**6) -> Room:
    found = Room(cast(Engine, Elsewhere(is_local=free is not None)))
    found.least_bytes, found.least_files = free, files
    return found


@pytest.mark.parametrize(
    ("free", "files", "said"),
    [
        (0, 10**6, ""),
        (LEAST_BYTES - 1, None, "error: nothing about a disk"),
        (SCARCE_BYTES - 1, 10**6, FULL),
        (100 * SCARCE_BYTES, 5, FULL),
        (100 * SCARCE_BYTES, None, "write /a: disk quota exceeded"),
        (None, None, FULL),
    ],
)
def test_no_room(free: int | None, files: int | None, said: str) -> None:
    with pytest.raises(EngineFullError, match=r"no space left on the engine's disk.*: it failed; "):
        room(free, files).require("it failed", said)


@pytest.mark.parametrize(
    ("free", "said"),
    [
        (LEAST_BYTES, ""),
        (SCARCE_BYTES, FULL),
        (SCARCE_BYTES - 1, "error: nothing about a disk"),
        (None, ""),
    ],
)
def test_room(free: int | None, said: str) -> None:
    room(free).require("it failed", said)


def test_the_least_is_what_was_free_in_between() -> None:
    with Room(cast(Engine, Elsewhere())) as found:
        assert found.least_bytes is not None
        found.least_bytes = min(found.least_bytes, 1)
    status = os.statvfs("/")
    assert found.least_bytes == min(1, status.f_bavail)


def test_an_engine_without_a_directory_of_this_machine() -> None:
    with Room(cast(Engine, Elsewhere(said={"DockerRootDir": "/nowhere/at/all"}))) as found:
        pass
    assert found.least_bytes is None


def test_it_is_a_loss_of_the_engine() -> None:
    """What passes a loss on (no record, exit code 2) passes a full disk on as well."""
    assert issubclass(EngineFullError, EngineLostError)
