"""What engines with containerd's image store save: an index of platforms with attestations, packed
blobs, and Docker's manifest beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runner.image.read import read_image
from runner.model.errors import ImageError
from tests.unit.archives import Image, archive_of, digest, gz, write_folder
from tests.unit.containerd_archives import containerd_files
from tests.unit.test_readers_archives import BASE, TOP, write
from tests.unit.test_readers_engine import Store

PLATFORMS = [
    Image([BASE, TOP], gz, name="app:1"),
    Image([BASE], gz, platform=("linux", "arm64", "v8"), name="app:1"),
]


@pytest.mark.parametrize("form", ["archive", "packed", "folder"])
@pytest.mark.parametrize(
    ("asked", "reader", "picked", "name"),
    [
        (None, "docker-archive", 0, "app:1"),
        ("linux/amd64", "oci-layout", 0, "docker.io/library/app:1"),
        ("linux/arm64", "oci-layout", 1, "docker.io/library/app:1"),
    ],
)
def test_what_an_engine_with_containerds_store_saves(
    form: str, asked: str | None, reader: str, picked: int, name: str, tmp_path: Path
) -> None:
    """One name with several platforms, an attestation beside each, layers as a registry has them,
    and the manifest of the engine's own platform beside the index."""
    files = containerd_files(*PLATFORMS)
    if form == "folder":
        source = str(write_folder(tmp_path / "saved", files))
    else:
        data = archive_of(files)
        source = write(tmp_path / "saved.tar", gz(data) if form == "packed" else data)
    found, image = read_image(source, platform=asked), PLATFORMS[picked]
    assert (found.reader, found.name) == (reader, name)
    assert found.image_id == digest(image.configuration)
    assert found.platform == "/".join(image.platform)
    assert [layer.diff_id for layer in found.layers] == [digest(layer) for layer in image.layers]
    assert [layer.compressed_bytes for layer in found.layers] == [len(x) for x in image.packed]


def test_a_platform_that_the_engine_never_pulled_is_missing_in_what_it_saves(
    tmp_path: Path,
) -> None:
    """containerd keeps the index of all platforms, and saves the blobs that it has."""
    files = containerd_files(*PLATFORMS)
    blobs, _ = PLATFORMS[1].oci_blobs()
    own = set(PLATFORMS[0].oci_blobs()[0])
    here = {name: data for name, data in files.items() if name not in set(blobs) - own}
    source = write(tmp_path / "saved.tar", archive_of(here))
    assert read_image(source).platform == read_image(source, platform="amd64").platform
    with pytest.raises(ImageError, match=r"an image for linux/arm64.* does not have its files"):
        read_image(source, platform="linux/arm64")


class ContainerdStore(Store):
    """An engine whose images lie in containerd's store: no folders of layers, and an export with
    all that belongs to the name."""

    def inspect(self, image: str) -> Mapping[str, Any]:
        return {**super().inspect(image), "GraphDriver": {"Name": "overlayfs", "Data": None}}

    def export(self, _image: str) -> Iterator[bytes]:
        data = archive_of(containerd_files(*PLATFORMS))
        yield from (data[at : at + 700] for at in range(0, len(data), 700))


@pytest.mark.parametrize(("asked", "picked"), [(None, 0), ("linux/amd64", 0), ("linux/arm64", 1)])
def test_its_export_is_read_as_it_comes(asked: str | None, picked: int, tmp_path: Path) -> None:
    found = read_image("app:1", platform=asked, connect=lambda: ContainerdStore(tmp_path))
    image = PLATFORMS[picked]
    assert (found.name, found.reader) == ("app:1", "export")
    assert found.platform == "/".join(image.platform)
    assert [layer.diff_id for layer in found.layers] == [digest(layer) for layer in image.layers]
    assert [layer.compressed_bytes for layer in found.layers] == [len(x) for x in image.packed]
