"""The command line's own promises: quick help, one clear line for an error, exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runner.cli.main import main
from runner.cli.progress import clock, shorten

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


@pytest.mark.parametrize(
    ("duration_s", "text"), [(0.4, "0:00"), (42, "0:42"), (185, "3:05"), (3723, "1:02:03")]
)
def test_durations_read_like_a_clock(duration_s: float, text: str) -> None:
    assert clock(duration_s) == text


def test_a_long_build_step_is_shortened_to_one_line() -> None:
    assert shorten("RUN  pip\n install", 40) == "RUN pip install"
    assert len(shorten("x" * 100, 40)) == 40
