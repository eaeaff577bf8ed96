"""Entries below symbolic links: what a real engine makes of them, and what the readers say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from docker.errors import ImageLoadError

from runner.engine.docker.engine import DockerEngine
from runner.image.merge import merge
from runner.image.read import read_image
from runner.model import labels
from runner.model.entries import EntryKind, ImageContent
from tests.engine import needs
from tests.engine.container_root import entries_of, of_the_engine
from tests.engine.unreadable import Unreadable
from tests.unit.archives import Image, Member, directory, file, symlink, tarball

NAME = "dockbench/test:links"
USR = [directory("usr"), directory("usr/lib"), file("usr/lib/y", b"y")]
LINK = symlink("lib", "usr/lib")


@contextmanager
def loaded(engine: DockerEngine, *layers: Sequence[Member]) -> Iterator[Image]:
    """An image of these layers on the engine."""
    image = Image([tarball(*layer) for layer in layers], name=NAME)
    engine.client.images.load(image.docker_archive())
    try:
        yield image
    finally:
        engine.client.images.remove(NAME, force=True)


def seen_in_a_container(engine: DockerEngine) -> dict[str, EntryKind]:
    container = engine.client.containers.create(NAME, ["none"], labels={labels.OWNER: "test"})
    try:
        pieces: Any = container.export()
        root = entries_of(b"".join(pieces))
    finally:
        container.remove(force=True)
    return {path: found[0] for path, found in root.items()}


def merged(image: ImageContent) -> dict[str, EntryKind]:
    return {
        live.path: live.entry.kind for live in merge(image).live() if not of_the_engine(live.path)
    }


@pytest.mark.parametrize(
    "above",
    [
        pytest.param([directory("lib"), file("lib/x", b"x")], id="a folder"),
        pytest.param([file("lib/x", b"x")], id="a folder that only exists for what is in it"),
    ],
)
def test_a_folder_over_a_link_of_a_lower_layer_hides_it(
    engine: DockerEngine, above: list[Member], tmp_path: Path
) -> None:
    """What the link leads to stays as it is."""
    with loaded(engine, [*USR, LINK], above) as image:
        needs.layer_folders(engine, NAME)
        (tmp_path / "image.tar").write_bytes(image.docker_archive())
        seen = seen_in_a_container(engine)
        assert seen["lib"] is EntryKind.directory
        assert seen["usr/lib/y"] is EntryKind.file
        assert merged(read_image(NAME, connect=lambda: engine.images)) == seen
        assert merged(read_image(NAME, connect=lambda: Unreadable(engine).images)) == seen
        assert merged(read_image(str(tmp_path / "image.tar"))) == seen


def test_a_link_in_the_same_layer_is_followed_by_an_engine_alone(
    engine: DockerEngine, tmp_path: Path
) -> None:
    """What docs/archives.md says of it: the one place where archives are read otherwise."""
    with loaded(engine, [*USR, LINK, file("lib/x", b"x")]) as image:
        needs.layer_folders(engine, NAME)
        (tmp_path / "image.tar").write_bytes(image.docker_archive())
        followed = {"lib": EntryKind.symlink, "usr/lib/x": EntryKind.file}
        literal = {"lib": EntryKind.directory, "lib/x": EntryKind.file}
        rest = dict.fromkeys(("usr", "usr/lib"), EntryKind.directory)
        rest["usr/lib/y"] = EntryKind.file
        assert seen_in_a_container(engine) == followed | rest
        folders = read_image(NAME, connect=lambda: engine.images)
        archive = read_image(str(tmp_path / "image.tar"))
        assert merged(folders) == followed | rest
        assert merged(archive) == literal | rest
        assert merge(archive).live_bytes == merge(folders).live_bytes == 2


@pytest.mark.parametrize("target", ["nowhere", "lib"])
def test_an_engine_refuses_entries_below_a_link_that_leads_to_no_folder(
    engine: DockerEngine, target: str
) -> None:
    with (
        pytest.raises(ImageLoadError, match=r"no such file|too many levels"),
        loaded(engine, [symlink("lib", target), file("lib/x", b"x")]),
    ):
        pytest.fail("the engine took it")
