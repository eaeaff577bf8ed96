"""Overwritten files of equal size: contents tell what happened, in every source."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from runner.cli.main import main
from runner.engine.image_store import ImageStore
from runner.image import content_comparison
from runner.image.content_comparison import settle
from runner.image.contents import keep_for_contents
from runner.image.merge import merge
from runner.image.read import reading_image
from runner.image.waste import waste_of
from runner.model.anatomy import Waste
from runner.model.entries import KeepContent, keep_nothing
from runner.model.errors import ImageError
from runner.oci.budget import FILLED_BYTES
from tests.unit.archives import (
    Image,
    Member,
    Pack,
    archive_of,
    directory,
    file,
    gz,
    link,
    plain,
    tarball,
    whiteout,
    write_folder,
    zstd,
)
from tests.unit.cut_export import Cut

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
Connect = Callable[[], ImageStore]


def tar_of(files: Callable[[Image], dict[str, bytes]], pack: Pack, pack_all: Pack = plain) -> Form:
    def write(image: Image, folder: Path) -> Path:
        path = folder / "image.tar"
        path.write_bytes(pack_all(archive_of(files(Image(image.layers, pack)))))
        return path

    return write


def half_packed(image: Image, folder: Path) -> Path:
    """Only the lowest layer is packed."""
    lowest = image.layers[0]
    write = tar_of(Image.docker_files, lambda layer: gz(layer) if layer is lowest else layer)
    return write(image, folder)


def folder_of(pack: Pack) -> Form:
    return lambda image, folder: write_folder(
        folder / "layout", Image(image.layers, pack).oci_files()
    )


FORMS: dict[str, Form] = {
    "docker-archive": tar_of(Image.docker_files, plain),
    "docker-archive of packed layers": tar_of(Image.docker_files, gz),
    "docker-archive of a packed and a plain layer": half_packed,
    "docker-archive packed as a whole": tar_of(Image.docker_files, plain, gz),
    "docker-archive packed as a whole with zstandard": tar_of(Image.docker_files, plain, zstd),
    "docker-archive packed twice": tar_of(Image.docker_files, zstd, gz),
    "legacy": tar_of(Image.legacy_files, plain),
    "legacy packed as a whole": tar_of(Image.legacy_files, plain, gz),
    "layout": tar_of(Image.oci_files, plain),
    "layout packed as a whole": tar_of(Image.oci_files, plain, zstd),
    "layout with zstandard": tar_of(Image.oci_files, zstd),
    "folder": folder_of(plain),
    "folder with gzip": folder_of(gz),
}
READ_AGAIN = ["docker-archive", "docker-archive of a packed and a plain layer", "layout", "folder"]
PASS_BY = [form for form in FORMS if form not in (*READ_AGAIN, "legacy")]


def reasons(waste: list[Waste]) -> dict[str, str]:
    return {one.path.removeprefix("d/"): one.reason.value for one in waste}


def examined(
    source: Path, keep: KeepContent = keep_for_contents, connect: Connect | None = None
) -> list[Waste]:
    with reading_image(str(source), keep=keep, connect=connect) as image:
        tree = merge(image)
        settle(image, tree)
        waste = waste_of(image, tree)
    assert image.fingerprints_again is None, "its files are closed"
    return waste


@pytest.mark.parametrize("form", FORMS)
def test_contents_tell_what_happened(form: str, tmp_path: Path) -> None:
    waste = examined(FORMS[form](IMAGE, tmp_path))
    assert reasons(waste) == {**TRUTH, **REST, LONG: "attributes"}
    assert not any(one.guessed for one in waste)


@pytest.mark.parametrize("lengths", [[1 << 20], [512], [1, 700], [1536, 3, 40]])
@pytest.mark.parametrize("pack", [plain, gz, zstd])
def test_an_export_in_pieces_of_any_length_tells_it_too(pack: Pack, lengths: list[int]) -> None:
    """Contents within a piece, at its ends, and longer than it."""
    for image in (IMAGE, Image([tarball(*map(tenfold, layer)) for layer in (BEFORE, AFTER)])):
        export = Cut(Image(image.layers, pack).docker_archive(), lengths)
        waste = examined(Path("app:1"), connect=lambda export=export: export)  # type: ignore[misc]
        assert reasons(waste) == {**TRUTH, **REST, LONG: "attributes"}
        assert not any(one.guessed for one in waste)


def tenfold(one: Member) -> Member:
    """The same file with a content a hundred times as long."""
    info, data = one
    return file(info.name, data * 100, mtime=info.mtime, mode=info.mode) if data else one


@pytest.mark.parametrize("form", PASS_BY)
@pytest.mark.parametrize("keep", [keep_nothing, lambda path, _size: "o" in path])
def test_contents_that_are_kept_count_like_those_that_are_not(
    form: str, keep: KeepContent, tmp_path: Path
) -> None:
    waste = examined(FORMS[form](IMAGE, tmp_path), keep)
    assert reasons(waste) == {**TRUTH, **REST, LONG: "attributes"}
    assert not any(one.guessed for one in waste)


def test_only_so_much_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_comparison, "MOST_BYTES", 2 * (5 + 10 + 20))
    waste = examined(FORMS["docker-archive"](IMAGE, tmp_path))
    assert {one.path for one in waste if one.guessed} == {"d/chmod", "d/other"}
    assert reasons(waste)["touch"] == "attributes"
    assert reasons(waste)["other"] == "attributes"


@pytest.mark.parametrize("form", PASS_BY)
def test_of_what_passed_by_nothing_is_read(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it does not matter how large it is, nor what became of the file."""
    monkeypatch.setattr(content_comparison, "MOST_BYTES", 0)
    source = FORMS[form](IMAGE, tmp_path)
    found = []
    with suppress(ImageError), reading_image(str(source), keep=keep_for_contents) as image:
        tree = merge(image)
        for path in [source, *source.rglob("*")]:
            if path.is_file():
                os.truncate(path, 0)
        settle(image, tree)
        found += waste_of(image, tree)
    assert reasons(found) == {**TRUTH, **REST, LONG: "attributes"}
    assert not any(one.guessed for one in found)


