"""Second processes that help: the same is found with them, without them, and where they fail."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from runner.image.aside import Aside
from runner.image.readers import blobs, helper, reading_image
from runner.image.readers.budget import Budget
from runner.image.readers.damage import LimitError
from runner.image.readers.helper import Turns
from runner.image.readers.overlay2 import read_folders
from runner.image.readers.wanted import Wanted
from runner.image.tree import position_of
from runner.model.entries import Entry, EntryKind, LayerContent, Limits
from runner.model.errors import ImageError
from tests.unit import ways
from tests.unit.archives import (
    Image,
    directory,
    file,
    gz,
    link,
    tarball,
    whiteout,
)

LAYERS = 7


@pytest.fixture(autouse=True)
def _in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of folders that compiled code looks through, no second process reads any."""
    ways.look_in(monkeypatch, compiled=False)


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    found = [tmp_path / str(layer) for layer in range(LAYERS)]
    for layer, folder in enumerate(found):
        (folder / "opt" / "in").mkdir(parents=True)
        for number in range(3):
            (folder / "opt" / f"file-{number}").write_bytes(b"." * layer)
        (folder / "link").symlink_to("opt/in")
        (folder / "hard").hardlink_to(folder / "opt" / "file-0")
        os.utime(folder / "opt" / "file-1", ns=(0, -1_500_000_000))
    return found


def read(folders: list[Path], **limits: int) -> list[list[Entry]]:
    wanted = Wanted(keep=lambda path, _: path.endswith("-2"), hash_contents=True)
    return read_folders(folders, wanted, Budget(Limits(**limits)))


