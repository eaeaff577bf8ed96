"""Compressing the layers of archives and layouts: what is damaged leaves no size behind."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.cli.main import main
from runner.image.cache import LayerCache
from runner.image.compress import Threads
from runner.image.read import read_image
from runner.image.sizes import Sizing
from runner.model.errors import ImageError
from runner.model.paths import CachePaths
from tests.unit.archives import Image, archive_of, blob_path, digest, file, tarball, write_folder

ONE, TWO = tarball(file("a", bytes(5_000))), tarball(file("b", b"two"))
IMAGE = Image([ONE, TWO])
OTHER = tarball(file("b", b"other than it says"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LayerCache:
    """An empty one, which the command line uses too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return LayerCache(CachePaths.default())


def altered_layout(folder: Path) -> Path:
    return write_folder(folder / "layout", {**IMAGE.oci_files(), blob_path(TWO): OTHER})


def altered_archive(folder: Path) -> Path:
    files = IMAGE.docker_files()
    name = next(name for name, data in files.items() if data == TWO)
    (folder / "z.tar").write_bytes(archive_of({**files, name: OTHER}))
    return folder / "z.tar"


def packed_archive(folder: Path) -> Path:
    plain = altered_archive(folder)
    (folder / "z.tar.gz").write_bytes(gzip.compress(plain.read_bytes()))
    return folder / "z.tar.gz"


ALTERED = [altered_layout, altered_archive, packed_archive]


@pytest.mark.parametrize("altered", ALTERED)
def test_an_altered_layer_is_refused_before_anything_is_compressed(
    altered: Callable[[Path], Path],
    tmp_path: Path,
    cache: LayerCache,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By the bytes of a genuine image that has this layer, it would be known by a wrong size."""
    source = altered(tmp_path)
    assert main(["inspect", str(source), "--compressed", "--json", "-"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"cannot read {source}: " in err
    assert f"has the digest {digest(OTHER)}" in err
    assert "save the image again" in err
    assert [cache.get(digest(layer)) for layer in (ONE, TWO, OTHER)] == [None] * 3


@pytest.mark.parametrize("altered", ALTERED)
def test_a_layer_is_known_by_its_bytes_not_by_its_name(
    altered: Callable[[Path], Path], tmp_path: Path, cache: LayerCache
) -> None:
    source = altered(tmp_path)
    with Threads(1) as threads, pytest.raises(ImageError, match=f"has the digest {digest(OTHER)}"):
        read_image(str(source), copies=Sizing(cache, threads))
    assert cache.get(digest(TWO)) is None
    kept = cache.get(digest(OTHER))
    assert kept is None or kept.unpacked_bytes == len(b"other than it says")


@pytest.mark.parametrize(
    ("form", "layer", "files"),
    [
        ("archive", ONE, 1),
        ("archive", ONE[: 512 + 5_000], 1),
        ("folder", ONE[: 512 + 5_000], 1),
        ("folder", b"", 0),
    ],
    ids=["whole", "cut", "cut in a folder", "empty"],
)
def test_whatever_the_readers_take_is_compressed(
    form: str, layer: bytes, files: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A tarball may lack its end mark and the last padding; one of no bytes has no entries."""
    image = Image([TWO, layer])
    source = write_folder(tmp_path / "image", image.oci_files())
    if form == "archive":
        source = tmp_path / "image.tar"
        source.write_bytes(image.docker_archive())
    assert main(["inspect", str(source), "--compressed", "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)["layers"][1]
    assert (found["files"], found["stored_bytes"]) == (files, 5_000 * files)
    assert 18 < found["compressed_bytes"] < 200
