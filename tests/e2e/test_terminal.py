"""What a person sees on a terminal while a bench runs, and what is left there afterwards."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.commands import DOCKBENCH, PAGE, PATIENCE_S, CommandLine

STEPS = ["first", "multi"]
PATH = (
    "experiment.path=[{name:first,about:one stage,set:{cache:keep}},"
    "{name:multi,about:a build stage,set:{stages:multi}}]"
)
ROWS, COLUMNS = 40, 132
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-7]|38;[25];[0-9;]+|9[0-7])(?:;[0-9;]*)?m")


class Seen(NamedTuple):
    """A bench on a terminal whose stdout goes to a file."""

    exit_code: int
    out: str
    raw: str
    """Everything that the terminal got."""

    @property
    def text(self) -> str:
        """The same without control sequences."""
        return _CONTROL.sub("", self.raw)


def on_a_terminal(folder: Path, *overrides: str, **environment: str) -> Seen:
    """Run a bench with a terminal as its stderr."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    pieces: list[bytes] = []
    process = subprocess.Popen(
        [DOCKBENCH, "bench", *PAGE, *overrides],
        cwd=folder,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "", **environment},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    reader = threading.Thread(target=read_all, args=(ours, pieces))
    reader.start()
    out, _ = process.communicate(timeout=PATIENCE_S)
    reader.join()
    os.close(ours)
    return Seen(process.returncode, out, b"".join(pieces).decode())


def read_all(terminal: int, pieces: list[bytes]) -> None:
    """Read until nobody has the other side open any more."""
    while True:
        try:
            piece = os.read(terminal, 1 << 16)
        except OSError:
            return
        if not piece:
            return
        pieces.append(piece)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder of both runs."""
    return tmp_path_factory.mktemp("terminal")


@pytest.fixture(scope="module")
def first(folder: Path, usual: tuple[str, ...]) -> Seen:
    """The first run: nothing is known of how long anything takes."""
    return on_a_terminal(folder, "experiment=steps", PATH, *usual)


@pytest.fixture(scope="module")
def second(first: Seen, folder: Path, usual: tuple[str, ...]) -> Seen:
    """The same once more, without colours."""
    assert first.exit_code == 0, first.text
    return on_a_terminal(folder, "experiment=steps", PATH, *usual, "run.fresh=true", NO_COLOR="1")


def test_bars_show_the_sweep_the_variant_its_step_and_the_time(first: Seen) -> None:
    assert first.exit_code == 0, first.text
    for done in range(2):
        assert f"steps {done}/2" in first.text
    assert re.search(r"multi .* 0:\d\d", first.text)
    assert "RUN pip install" in first.text
    assert " left" not in first.text


def test_lines_of_the_bars_fit_the_terminal(first: Seen) -> None:
    lines = [_CONTROL.sub("", line) for line in re.split(r"[\r\n]+", first.raw)]
    assert max(map(len, lines)) <= COLUMNS


def test_the_terminal_is_left_clean(first: Seen) -> None:
    shown, hidden = first.raw.rfind("\x1b[?25h"), first.raw.rfind("\x1b[?25l")
    assert shown > hidden >= 0, "the cursor is back"
    last = _CONTROL.sub("", first.raw[shown:]).split()
    assert last == ["tables", "and", "figures:", "results/steps"]


def test_results_never_go_to_the_terminal_of_the_messages(first: Seen) -> None:
    assert "healthy after" in first.out
    assert "\x1b" not in first.out
    assert "healthy after" not in first.text


def test_the_second_run_knows_how_long_it_takes(second: Seen) -> None:
    assert re.search(r"steps 0/2 .*about 0:\d\d left", second.text)
    expected = r"(first|multi) .*(about 0:\d\d left|longer than expected)"
    assert re.search(expected, second.text)


def test_no_color_is_respected(first: Seen, second: Seen) -> None:
    assert _COLOUR.search(first.raw)
    assert not _COLOUR.search(second.raw)


def test_fresh_measures_again_and_keeps_what_was_there(
    first: Seen, second: Seen, folder: Path
) -> None:
    assert second.exit_code == first.exit_code
    results = CommandLine(folder).results("steps")
    assert [record.name for record in results.records] == 2 * STEPS
    assert len(results.rows) == 2
