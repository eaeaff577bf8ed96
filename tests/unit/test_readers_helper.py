"""Second processes that help: the same is found with them, without them, and where they fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.image.aside import Aside
from runner.image.readers import overlay2
from runner.image.readers.budget import Budget
from runner.image.readers.damage import LimitError
from runner.image.readers.helper import Helper
from runner.image.readers.overlay2 import read_folders
from runner.image.readers.wanted import Wanted
from runner.model.entries import Entry, EntryKind, Limits

LAYERS = 7


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    found = [tmp_path / str(layer) for layer in range(LAYERS)]
    for layer, folder in enumerate(found):
        (folder / "opt" / "in").mkdir(parents=True)
        for file in range(3):
            (folder / "opt" / f"file-{file}").write_bytes(b"." * layer)
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
        patch.setattr(overlay2, "is_worth_it", lambda _: False)
        found = read(folders)
    monkeypatch.setattr(overlay2, "is_worth_it", lambda _: True)
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


def only_helper(self: Helper, turns: Callable[[Helper], object] = Helper.turns) -> object:
    """Whoever asks here gets no layer."""
    return turns(self) if self._pid == 0 else iter(())


def test_a_helper_changes_nothing(
    folders: list[Path], alone: list[list[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {entry.mtime_s for entry in alone[0] if entry.path == "opt/file-1"} == {-2}
    assert read(folders) == alone
    monkeypatch.setattr(Helper, "turns", only_helper)
    assert read(folders) == alone


def test_a_name_that_is_no_text_is_read_here(
    folders: list[Path], alone: list[list[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(os.fsdecode(bytes(folders[0]) + b"/\xff")).touch()
    monkeypatch.setattr(Helper, "turns", only_helper)
    found = read(folders)
    assert found[1:] == alone[1:]
    assert (found[0][-1].path, found[0][-1].kind) == ("\udcff", EntryKind.file)


def test_a_helper_that_dies(
    folders: list[Path], alone: list[list[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: Helper) -> None:
        os.read(self._turns, 2)
        os._exit(1)

    monkeypatch.setattr(Helper, "_help", die)
    assert read(folders) == alone


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("limits", [{"entries": 30}, {"unpacked_bytes": 30}, {"kept_bytes": 10}])
def test_limits_are_those_of_the_whole_image(
    folders: list[Path], limits: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LimitError, match=next(iter(limits))):
        read(folders, **limits)
    monkeypatch.setattr(Helper, "turns", only_helper)
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
        return "here" if os.getpid() == here else "x" * 100_000

    with Aside(only_here, str, True) as found:
        assert found.result() == "here"
    with (
        pytest.raises(ZeroDivisionError),
        Aside(lambda: 1 // 0, int, True) as found_wrong,
    ):
        found_wrong.result()
    assert children
    assert not any(map(is_there, children))
