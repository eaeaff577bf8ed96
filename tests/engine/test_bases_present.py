"""Images that are on the engine already, as bases."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.bases.providers import provide
from runner.engine.docker.engine import DockerEngine
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.progress import Silent
from tests.engine.contexts import build_image

LINKED = "dockbench/test:linked"


def present(image: str) -> Base:
    """A level whose base is the engine's own image of this name."""
    return Base(level="own", about="", image=image, provider=Provider.engine)


def test_the_engines_own_image_is_told_by_its_id(engine: DockerEngine, tiny: str) -> None:
    base = provide(present(tiny), engine, Silent())
    found = engine.client.images.get(tiny)
    assert (base.reference, base.image_id, base.digest) == (tiny, found.id, found.id)
    assert base.provider is Provider.engine
    assert list(base.diff_ids) == found.attrs["RootFS"]["Layers"]


def test_an_image_that_is_not_there_is_one_clear_line(engine: DockerEngine) -> None:
    with pytest.raises(BaseError, match="the engine has no image nowhere/none:1: build or load"):
        provide(present("nowhere/none:1"), engine, Silent())


def test_an_image_that_cannot_be_looked_into_is_one_clear_line(
    engine: DockerEngine, tiny: str, tmp_path: Path
) -> None:
    """A folder that is a link to itself: the engine cannot say whether a file lies there."""
    itself = f"FROM {tiny}\nRUN mkdir -p /usr && rm -rf /usr/bin && ln -s bin /usr/bin\n"
    build_image(engine, tmp_path, itself, LINKED)
    refused = "the engine refused: HTTP 500 when asked whether there is /usr/bin/apt-get"
    with pytest.raises(BaseError, match=f"^looking into {LINKED}: {refused}"):
        provide(present(LINKED), engine, Silent())
    engine.client.images.remove(LINKED)
