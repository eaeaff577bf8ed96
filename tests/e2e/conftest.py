"""Working folders for the command line, on the shared engine or on one that a test may break."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from runner.engine.bases import provide
from runner.engine.bases.auto import choose
from runner.engine.connect import cannot_embed, connect
from runner.engine.embedded import EmbeddedEngine
from runner.engine.port import Engine
from runner.engine.remains import unmount_below
from runner.model.levels import Base
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from tests.e2e.commands import CommandLine

if cannot_embed():
    # These are about the private daemon, which this user or this system cannot run.
    collect_ignore = ["test_engine_dies.py", "test_disk_full.py", "test_clean.py"]

SLIM = Base(level="slim", about="", image="python:3.11-slim", standin="slim")
NOWHERE = "unix:///nowhere/docker.sock"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine that answers, else the embedded one: what a command here uses too."""
    found = connect(Silent())
    yield found
    found.client.close()


@pytest.fixture(scope="session")
def usual(engine: Engine) -> tuple[str, ...]:
    """Overrides of every bench: the quickest variant; registry or stand-in is decided once.

    The base is provided here, so that no test has to make it on an engine with little room.
    """
    provider, _ = choose(SLIM, engine)
    provide(replace(SLIM, provider=provider), engine, Silent())
    return ("base=slim", "deps=trimmed", f"base.provider={provider.value}")


@pytest.fixture
def here(tmp_path: Path, usual: tuple[str, ...]) -> CommandLine:
    """An empty working folder, and the shared engine."""
    return CommandLine(tmp_path, usual=usual)


@dataclass(frozen=True)
class Machine:
    """A cache folder of its own, on a machine where no other engine is in sight."""

    command: CommandLine
    cache: CachePaths

    @property
    def shared_bases(self) -> Path:
        """The folder of stand-ins that its own folder is a link to."""
        return CachePaths.default().bases

    @property
    def engine(self) -> EmbeddedEngine:
        """Its embedded engine, attached if it runs."""
        found = EmbeddedEngine(self.cache.engine)
        found.attach()
        return found


@pytest.fixture
def machine(usual: tuple[str, ...]) -> Iterator[Machine]:
    """A machine whose engine a test may kill; stand-ins and the sizes of layers are shared with all
    other tests."""
    home = Path(tempfile.mkdtemp(prefix="dockbench-"))
    cache = CachePaths(home / "cache" / "dockbench")
    cache.root.mkdir(parents=True)
    shared = CachePaths.default().bases
    shared.mkdir(parents=True, exist_ok=True)
    cache.bases.symlink_to(shared)
    sizes = CachePaths.default().layers
    sizes.mkdir(parents=True, exist_ok=True)
    cache.layers.symlink_to(sizes)
    folder = home / "work"
    folder.mkdir()
    environment = {"XDG_CACHE_HOME": str(home / "cache"), "DOCKER_HOST": NOWHERE}
    yield Machine(CommandLine(folder, environment, usual), cache)
    EmbeddedEngine(cache.engine).stop()
    unmount_below(home)
    shutil.rmtree(home)
