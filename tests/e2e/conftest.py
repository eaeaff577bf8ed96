"""Working folders for the command line, on the shared engine or on one that a test may break."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from filelock import FileLock

from runner.engine.bases.auto import choose
from runner.engine.bases.providers import provide
from runner.engine.connect import cannot_embed, connect
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.engine import DockerEngine
from runner.engine.files import atomic_file
from runner.engine.linux.orphan_cleanup import unmount_below
from runner.model.engine import BaseImage
from runner.model.levels import Base
from runner.model.paths import CachePaths
from runner.model.progress import Silent
from tests.e2e.commands import UNWATCHED, CommandLine
from tests.engine.caches import own_cache
from tests.engine.contexts import build_image

if cannot_embed():
    # These are about the private daemon, which this user or this system cannot run.
    collect_ignore = ["test_engine_dies.py", "test_disk_full.py", "test_clean.py"]

SLIM = Base(level="slim", about="", image="python:3.11-slim", standin="slim")
QUICK = "dockbench/test:quick"
QUICK_DOCKERFILE = """\
FROM {}
RUN touch none && pip install --no-cache-dir -r none && rm none && python -c "import http.server"
"""
"""Official images have no byte code: each start of pip compiles all of it, and throws that away."""
NOWHERE = "unix:///nowhere/docker.sock"


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerEngine]:
    """The engine that answers, else the embedded one: what a command here uses too."""
    found = connect(Silent())
    yield found
    found.client.close()


@pytest.fixture(scope="session")
def slim(engine: DockerEngine) -> BaseImage:
    """The base of most tests, present: registry or stand-in is decided once.

    So no test has to make it on an engine with little room.
    """
    provider, _ = choose(SLIM, engine)
    return provide(replace(SLIM, provider=provider), engine, Silent())


@pytest.fixture(scope="session")
def provider(slim: BaseImage) -> str:
    """Where bases come from."""
    return f"base.provider={slim.provider.value}"


@pytest.fixture(scope="session")
def official(provider: str) -> tuple[str, ...]:
    """Overrides for a command that finds no configuration of these tests."""
    return ("base=slim", "deps=trimmed", provider)


@pytest.fixture(scope="session")
def quick(engine: DockerEngine, slim: BaseImage, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Reference of the slim base with the byte code of its pip."""
    folder = tmp_path_factory.mktemp("quick")
    with FileLock(folder.parent.parent / "quick.lock"):
        make_quick(engine, slim, folder)
    return QUICK


@pytest.fixture(scope="session")
def watched(quick: str) -> tuple[str, ...]:
    """Overrides for the quickest variant, its floor looked for."""
    return (f"base={quick.rpartition(':')[2]}", "deps=trimmed")


@pytest.fixture(scope="session")
def usual(watched: tuple[str, ...]) -> tuple[str, ...]:
    """Overrides of every other bench: the same, its check run once."""
    return (*watched, UNWATCHED)


def make_quick(engine: DockerEngine, slim: BaseImage, folder: Path) -> None:
    """The base `quick` of this slim one, unless it is there."""
    made_of = {"quick.made-of": slim.image_id}
    label = f"quick.made-of={slim.image_id}"
    if not engine.client.images.list(QUICK, filters={"label": label}):
        dockerfile = QUICK_DOCKERFILE.format(slim.reference)
        build_image(engine, folder, dockerfile, QUICK, marks=made_of)


@pytest.fixture(scope="session")
def elsewhere(
    engine: DockerEngine,
    quick: str,
    usual: tuple[str, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, ...]:
    """The same on an engine that does not have that base: from an archive."""
    shared, image = tmp_path_factory.getbasetemp().parent, engine.client.images.get(quick)
    archive = shared / f"quick-{str(image.id).rpartition(':')[2]}.tar"
    with FileLock(shared / "quick.lock"):
        if not archive.exists():
            with atomic_file(archive) as file:
                file.writelines(image.save())
    return (*usual, "base.provider=archive", f"base.archive={archive}")


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
def machine(elsewhere: tuple[str, ...]) -> Iterator[Machine]:
    """A machine whose engine a test may kill; stand-ins and the sizes of layers are shared with all
    other tests."""
    home = Path(tempfile.mkdtemp(prefix="dockbench-"))
    cache = own_cache(home / "cache" / "dockbench", "bases", "layers")
    folder = home / "work"
    folder.mkdir()
    environment = {"XDG_CACHE_HOME": str(home / "cache"), "DOCKER_HOST": NOWHERE}
    yield Machine(CommandLine(folder, environment, elsewhere), cache)
    EmbeddedEngine(cache.engine).stop()
    unmount_below(home)
    shutil.rmtree(home)
