"""Readers that go away, terminals that are closed: the work goes on, exit codes are as documented.

Real pipes and real pseudo-terminals; the work itself is played, so no engine is needed.
"""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from runner.model.paths import ResultPaths
from runner.store.records import RecordStore
from tests.unit.images import file, image, layer
from tests.unit.records import failing, record
from tests.unit.saved import save

DOCKBENCH = [sys.executable, "-m", "runner"]
PATIENCE_S = 60

WORK = """
import sys, time
from pathlib import Path
from runner.cli import main as command
from runner.cli.output import say, tell
from runner.cli.progress import LiveProgress

def run(given):
    with LiveProgress() as progress:
        for number in range(20):
            progress.overall("sweep", number, 20, 1.0)
            progress.begin(f"variant {number}", 1.0)
            progress.detail("RUN something")
            progress.note(f"note {number}")
            tell("x" * 8000)
            time.sleep(float(given[1]) if given[1:] else 0)
            progress.end()
        Path(given[0]).write_text("the record")
    return 0

command.run = run
sys.exit(command.main(sys.argv[1:]))
"""
"""A command that draws and prints, and leaves a record at its end."""


@pytest.fixture(params=["passed", "failed"])
def results(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, int]:
    """A results directory of many variants, and what `report` ends with."""
    store = RecordStore(ResultPaths(tmp_path / "results"))
    for index in range(30):
        store.write(record(f"variant{index}", variant_id=f"{index:012x}"))
    if request.param == "failed":
        store.write(failing(record("bad", variant_id="b" * 12)))
    return store.root, 1 if request.param == "failed" else 0


def through(shell: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code of the first command of a pipeline, what the last printed, and what was on stderr;
    `$@` is the first command."""
    script = f'{shell}\necho "${{PIPESTATUS[0]}}" >&3'
    reading, writing = os.pipe()
    done = subprocess.run(
        ["bash", "-c", f"exec 3>&{writing}\n{script}", "bash", *arguments],
        capture_output=True,
        text=True,
        pass_fds=[writing],
        timeout=PATIENCE_S,
    )
    os.close(writing)
    with os.fdopen(reading) as said:
        return int(said.read()), done.stdout, done.stderr


def test_a_report_of_which_one_line_is_read_ends_as_it_would(results: tuple[Path, int]) -> None:
    root, exit_code = results
    code, out, err = through('"$@" | head -1', *DOCKBENCH, "report", str(root))
    assert (code, out.count("\n")) == (exit_code, 1)
    assert "Error" not in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "shell",
    [
        '"$@" | true',
        '"$@" 2>&1 | head -1',
        '"$@" 2>&1 | true',
        '"$@" 2>&1 >/dev/null | head -c 1',
        '"$@" 2>&- | true',
        '"$@" >&- 2>&- <&- | true',
    ],
)
def test_work_goes_on_when_nobody_reads(tmp_path: Path, shell: str) -> None:
    proof = tmp_path / "record"
    code, _, err = through(shell, sys.executable, "-c", WORK, str(proof))
    assert code == 0, err
    assert proof.read_text() == "the record"
    assert "Traceback" not in err


def test_a_document_for_a_pipe_that_nobody_reads_ends_as_on_stdout(tmp_path: Path) -> None:
    archive = save(image(layer(file("etc/os-release", 1_000))), tmp_path / "app.tar")
    for place in ("-", "/dev/stdout"):
        asked = [*DOCKBENCH, "inspect", str(archive), "--json", place]
        assert through('"$@" | true', *asked) == (0, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("asked", [["--info", "defaults"], ["--cfg", "job"]])
def test_what_a_library_prints_and_finds_no_room_is_said_once(asked: list[str]) -> None:
    code, _, err = through('"$@" >/dev/full', *DOCKBENCH, "bench", *asked)
    assert code == 2
    assert err == (
        "dockbench: cannot write to stdout (No space left on device): the result is incomplete\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_messages_that_find_no_room_cost_nothing(tmp_path: Path) -> None:
    proof = tmp_path / "record"
    code, _, _ = through(
        '"$@" 2>/dev/full | cat >/dev/null', sys.executable, "-c", WORK, str(proof)
    )
    assert code == 0
    assert proof.read_text() == "the record"


@pytest.mark.parametrize("command", [["--help"], ["bench", "--help"], ["--version"]])
def test_help_that_nobody_reads_is_no_failure(command: list[str]) -> None:
    code, _, err = through('"$@" | true', *DOCKBENCH, *command)
    assert (code, err) == (0, "")


def on_a_terminal(*arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    """A command in a session of its own on a pseudo-terminal, as a terminal window starts it."""
    ours, theirs = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    os.close(theirs)
    return process, ours


def test_a_terminal_that_is_closed_ends_with_129(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        process, ours = on_a_terminal(str(tmp_path / "record"), "0.5")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert os.read(ours, 100)
    time.sleep(1)
    os.close(ours)
    assert process.wait(timeout=PATIENCE_S) == 129
    assert not (tmp_path / "record").exists()


def test_a_terminal_that_is_closed_under_nohup_ends_nothing(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process, ours = on_a_terminal(str(tmp_path / "record"), "0.1")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert os.read(ours, 100)
    os.close(ours)
    assert process.wait(timeout=PATIENCE_S) == 0
    assert (tmp_path / "record").read_text() == "the record"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_with_their_numbers_with_nobody_reading(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, str(tmp_path / "record"), "0.5"],
        stdout=writing,
        stderr=writing,
    )
    os.close(writing)
    assert os.read(reading, 1)
    os.close(reading)
    time.sleep(0.3)
    process.send_signal(number)
    assert process.wait(timeout=PATIENCE_S) == code
