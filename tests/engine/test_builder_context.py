"""What becomes of a build whose context cannot be read to its end, or comes too slowly."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from runner.engine.builders import builder_for
from runner.engine.builders.context_file import ContextFile
from runner.engine.docker.engine import DockerEngine
from runner.engine.port import Builder
from runner.model import labels
from runner.model.engine import BuilderName, BuildRequest
from runner.model.errors import EngineError, ProjectError
from runner.recipe.packing import pack_context

MARKS = {labels.OWNER: "test"}


@pytest.fixture(params=list(BuilderName), ids=lambda name: name.value)
def builder(request: pytest.FixtureRequest, engine: DockerEngine) -> Builder:
    """Each builder in turn."""
    return builder_for(request.param, engine)


@pytest.fixture
def tag() -> str:
    """A name that no image has."""
    return f"dockbench/test:{uuid.uuid4().hex}"


@dataclass(frozen=True)
class Endless:
    """A context of which there is always more."""

    def blocks(self) -> Generator[bytes]:
        """One block of zeros after the other, slowly."""
        while True:
            yield bytes(512)
            time.sleep(0.01)


def test_an_upload_that_breaks_off_leaves_no_image(
    builder: Builder, engine: DockerEngine, tag: str, tmp_path: Path
) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(4 << 20))
    (tmp_path / "b.bin").write_bytes(bytes(4 << 20))
    context = pack_context(tmp_path, "", "FROM scratch\nCOPY a.bin /\n")
    (tmp_path / "b.bin").write_bytes(bytes(5))

    request = BuildRequest(context, context.dockerfile, tag=tag, labels=MARKS, no_cache=True)
    with pytest.raises(ProjectError, match=r"b\.bin: became shorter"):
        builder.build(request)

    with pytest.raises(docker.errors.ImageNotFound):
        engine.client.images.get(tag)
    assert engine.client.ping()


def test_an_upload_that_never_ends_is_stopped_in_time(builder: Builder, tag: str) -> None:
    begun = time.monotonic()
    result = builder.build(BuildRequest(Endless(), tag=tag, labels=MARKS, timeout_s=2.0))

    assert time.monotonic() - begun < 8
    assert result.failure is not None
    assert result.failure.timed_out


def test_a_tarball_that_is_not_there_is_named(builder: Builder, tag: str, tmp_path: Path) -> None:
    request = BuildRequest(ContextFile(tmp_path / "none.tar"), tag=tag, labels=MARKS)

    with pytest.raises(EngineError, match=r"the build context cannot be read: .*none\.tar"):
        builder.build(request)
