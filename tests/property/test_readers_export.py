"""An engine's export comes in pieces of any length: wherever it is cut, the image is the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.image.read import read_image
from runner.model.entries import ImageContent, KeepContent
from tests.unit.archives import Image, archive_of, directory, file, gz, link, plain, tarball, zstd
from tests.unit.containerd_archives import containerd_files
from tests.unit.cut_export import Cut

LAYERS = [
    tarball(
        directory("d"), file("d/a", b"x" * 700), link("d/b", "d/a"), file("n" * 150, b"y" * 40)
    ),
    tarball(file("d/a", b"z" * 5000)),
]
FORMS = {
    "docker": Image(LAYERS, plain).docker_archive(),
    "docker, gzip": Image(LAYERS, gz).docker_archive(),
    "before manifests": Image(LAYERS, plain).legacy_archive(),
    "oci, zstd": Image(LAYERS, zstd).oci_archive(),
    "containerd": archive_of(containerd_files(Image(LAYERS, gz))),
}


def everything(_path: str, _size_bytes: int) -> bool:
    return True


def read(data: bytes, lengths: list[int], keep: KeepContent = everything) -> ImageContent:
    store = Cut(data, lengths)
    return read_image("app:1", keep=keep, hash_contents=True, connect=lambda: store)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=8))
def test_wherever_it_is_cut(form: str, lengths: list[int]) -> None:
    whole = read(FORMS[form], [1 << 30])
    assert [len(layer.entries) for layer in whole.layers] == [4, 1]
    assert read(FORMS[form], lengths).layers == whole.layers
