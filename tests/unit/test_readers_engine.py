"""Images on an engine: read from folders where these tell, else through the export."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from xxhash import xxh3_64_intdigest

from runner.engine import layer_directories
from runner.engine.image_store import ImageStore
from runner.engine.layer_directories import folders_of
from runner.image.content_comparison import settle
from runner.image.merge import merge
from runner.image.read import read_image, reading_image
from runner.image.waste import waste_of
from runner.model.entries import ImageContent, Limits
from runner.model.errors import ImageError
from tests.unit.archives import Image, digest, file, tarball

LAYER = tarball(file("open/a", b"one", mode=0o600), file("private/b", b"four"))
IMAGE = Image([LAYER], name="app:1")


class Store:
    """An engine with one image, the folders of whose layers lie here, from the base up."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self.exported = 0

    def inspect(self, image: str) -> Mapping[str, Any]:
        upper, *lower = map(str, reversed(self.folders))
        driver = {"Name": "overlay2", "Data": {"UpperDir": upper, "LowerDir": ":".join(lower)}}
        diff_ids = [digest(LAYER)] * len(self.folders)
        return {"Id": image, "RootFS": {"Layers": diff_ids}, "GraphDriver": driver}

    def history(self, _image: str) -> Sequence[Mapping[str, Any]]:
        return [{"CreatedBy": "RUN step 0", "Size": 7}]

    def begin(self, image: str) -> None:
        """Nothing."""

    def export(self, _image: str) -> Iterator[bytes]:
        self.exported += 1
        yield IMAGE.docker_archive()

    def layer_folders(self, inspected: Mapping[str, Any]) -> list[Path] | None:
        return folders_of(inspected)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Read as root, whoever runs the tests."""
    for name, data in (("open/a", b"one"), ("private/b", b"four")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o600)
    monkeypatch.setattr(layer_directories, "ROOT", os.geteuid())
    return Store(tmp_path)


def read(store: ImageStore, limits: Limits | None = None) -> ImageContent:
    return read_image("app:1", connect=lambda: store, limits=limits)


def test_folders_that_tell_are_read(store: Store) -> None:
    found = read(store)
    assert (found.reader, store.exported) == ("overlay2", 0)
    assert [entry.path for entry in found.layers[0].entries if entry.size_bytes] == [
        "open/a",
        "private/b",
    ]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_folder_inside_that_is_closed_to_us(
    number: int, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits count what the export holds, not what was read of the folders as well."""
    opened = os.open

    def guarded(path: str, *arguments: Any, **options: Any) -> int:
        if path == "private":
            raise OSError(number, os.strerror(number), path)
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", guarded)
    found = read(store, Limits(unpacked_bytes=len(LAYER)))
    assert (found.reader, store.exported) == ("export", 1)
    assert [entry.path for entry in found.layers[0].entries] == ["open/a", "private/b"]


def test_a_folder_that_breaks_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def broken(path: str, *arguments: Any, **options: Any) -> int:
        if path == "private":
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", broken)
    with pytest.raises(ImageError, match=r"private in .* cannot be read"):
        read(store)
    assert store.exported == 0


def test_others_than_root_do_not_see_what_makes_folders_opaque(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_directories, "ROOT", -1)
    monkeypatch.setattr(layer_directories, "_tells_its_layer", Path.is_dir)
    assert read(store).reader == "export"


def test_folders_of_remapped_users_name_other_owners(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_directories, "ROOT", 165_536)
    monkeypatch.setattr(os, "geteuid", lambda: 165_536)
    assert read(store).reader == "export"


def test_to_build_an_image_again_does_not_help_against_a_limit(store: Store) -> None:
    with pytest.raises(ImageError, match=r"app:1 on the engine: .*`entries` of 1; no image beyond"):
        read(store, Limits(entries=1))


def test_contents_in_folders_tell_what_overwrote_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times of both kinds, of contents of both kinds; and one that is gone meanwhile."""
    monkeypatch.setattr(layer_directories, "ROOT", os.geteuid())
    below = {"chmod": (b"1", 5), "other": (b"2", 5), "touch": (b"3", 5), "gone": (b"4", 5)}
    above = {**below, "other": (b"x", 5), "touch": (b"3", 9)}
    for place, contents in (("below", below), ("above", above)):
        (tmp_path / place).mkdir()
        for name, (data, mtime_s) in contents.items():
            path = tmp_path / place / name
            path.write_bytes(data)
            os.utime(path, (mtime_s, mtime_s))
    store = Store(tmp_path / "below", tmp_path / "above")
    with reading_image("app:1", connect=lambda: store) as image:
        (tmp_path / "below" / "gone").unlink()
        tree = merge(image)
        settle(image, tree)
        waste = waste_of(image, tree)
    assert image.reader == "overlay2"
    assert {one.path: (one.reason.value, one.guessed) for one in waste} == {
        "chmod": ("attributes", False),
        "other": ("overwritten", False),
        "touch": ("attributes", False),
        "gone": ("attributes", True),
    }


def test_an_export_has_passed_by(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_directories, "_tells_its_layer", lambda _folder: False)
    with reading_image("app:1", connect=lambda: store) as image:
        assert image.reader == "export"
        assert image.fingerprints_again is None or image.fingerprints_again([0]) == {}
        assert image.passed_by is not None
        assert image.passed_by(0) == xxh3_64_intdigest(b"one")
