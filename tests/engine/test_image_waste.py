"""Waste of images that an engine built, against arithmetic on what the engine itself hands out.

Stored bytes are those of the layers in its export, live bytes those of a container's root in its
export of that; both are added up with the standard library's tar reader.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.image.content_comparison import settle
from runner.image.merge import merge
from runner.image.read import reading_image
from runner.image.waste import waste_of
from runner.model import labels
from runner.model.anatomy import WasteReason
from tests.engine.contexts import build_image

IMAGE = "dockbench/test:waste"
MADE = "mkdir /d && head -c 1000 /bin/busybox > /d/a && touch -d @1000 /d/a"

Wasted = dict[WasteReason, int]
STEPS: dict[str, tuple[list[str], Wasted]] = {
    "file deleted": ([MADE, "rm /d/a"], {WasteReason.deleted: 1000}),
    "directory deleted": (
        [f"{MADE} && head -c 500 /bin/busybox > /d/b", "rm -r /d"],
        {WasteReason.deleted: 1500},
    ),
    "overwritten by a larger file": (
        [MADE, "head -c 3000 /bin/busybox > /d/a"],
        {WasteReason.overwritten: 1000},
    ),
    "overwritten by a smaller file": (
        [MADE, "head -c 200 /bin/busybox > /d/a"],
        {WasteReason.overwritten: 1000},
    ),
    "mode changed": ([MADE, "chmod 755 /d/a"], {WasteReason.attributes: 1000}),
    "times changed, and other content of the same size and time": (
        [
            f"{MADE} && head -c 700 /dev/zero > /d/b && touch -d @1000 /d/b",
            "touch /d/a && head -c 700 /bin/busybox > /d/b && touch -d @1000 /d/b",
        ],
        {WasteReason.attributes: 1000, WasteReason.overwritten: 700},
    ),
    "named again": ([MADE, "ln /d/a /d/b"], {WasteReason.attributes: 1000}),
    "moved": ([MADE, "mv /d/a /d/b"], {WasteReason.deleted: 1000}),
    "directory made opaque": (
        [MADE, "rm -r /d && mkdir /d && head -c 200 /bin/busybox > /d/b"],
        {WasteReason.opaque: 1000},
    ),
    "directory replaced by a file": (
        [MADE, "rm -r /d && head -c 200 /bin/busybox > /d"],
        {WasteReason.type_change: 1000},
    ),
    "file replaced by a directory": (
        [MADE, "rm /d/a && mkdir /d/a && head -c 200 /bin/busybox > /d/a/b"],
        {WasteReason.type_change: 1000},
    ),
    "deleted and made again in one layer": (
        [MADE, "rm /d/a && head -c 200 /bin/busybox > /d/a"],
        {WasteReason.overwritten: 1000},
    ),
    "hard link, one name deleted": ([f"{MADE} && ln /d/a /d/b", "rm /d/a"], {}),
    "hard link, every name deleted": (
        [f"{MADE} && ln /d/a /d/b", "rm /d/a", "rm /d/b"],
        {WasteReason.deleted: 1000},
    ),
    "same content under two names": ([MADE, "head -c 1000 /bin/busybox > /d/b"], {}),
}


@pytest.fixture(params=STEPS)
def case(request: pytest.FixtureRequest) -> tuple[list[str], Wasted]:
    return STEPS[request.param]


@pytest.fixture
def image(
    engine: DockerEngine, tiny: str, case: tuple[list[str], Wasted], tmp_path: Path
) -> Iterator[str]:
    """The image of one case."""
    lines = [f"FROM {tiny}", "LABEL kind=waste", *(f"RUN {step}" for step in case[0])]
    build_image(engine, tmp_path, "\n".join(lines), IMAGE)
    yield IMAGE
    engine.client.images.remove(IMAGE, force=True)


def payload_bytes(tarball: bytes) -> int:
    """Bytes of the regular files of a tarball; hard links hold none."""
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        return sum(member.size for member in archive if member.isreg())


def stored_in_export(engine: DockerEngine, image: str) -> int:
    """Payload of all layers in the engine's export of an image."""
    exported = b"".join(engine.client.images.get(image).save())
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:

        def content(name: str) -> bytes:
            member = archive.extractfile(name)
            assert member is not None
            return member.read()

        layers = json.loads(content("manifest.json"))[0]["Layers"]
        return sum(payload_bytes(content(name)) for name in layers)


def seen_by_a_container(engine: DockerEngine, image: str) -> int:
    """Payload of the root that a container of the image sees."""
    container: Any = engine.client.containers.create(image, ["none"], labels={labels.OWNER: "test"})
    try:
        return payload_bytes(b"".join(container.export()))
    finally:
        container.remove(force=True)


def test_waste_is_what_the_engine_stores_less_what_a_container_sees(
    engine: DockerEngine, image: str, case: tuple[list[str], Wasted]
) -> None:
    with reading_image(image, connect=lambda: engine.images) as read:
        tree = merge(read)
        settle(read, tree)
    found: Wasted = {}
    for waste in waste_of(read, tree):
        found[waste.reason] = found.get(waste.reason, 0) + waste.bytes

    assert tree.stored_bytes == stored_in_export(engine, image)
    assert tree.live_bytes == seen_by_a_container(engine, image)
    assert found == case[1]
