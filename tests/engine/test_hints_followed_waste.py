"""Hints on hidden bytes are followed: the bytes are gone, and the image still does what it did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.image.anatomy import anatomy
from runner.image.content_comparison import settle
from runner.image.contents import keep_for_contents
from runner.image.merge import merge
from runner.image.read import reading_image
from runner.model import labels
from runner.model.anatomy import AnatomyDocument
from tests.engine.contexts import build_image

BYTES = 50_000
FILL = f"head -c {BYTES} /dev/urandom >"
BOTH = "cmp /srv/data /srv/again"
SIZE = f"[ $(wc -c < /srv/data) = {BYTES} ]"


@dataclass(frozen=True)
class Case:
    """Instructions that hide bytes, what is said of them, and the same with that done."""

    before: str
    said: str
    after: str
    check: str


CASES = {
    "another owner": Case(
        "COPY data /srv/data\nRUN chown 1000:1000 /srv/data",
        "COPY --chown=USER:GROUP instead of changing the copied files in a later layer",
        "COPY --chown=1000:1000 data /srv/data",
        f"{SIZE} && [ $(stat -c %u:%g /srv/data) = 1000:1000 ]",
    ),
    "another mode": Case(
        "COPY data /srv/data\nRUN chmod 0600 /srv/data",
        "COPY --chmod=MODE instead of changing the copied files in a later layer",
        "COPY --chmod=0600 data /srv/data",
        f"{SIZE} && [ $(stat -c %a /srv/data) = 600 ]",
    ),
    "deleted later": Case(
        f"RUN mkdir /srv && {FILL} /archive && cp /archive /srv/data\nRUN rm /archive",
        "delete them in the RUN that writes them, or build in another stage and COPY --from",
        f"RUN mkdir /srv && {FILL} /archive && cp /archive /srv/data && rm /archive",
        f"{SIZE} && [ ! -e /archive ]",
    ),
    "left in a build stage": Case(
        f"RUN mkdir /srv && {FILL} /archive && cp /archive /srv/data\nRUN rm /archive",
        "delete them in the RUN that writes them, or build in another stage and COPY --from",
        f"RUN mkdir /srv && {FILL} /archive && cp /archive /srv/data\n"
        "FROM dockbench/test:tiny\nCOPY --from=0 /srv/data /srv/data",
        f"{SIZE} && [ ! -e /archive ]",
    ),
    "copied in and deleted": Case(
        "COPY data /in/data\nRUN mkdir /srv && cp /in/data /srv/data\nRUN rm /in/data",
        "leave them out of the build context (.dockerignore), or use RUN --mount=type=bind",
        "RUN --mount=type=bind,source=data,target=/in/data mkdir /srv && cp /in/data /srv/data",
        SIZE,
    ),
    "a hard link to a layer below": Case(
        "COPY data /srv/data\nRUN ln /srv/data /srv/again",
        "a symbolic link (ln -s), or the hard link in the RUN that writes the file",
        "COPY data /srv/data\nRUN ln -s /srv/data /srv/again",
        BOTH,
    ),
    "written twice": Case(
        f"RUN mkdir /srv && {FILL} /srv/data\nRUN {FILL} /srv/data",
        "write them once: put both instructions into one, or the final content first",
        f"RUN mkdir /srv && {FILL} /srv/data && {FILL} /srv/data",
        SIZE,
    ),
    "copied twice": Case(
        "COPY data /srv/data\nCOPY data /srv/data",
        "do not copy again what is there already",
        "COPY data /srv/data",
        SIZE,
    ),
}


def built(engine: DockerEngine, folder: Path, steps: str) -> tuple[str, AnatomyDocument]:
    """An image of these instructions, and its anatomy."""
    folder.mkdir()
    files = {"data": bytes(range(250)) * (BYTES // 250)}
    text = f"FROM dockbench/test:tiny\n{steps}\n"
    result = build_image(engine, folder, text, files=files)
    images = engine.images
    base = images.find("dockbench/test:tiny")
    assert base is not None
    diff_ids = base["RootFS"]["Layers"]
    with reading_image(result.image_id, keep=keep_for_contents, connect=lambda: images) as content:
        tree = merge(content)
        settle(content, tree)
    return result.image_id, anatomy(content, diff_ids, tree=tree)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_hidden_bytes_are_gone_and_the_check_passes(
    engine: DockerEngine, tmp_path: Path, case: Case
) -> None:
    before, found = built(engine, tmp_path / "before", case.before)
    after, left = built(engine, tmp_path / "after", case.after)

    [hint] = found.hints
    assert hint.change == case.said
    assert hint.bytes == BYTES
    assert left.hints == ()
    assert found.image.stored_bytes - left.image.stored_bytes == pytest.approx(BYTES, abs=100)
    for image in (before, after):
        engine.client.containers.run(
            image,
            ["/bin/sh", "-c", case.check],
            network_mode="none",
            labels={labels.OWNER: "test"},
            remove=True,
        )
    for image in (before, after):
        engine.images.remove(image)