@pytest.fixture
def alone(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> list[list[Entry]]:
    with monkeypatch.context() as patch:
        patch.setattr(helper, "is_worth_it", lambda _: False)
        found = read(folders)
    monkeypatch.setattr(helper, "is_worth_it", lambda _: True)
    return found


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were begun."""
    found: list[int] = []
    fork = os.fork

    def noted() -> int:
        found.append(fork())
        return found[-1]

    monkeypatch.setattr(os, "fork", noted)
    return found


def is_there(process: int) -> bool:
    try:
        return os.waitpid(process, os.WNOHANG) is not None
    except ChildProcessError:
        return False


@pytest.fixture
def only_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks here gets no layer."""
    here, turns = os.getpid(), Turns.__iter__

    def none_here(self: Turns) -> Iterator[int]:
        return turns(self) if os.getpid() != here else iter(())

    monkeypatch.setattr(Turns, "__iter__", none_here)


def test_a_helper_changes_nothing(
    folders: list[Path], alone: list[list[Entry]], request: pytest.FixtureRequest
) -> None:
    assert {entry.mtime_s for entry in alone[0] if entry.path == "opt/file-1"} == {-2}
    assert read(folders) == alone
    request.getfixturevalue("only_helper")
    assert read(folders) == alone


@pytest.mark.usefixtures("only_helper")
def test_a_name_that_is_no_text_is_read_here(folders: list[Path], alone: list[list[Entry]]) -> None:
    Path(os.fsdecode(bytes(folders[0]) + b"/\xff")).touch()
    found = read(folders)
    assert found[1:] == alone[1:]
    assert (found[0][-1].path, found[0][-1].kind) == ("\udcff", EntryKind.file)


def test_a_helper_that_dies(
    folders: list[Path], alone: list[list[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(turns: Turns, *_: object) -> None:
        next(iter(turns), None)
        os._exit(1)

    monkeypatch.setattr(helper, "_spending", die)
    assert read(folders) == alone


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("limits", [{"entries": 30}, {"unpacked_bytes": 30}, {"kept_bytes": 10}])
def test_limits_are_those_of_the_whole_image(
    folders: list[Path], limits: dict[str, int], request: pytest.FixtureRequest
) -> None:
    with pytest.raises(LimitError, match=next(iter(limits))):
        read(folders, **limits)
    request.getfixturevalue("only_helper")
    with pytest.raises(LimitError, match=next(iter(limits))):
        read(folders, **limits)


@pytest.mark.usefixtures("alone")
def test_what_goes_wrong_here_leaves_no_process_behind(
    folders: list[Path], children: list[int]
) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_folders(folders, Wanted(), Budget(Limits()), fail)
    assert children
    assert not any(map(is_there, children))


PACKED, EMPTY = 2, 3
"""Layers of the archive that are packed, and that have nothing in them."""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Plain layers that a helper may read, and one that it may not."""
    layers = [
        tarball(
            directory("opt"),
            file("opt/kept", b"." * layer),
            file("opt/" + "long" * 40, b"content"),
            link("opt/hard", "opt/kept"),
            whiteout(f"opt/gone-{layer}"),
        )
        for layer in range(LAYERS)
    ]
    layers[EMPTY] = tarball()
    image = Image(layers, pack=lambda layer: gz(layer) if layer is layers[PACKED] else layer)
    path = tmp_path / "image.tar"
    path.write_bytes(image.docker_archive())
    return path


def saved(
    path: Path, **limits: int
) -> tuple[list[LayerContent], Mapping[int, str] | Mapping[int, int]]:
    """The layers, and what is found of their contents in a second look at them."""
    contents = [position_of(layer, 1) for layer in range(LAYERS) if layer != EMPTY]
    with reading_image(
        str(path), keep=lambda name, _: name.endswith("kept"), limits=Limits(**limits)
    ) as image:
        assert image.fingerprints_again is not None
        return image.layers, image.fingerprints_again(contents)


@pytest.fixture
def saved_alone(archive: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as patch:
        patch.setattr(helper, "is_worth_it", lambda _: False)
        found = saved(archive)
    monkeypatch.setattr(helper, "is_worth_it", lambda _: True)
    monkeypatch.setattr(blobs, "WORTH_HELP_BYTES", 0)
    return found


def test_a_helper_changes_nothing_in_an_archive(
    archive: Path, saved_alone: object, children: list[int], request: pytest.FixtureRequest
) -> None:
    assert saved(archive) == saved_alone
    request.getfixturevalue("only_helper")
    assert saved(archive) == saved_alone
    assert len(children) == 2
    assert not any(map(is_there, children))


def test_a_small_archive_needs_no_helper(archive: Path, children: list[int]) -> None:
    saved(archive)
    assert children == []


@pytest.mark.usefixtures("saved_alone")
@pytest.mark.parametrize("limits", [{"entries": 20}, {"names_bytes": 500}, {"kept_bytes": 10}])
def test_limits_are_those_of_the_whole_archive(
    archive: Path, limits: dict[str, int], request: pytest.FixtureRequest
) -> None:
    with pytest.raises(ImageError, match=next(iter(limits))):
        saved(archive, **limits)
    request.getfixturevalue("only_helper")
    with pytest.raises(ImageError, match=next(iter(limits))):
        saved(archive, **limits)


@pytest.mark.usefixtures("saved_alone", "only_helper")
def test_a_damaged_layer_is_told_of_wherever_it_was_read(
    archive: Path, children: list[int]
) -> None:
    data = archive.read_bytes()
    last = data.rindex(b"opt/.wh.gone-0")
    archive.write_bytes(data[:last] + b"X" + data[last + 1 :])
    with pytest.raises(ImageError, match="should begin a header"):
        saved(archive)
    assert not any(map(is_there, children))


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


@pytest.mark.usefixtures("two_processors")
@pytest.mark.parametrize("pays", [True, False])
def test_the_result_is_the_same_wherever_it_is_found_out(pays: bool) -> None:
    with Aside(lambda: [1, 2], list[int], pays) as found:
        assert found.result() == [1, 2]


@pytest.mark.usefixtures("two_processors")
def test_what_the_other_process_cannot_do_is_done_here(children: list[int]) -> None:
    here = os.getpid()

    def only_here() -> str:
        return "here" if os.getpid() == here else "\udcff"

    with Aside(only_here, str, True) as found:
        assert found.result() == "here"
    with (
        pytest.raises(ZeroDivisionError),
        Aside(lambda: 1 // 0, int, True) as found_wrong,
    ):
        found_wrong.result()
    assert children
    assert not any(map(is_there, children))
