"""A real engine for the tests, and the tiniest base image on it: a shell, wget, nc and httpd."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.builders import builder_for
from runner.engine.connect import cannot_embed, connect
from runner.engine.embedded import EmbeddedEngine
from runner.engine.port import Engine
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest
from runner.model.progress import Silent
from tests.engine.contexts import file_of_image, write_context

if cannot_embed():
    # These are about the private daemon, which this user or this system cannot run.
    collect_ignore = [
        "test_engine_embedded.py",
        "test_engine_clean.py",
        "test_engine_published.py",
        "test_trial_engine_lost.py",
    ]

TINY = "dockbench/test:tiny"
TINY_DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV PATH=/bin
"""


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
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
def busybox(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A static busybox: of an earlier session, its Debian package, or the registry's image."""
    if engine.client.images.list(TINY):
        return file_of_image(engine, TINY, "/bin/busybox")
    if shutil.which("apt-get") is None:
        engine.client.images.pull("busybox", "musl")
        return file_of_image(engine, "busybox:musl", "/bin/busybox")
    folder = tmp_path_factory.mktemp("busybox")
    for command in (["apt-get", "download", "busybox-static"], ["sh", "-c", "dpkg-deb -x *.deb ."]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "bin" / "busybox").read_bytes()


@pytest.fixture(scope="session")
def tiny(engine: Engine, busybox: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Reference of a base image with busybox and nothing else."""
    return build_tiny(engine, busybox, tmp_path_factory.mktemp("tiny"))


def build_tiny(engine: Engine, busybox: bytes, folder: Path) -> str:
    """Make the tiny image present on an engine; returns its reference."""
    request = BuildRequest(
        context=write_context(folder / "tiny.tar", TINY_DOCKERFILE, busybox=busybox),
        tag=TINY,
        labels={labels.OWNER: "test"},
    )
    result = builder_for(BuilderName.buildkit, engine).build(request)
    assert result.failure is None, result.failure
    return TINY
