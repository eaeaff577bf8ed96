"""An engine whose disk is full: nothing was learnt about the variant, so there is no record."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.docker.embedded import EmbeddedEngine
from runner.model import labels
from runner.model.engine import BuilderName
from runner.model.errors import EngineFullError
from runner.model.paths import ResultPaths
from runner.model.record import Status
from runner.store.records import RecordStore
from tests.engine.conftest import build_tiny
from tests.engine.trials import SERVE, plan_of, run, write_project

HEAD = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"
FILL = "cat /dev/zero > /large"


@pytest.fixture
def small(private: EmbeddedEngine) -> Iterator[EmbeddedEngine]:
    """A private engine with a disk of 160 MB, held in memory."""
    folder = private.paths.folder
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    try:
        private.start()
        yield private
    finally:
        private.stop()
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def left_on(engine: EmbeddedEngine) -> list[str]:
    """Containers and images of variants that are still there."""
    marked: dict[str, str | list[str] | bool] = {"label": labels.VARIANT}
    containers = engine.client.containers.list(all=True, filters=marked)
    return [str(x.id) for x in [*containers, *engine.client.images.list(filters=marked)]]


@pytest.mark.parametrize(
    ("dockerfile", "what"),
    [
        (f"{HEAD}RUN {FILL}\n{SERVE}", f"the build failed in [2/2] RUN {FILL}"),
        (
            f"{HEAD}RUN {FILL}; sleep 1; rm /large\nCOPY www /www\n{SERVE}",
            "the build came to an end, but may have left something out",
        ),
        (f'{HEAD}CMD ["sh", "-c", "{FILL} || exit 1"]\n', "the check failed"),
    ],
    ids=["build", "unseen", "check"],
)
def test_a_full_disk_is_no_fault_of_the_variant(
    small: EmbeddedEngine, busybox: bytes, tmp_path: Path, dockerfile: str, what: str
) -> None:
    tiny = build_tiny(small, busybox, tmp_path)
    write_project(tmp_path, dockerfile)
    with pytest.raises(EngineFullError) as full:
        run(small, plan_of(small, tmp_path, tiny), tmp_path)
    said = str(full.value)
    assert said.startswith(f"no space left on the engine's disk ({small.paths.folder}")
    assert f"): {what}" in said
    assert "`dockbench clean`" in said
    assert len(said.splitlines()) == 1
    assert RecordStore(ResultPaths(tmp_path / "results")).read_all() == []
    assert left_on(small) == []

    write_project(tmp_path)
    record = run(small, plan_of(small, tmp_path, tiny), tmp_path)
    assert record.status is Status.ok, "there is room again"


@pytest.mark.parametrize("builder", list(BuilderName), ids=lambda name: name.value)
def test_a_context_for_which_there_is_no_room(
    small: EmbeddedEngine, busybox: bytes, tmp_path: Path, builder: BuilderName
) -> None:
    tiny = build_tiny(small, busybox, tmp_path)
    write_project(tmp_path)
    with (tmp_path / "repository" / "www" / "large").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 200 << 20)
    with pytest.raises(EngineFullError, match="no space left on the engine's disk"):
        run(small, plan_of(small, tmp_path, tiny), tmp_path, builder.value)
    assert RecordStore(ResultPaths(tmp_path / "results")).read_all() == []
