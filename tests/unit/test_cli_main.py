"""The command line's own promises: quick help, one clear line for an error, exit codes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from runner.cli import main as command
from runner.cli.main import main
from runner.cli.progress import clock, shown
from runner.engine import doctor
from runner.engine.findings import Finding, Status
from runner.model.levels import FACTORS
from runner.model.paths import data_root
from runner.model.text import shortened

HEAVY = ("hydra", "pandas", "matplotlib", "docker", "numpy", "rich")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom runner.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "[]"
    assert "dockbench bench experiment=progression" in done.stdout


def test_help_of_bench_lists_every_level_with_what_it_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bench", "--help"]) == 0
    text = capsys.readouterr().out
    for word in ("purge_late", "multi", "experiment:", "progression", "derived"):
        assert word in text
    lines = {" ".join(line.split()) for line in text.splitlines()}
    for factor in FACTORS:
        for level in (data_root() / "configs" / factor).glob("*.yaml"):
            about = yaml.safe_load(level.read_text())["about"]
            assert f"{level.stem} {' '.join(about.split())}" in lines
    for experiment in (data_root() / "configs" / "experiment").glob("*.yaml"):
        told = yaml.safe_load(experiment.read_text())
        about = told.get("about") or told["experiment"]["about"]
        assert f"{experiment.stem} {' '.join(about.split())}" in lines


def test_an_unknown_command_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bnech"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("dockbench: ")
    assert said.count("\n") == 1
    assert "'bench'" in said


def test_an_error_is_one_line_on_stderr_and_exit_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bench", "base=debain"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("dockbench: ")
    assert "debain" in captured.err
    assert "slim" in captured.err


ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@pytest.fixture
def heeded() -> Iterator[None]:
    """Signals that end a process unless it says otherwise, whoever started the tests (`nohup`)."""
    before = [(number, signal.getsignal(number)) for number in ENDING]
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_ends_a_command_once_it_has_cleaned_up(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    exit_code: int,
) -> None:
    cleaned: list[str] = []

    def run(_: list[str]) -> int:
        try:
            os.kill(os.getpid(), number)
            raise AssertionError("went on after the signal")
        finally:
            os.kill(os.getpid(), number)
            cleaned.append("all of it")

    monkeypatch.setattr(command, "run", run)
    before = [signal.getsignal(each) for each in ENDING]
    assert main(["engine", "status"]) == exit_code
    assert cleaned == ["all of it"]
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "what is finished is kept" in said
    assert [signal.getsignal(each) for each in ENDING] == before


def test_doctor_leaves_an_older_file_as_it_was_if_the_new_one_has_no_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "findings.json"
    file.write_text("older")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(doctor, "examine", lambda: [Finding(Status.ok, "CPU", "2")])
    monkeypatch.setattr(os, "fsync", full)
    assert main(["doctor", "--json", str(file)]) == 2
    assert "no space left to write" in capsys.readouterr().err
    assert file.read_text() == "older"
    assert list(tmp_path.iterdir()) == [file]


def test_a_signal_that_is_ignored_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_: list[str]) -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        return 0

    monkeypatch.setattr(command, "run", run)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert main([]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("duration_s", "text"), [(0.4, "0:00"), (42, "0:42"), (185, "3:05"), (3723, "1:02:03")]
)
def test_durations_read_like_a_clock(duration_s: float, text: str) -> None:
    assert clock(duration_s) == text


def test_a_long_build_step_is_shortened_to_one_line() -> None:
    assert shortened(shown("RUN  pip\n install"), 40) == "RUN pip install"
    assert len(shortened(shown("x" * 100), 40)) == 40


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("-sc",), "write -sc install=SHELL"),
        (("bench", "-sc"), "write -sc install=SHELL"),
        (("bench", "-sc", "install=tcsh"), "where SHELL is bash, fish or zsh"),
        (("bench", "base="), "base=: the level is missing; choose from alpine, derived"),
    ],
)
def test_what_hydra_has_no_words_for_is_said(
    given: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(given)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "unexpected" not in error


def test_a_shell_that_asks_without_a_line_gets_the_commands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMP_LINE", raising=False)
    assert main(["bench", "-sc", "query=bash"]) == 0
    assert "compare" in capsys.readouterr().out