@pytest.mark.parametrize("form", READ_AGAIN)
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


def sparse(name: str, stored: bytes, size_bytes: int = 2000, **fields: Any) -> Member:
    """A file of 2000 bytes of which those from 1000 on are stored (GNU format 1.0)."""
    data = f"1\n1000\n{len(stored)}\n".encode().ljust(512, b"\0") + stored
    headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    headers |= {"GNU.sparse.name": name, "GNU.sparse.realsize": str(size_bytes)}
    return file(f"GNUSparseFile.0/{name}", data, pax_headers=headers, **fields)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_with_holes_is_what_its_reader_sees(form: str, tmp_path: Path) -> None:
    """Whether the zeros are stored, and how, makes no difference."""
    dense = bytes(1000) + b"1" * 512 + bytes(488)
    before = [
        file("first", b"first", mtime=5),
        sparse("same", b"1" * 512, mtime=5),
        sparse("other", b"1" * 512, mtime=5),
        sparse("filled", b"1" * 512, mtime=5),
        file("dug", dense, mtime=5),
    ]
    after = [
        file("first", b"again", mtime=5),
        sparse("same", b"1" * 512 + bytes(100), mtime=9),
        sparse("other", b"2" * 512, mtime=5),
        file("filled", dense, mtime=9),
        sparse("dug", b"1" * 512, mtime=9),
    ]
    waste = examined(FORMS[form](Image([tarball(*before), tarball(*after)]), tmp_path))
    assert {one.path: (one.reason.value, one.guessed) for one in waste} == {
        "first": ("overwritten", False),
        "same": ("attributes", False),
        "other": ("overwritten", False),
        "filled": ("attributes", False),
        "dug": ("attributes", False),
    }


@pytest.mark.parametrize("form", FORMS)
def test_holes_beyond_measure_leave_the_guess(form: str, tmp_path: Path) -> None:
    """A few bytes may stand for a terabyte of zeros, which nobody wants to have gone through."""
    large = FILLED_BYTES + 1000
    layers = [
        tarball(sparse("large", kind * 512, large, mtime=5), sparse("small", kind * 512, mtime=5))
        for kind in (b"1", b"2")
    ]
    waste = examined(FORMS[form](Image(layers), tmp_path))
    assert {one.path: (one.reason.value, one.guessed) for one in waste} == {
        "large": ("attributes", True),
        "small": ("overwritten", False),
    }


@pytest.mark.parametrize("form", ["docker-archive", "docker-archive packed as a whole"])
@pytest.mark.parametrize("options", [[], ["--duplicates"]])
def test_the_report_does_not_pretend(
    form: str,
    options: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What --duplicates reads a second time settles what is a guess for want of reading."""
    source = FORMS[form](IMAGE, tmp_path)
    monkeypatch.setattr(content_comparison, "MOST_BYTES", 1 << 30 if options else 0)
    guessed = form == "docker-archive" and not options
    assert main(["inspect", str(source), "--json", "-", *options]) == 0
    waste = json.loads(capsys.readouterr().out)["waste"]
    assert any(one["guessed"] for one in waste) is guessed
    assert main(["inspect", str(source), *options]) == 0
    note = "by size and time, contents were not compared: attributes 70 B, overwritten 35 B"
    assert (note in capsys.readouterr().out) is guessed
