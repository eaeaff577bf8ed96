"""Overwritten files of equal size: contents tell what happened, in every source but a stream."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from runner.cli.main import main
from runner.image import settled
from runner.image.contents import keep_for_contents
from runner.image.merge import merge
from runner.image.readers import reading_image
from runner.image.settled import settle
from runner.image.waste import waste_of
from runner.model.anatomy import Waste
from runner.model.errors import ImageError
from tests.unit.archives import (
    Image,
    Member,
    archive_of,
    directory,
    file,
    gz,
    link,
    tarball,
    whiteout,
    write_folder,
    zstd,
)

BEFORE = [
    directory("d"),
    file("d/chmod", b"1" * 40, mtime=5, mode=0o644),
    file("d/gone", b"gone"),
    file("d/other", b"2" * 30, mtime=5),
    file("d/touch", b"3" * 20, mtime=5),
    file("d/written", b"4" * 10, mtime=5),
    link("d/linked", "d/written"),
    file("d/\u00fc " + "long" * 40, b"5" * 5, mtime=5),
]
AFTER = [
    directory("d"),
    whiteout("d/gone"),
    file("d/new", b"n" * 50),
    link("d/new-too", "d/new"),
    file("d/chmod", b"1" * 40, mtime=5, mode=0o755),
    file("d/other", b"x" * 30, mtime=5),
    file("d/touch", b"3" * 20, mtime=9),
    file("d/written", b"y" * 10, mtime=9),
    link("d/linked", "d/written"),
    file("d/\u00fc " + "long" * 40, b"5" * 5, mtime=7),
]
IMAGE = Image([tarball(*BEFORE), tarball(*AFTER)])
GUESSES = {"chmod": "attributes", "other": "attributes", "touch": "overwritten"}
TRUTH = {"chmod": "attributes", "other": "overwritten", "touch": "attributes"}
REST = {"gone": "deleted", "written": "overwritten"}
LONG = "\u00fc " + "long" * 40

Form = Callable[[Image, Path], Path]


def tar_of(files: Callable[[Image], dict[str, bytes]], pack: Callable[[bytes], bytes]) -> Form:
    def write(image: Image, folder: Path) -> Path:
        path = folder / "image.tar"
        path.write_bytes(archive_of(files(Image(image.layers, pack))))
        return path

    return write


def folder_of(pack: Callable[[bytes], bytes]) -> Form:
    return lambda image, folder: write_folder(
        folder / "layout", Image(image.layers, pack).oci_files()
    )


FORMS: dict[str, Form] = {
    "docker-archive": tar_of(Image.docker_files, bytes),
    "docker-archive of packed layers": tar_of(Image.docker_files, gz),
    "legacy": tar_of(Image.legacy_files, bytes),
    "layout": tar_of(Image.oci_files, bytes),
    "layout with zstandard": tar_of(Image.oci_files, zstd),
    "folder": folder_of(bytes),
    "folder with gzip": folder_of(gz),
}


def reasons(waste: list[Waste]) -> dict[str, str]:
    return {one.path.removeprefix("d/"): one.reason.value for one in waste}


def examined(source: Path) -> list[Waste]:
    with reading_image(str(source), keep=keep_for_contents) as image:
        tree = merge(image)
        settle(image, tree)
        waste = waste_of(image, tree)
    assert image.digests_again is None, "its files are closed"
    return waste


@pytest.mark.parametrize("form", FORMS)
def test_contents_tell_what_happened(form: str, tmp_path: Path) -> None:
    waste = examined(FORMS[form](IMAGE, tmp_path))
    assert reasons(waste) == {**TRUTH, **REST, LONG: "attributes"}
    assert not any(one.guessed for one in waste)


def test_what_is_packed_as_a_whole_is_a_stream_and_guessed(tmp_path: Path) -> None:
    (tmp_path / "image.tar.gz").write_bytes(gzip.compress(IMAGE.docker_archive()))
    waste = examined(tmp_path / "image.tar.gz")
    assert reasons(waste) == {**GUESSES, **REST, LONG: "overwritten"}
    guessed = {one.path.removeprefix("d/") for one in waste if one.guessed}
    assert guessed == {"chmod", "other", "touch", "written", LONG}


def test_only_so_much_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "MOST_BYTES", 2 * (5 + 10 + 20))
    waste = examined(FORMS["docker-archive"](IMAGE, tmp_path))
    assert {one.path for one in waste if one.guessed} == {"d/chmod", "d/other"}
    assert reasons(waste)["touch"] == "attributes"
    assert reasons(waste)["other"] == "attributes"


@pytest.mark.parametrize("form", ["docker-archive", "folder with gzip"])
def test_a_file_that_changes_meanwhile_leaves_the_guess(form: str, tmp_path: Path) -> None:
    source = FORMS[form](IMAGE, tmp_path)
    left = []
    with suppress(ImageError), reading_image(str(source), keep=keep_for_contents) as image:
        tree = merge(image)
        for path in [source, *source.rglob("*")]:
            if path.is_file():
                os.truncate(path, path.stat().st_size // 4)
        settle(image, tree)
        left += waste_of(image, tree)
    assert reasons(left) == {**GUESSES, **REST, LONG: "overwritten"}


def sparse(name: str, **fields: Any) -> Member:
    """A file of 2000 bytes of which 512 are stored (GNU format 1.0)."""
    data = b"1\n1000\n512\n".ljust(512, b"\0") + os.urandom(512)
    headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    headers |= {"GNU.sparse.name": name, "GNU.sparse.realsize": "2000"}
    return file(f"GNUSparseFile.0/{name}", data, pax_headers=headers, **fields)


def test_files_with_holes_stay_a_guess_where_they_lie_in_pieces(tmp_path: Path) -> None:
    image = Image([tarball(sparse("a", mtime=5)), tarball(sparse("a", mtime=5))])
    (found,) = examined(FORMS["docker-archive"](image, tmp_path))
    assert (found.bytes, found.reason.value, found.guessed) == (2000, "attributes", True)


@pytest.mark.parametrize("options", [[], ["--duplicates"]])
def test_the_report_does_not_pretend(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What --duplicates reads a second time settles the guesses of a stream too."""
    packed = tmp_path / "image.tar.gz"
    packed.write_bytes(gzip.compress(IMAGE.docker_archive()))
    assert main(["inspect", str(packed), "--json", "-", *options]) == 0
    waste = json.loads(capsys.readouterr().out)["waste"]
    assert any(one["guessed"] for one in waste) is not bool(options)
    assert main(["inspect", str(packed), *options]) == 0
    note = "by size and time, contents were not compared: attributes 70 B, overwritten 35 B"
    assert (note in capsys.readouterr().out) is not bool(options)
