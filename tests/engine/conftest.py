"""A real engine for the tests, and the tiniest base image on it: a shell, wget, nc and httpd."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.connect import cannot_embed, connect
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.docker.engine import DockerEngine
from runner.model.progress import Silent
from tests.engine.contexts import build_image, file_of_image
from tests.engine.debian import unpacked

if cannot_embed():
    # These are about the private daemon, which this user or this system cannot run.
    collect_ignore = [
        "test_engine_embedded.py",
        "test_engine_clean.py",
        "test_engine_published.py",
        "test_trial_engine_lost.py",
        "test_trial_frozen.py",
    ]

TINY = "dockbench/test:tiny"
TINY_DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV PATH=/bin
"""


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerEngine]:
    """The engine that answers, else the embedded one; it is left running for the next session."""
    found = connect(Silent())
    yield found
    found.client.close()


@pytest.fixture
def private() -> Iterator[EmbeddedEngine]:
    """A stopped engine in a short temporary folder; whatever happens it is stopped and removed."""
    folder = Path(tempfile.mkdtemp(prefix="dockbench-"))
    engine = EmbeddedEngine(folder / "engine")
    yield engine
    engine.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def busybox(engine: DockerEngine) -> bytes:
    """A static busybox out of its Debian package, or of the registry's image."""
    if shutil.which("apt-get"):
        return (unpacked("busybox-static") / "bin" / "busybox").read_bytes()
    engine.client.images.pull("busybox", "musl")
    return file_of_image(engine, "busybox:musl", "/bin/busybox")


@pytest.fixture(scope="session")
def tiny(engine: DockerEngine, busybox: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Reference of a base image with busybox and nothing else."""
    return build_tiny(engine, busybox, tmp_path_factory.mktemp("tiny"))


def build_tiny(engine: DockerEngine, busybox: bytes, folder: Path) -> str:
    """Make the tiny image present on an engine; returns its reference."""
    build_image(engine, folder, TINY_DOCKERFILE, TINY, {"busybox": busybox})
    return TINY
