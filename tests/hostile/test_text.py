"""Foreign text on its way to a terminal, a CI log, a spreadsheet: it is shown, and does nothing."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.cli.console import SafeConsole
from runner.cli.output import Output, guarded, say, tell
from runner.cli.progress import LiveProgress
from runner.model.documents import from_json, to_json
from runner.model.errors import StoreError
from runner.model.text import code_span, csv_cell, log_line, markdown, one_line, printable

CANARY = "canary"
HOSTILE = {
    "escape": "\x1b]0;canary\x07\x1b[2J\x1b[31mcanary",
    "C1": "\x9b2J\x9d0;canary\x9c",
    "NUL": "a\0canary",
    "carriage return": "fine\rcanary",
    "backspace": "canary\b\b\b\b",
    "bidi override": "\u202ecanary\u202c",
    "bidi isolate": "\u2066canary\u2069",
    "bidi mark": "\u200fcanary\u061c",
    "line separator": "a\u2028::set-env name=canary",
    "paragraph separator": "a\u2029::set-env name=canary",
    "next line": "a\x85::set-env name=canary",
    "vertical tab": "a\x0b::set-env name=canary",
    "form feed": "a\x0c::set-env name=canary",
    "newline": "a\n::set-env name=canary",
    "command": "::set-env name=canary::x",
    "blank command": "  ::add-mask::canary",
    "old command": "##[add-mask]canary",
    "Azure": "text ##vso[task.setvariable variable=canary]x",
    "TeamCity": "##teamcity[canary]",
    "not UTF-8": "canary\udcff",
    "lone surrogate": "canary\ud800",
    "markup": "[bold red]canary[/bold red] [link=https://x]y[/link]",
    "closing markup": "canary[/]",
    "emoji": ":canary: :bug:",
    "zero width": "can\u200bary\ufeff",
    "tag characters": "canary\U000e0041",
    "formula": "=cmd|' /C canary'!A0",
}
TEXTS = pytest.mark.parametrize("text", list(HOSTILE.values()), ids=list(HOSTILE))
ANY_TEXT = st.text(st.characters(), max_size=80)
_CONTROL = re.compile(r"[^\n\x20-\x7e]")
_ACTS = re.compile(r"^\s*::|##\[|##vso\[|##teamcity\[", re.MULTILINE)
"""What a CI system carries out."""


def shows(line: str) -> bool:
    """Whether a line shows all that it holds, and does nothing in a log."""
    return line.isprintable() and not _ACTS.search(line)


def in_a_log(text: str) -> str:
    """What a pipe gets when the text is written through the guard."""
    raw = io.StringIO()
    Output(raw, result=True).write(text)
    return raw.getvalue()


@TEXTS
def test_a_message_is_one_line_that_does_nothing(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with guarded():
        say(text)
        tell(text)
    captured = capsys.readouterr()
    for said in captured:
        assert said.endswith("\n")
        assert said.count("\n") == 1
        assert shows(said[:-1])
        assert CANARY in said or "can\\u200bary" in said


@settings(max_examples=200)
@given(ANY_TEXT, ANY_TEXT)
def test_whatever_is_written_no_line_acts_in_a_log(first: str, second: str) -> None:
    raw = io.StringIO()
    stream = Output(raw, result=True)
    stream.write(first)
    stream.write(second)
    written = raw.getvalue()
    assert not re.search(r"^[^\S\n]*::", written, re.MULTILINE)
    assert not re.search(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e]", written)


@pytest.mark.parametrize("pieces", [(":", ":x"), (" ", "::x"), ("a\n:", ":x"), (" :", ":", "x")])
def test_a_command_in_pieces_is_none(pieces: tuple[str, ...]) -> None:
    raw = io.StringIO()
    stream = Output(raw, result=True)
    for piece in pieces:
        stream.write(piece)
    assert not _ACTS.search(raw.getvalue())
    assert raw.getvalue().replace("\\x3a", ":") == "".join(pieces)


def test_what_is_harmless_passes_as_it_is() -> None:
    text = "time: 10:20\nstd::vector\n\ta::b → c ü 日本\n# heading\n## [x]\n\x1b[31mred\x1b[0m\n"
    assert in_a_log(text) == text


@TEXTS
def test_a_console_shows_text_as_text(text: str) -> None:
    from rich.table import Table
    from rich.text import Text

    raw = io.StringIO()
    console = SafeConsole(width=200)
    console.file = raw
    console.print(text, soft_wrap=True)
    console.print(Text(text))
    table = Table.grid()
    table.add_row(Text(text), "x")
    console.print(table)
    written = raw.getvalue()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e]", written)
    assert text.strip(" ")[:5] != "[bold" or "[bold red]" in written
    assert "🐛" not in written


@TEXTS
def test_progress_shows_text_as_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with guarded(), LiveProgress() as progress:
        progress.overall(text, 1, 2, None)
        progress.begin(text)
        progress.detail(text)
        progress.note(text)
        progress.end()
    for line in capsys.readouterr().err.splitlines():
        assert shows(line), line


@TEXTS
def test_progress_on_a_terminal_shows_text_as_text(text: str) -> None:
    raw = io.StringIO()
    console = SafeConsole(width=300)
    console.file, console._force_terminal = raw, True
    console._color_system = None
    with LiveProgress(console) as progress:
        progress.overall(text, 1, 2, None)
        progress.begin(text)
        progress.detail(text)
        progress.note(text)
        progress.bars.refresh()
        progress.end()
    left = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", raw.getvalue())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u2028-\u202e]", left)
    assert "\x1b]0;" not in raw.getvalue()
    assert "\x1b[2J" not in raw.getvalue()


@TEXTS
def test_a_document_can_be_printed_in_a_log_and_read_back(text: str) -> None:
    written = to_json({"text": text})
    assert in_a_log(written) == written
    # Half of a pair is no byte of a file's name: JSON cannot hold it, and an escape is read back.
    back = text.replace("\ud800", "\\ud800")
    assert from_json(written.encode(), dict[str, str]) == {"text": back}
    assert not re.search(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]|##\[", written)


@settings(max_examples=200)
@given(ANY_TEXT)
def test_helpers_leave_nothing_that_acts(text: str) -> None:
    assert printable(text).isprintable()
    assert one_line(text).isprintable()
    assert markdown(text).isprintable()
    assert not re.match(r"[\s']*[=+@-]", csv_cell(text)) or csv_cell(text).startswith("'")
    assert all(line.isprintable() for line in csv_cell(text).split("\n"))


@given(st.text("abc xyz.:-_/ü日本"))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


REPORT = (
    "import sys\nfrom runner.cli import main as command\n"
    "command.run = lambda given: print(sys.stdin.read()) or 0\n"
    "sys.exit(command.main([]))"
)
WHOLE = "x" * 200_000


def with_stdout(stdout: int, text: str = WHOLE) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", REPORT],
        input=text.encode(),
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
    )


def test_a_reader_that_has_gone_is_no_failure() -> None:
    for text in (WHOLE, "short"):
        reading, writing = os.pipe()
        os.close(reading)
        done = with_stdout(writing, text)
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_result_that_finds_no_room_is_said() -> None:
    for text in (WHOLE, "short"):
        with Path("/dev/full").open("wb") as full:
            done = with_stdout(full.fileno(), text)
        assert done.returncode == 2
        assert done.stderr.count(b"\n") == 1
        assert b"No space left" in done.stderr


def test_a_stream_that_is_closed_is_nothing_to_write_to() -> None:
    stream = io.StringIO()
    stream.close()
    Output(stream, result=True).write("x")
    closed = Output(None, result=True)
    closed.write("x")
    closed.flush()
    assert not closed.isatty()


def test_an_error_while_writing_names_the_loss() -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="stdout"):
        Output(cast(io.StringIO, Full()), result=True).write("x")
    assert Output(Full(), result=False).write("x") == 1, "a message may be lost"


@pytest.mark.parametrize(
    ("text", "terminal", "page", "cell"),
    [
        ("plain a_b", "plain a_b", "plain a_b", "plain a_b"),
        ("a\tb", "a\\tb", "a b", "a\\tb"),
        ("\x1b[m", "\\x1b[m", "\\\\x1b\\[m", "\\x1b[m"),
        ("\udc80\udcff", "\\x80\\xff", "\\\\x80\\\\xff", "\\x80\\xff"),
        ("\udc7f\ud800", "\\udc7f\\ud800", "\\\\udc7f\\\\ud800", "\\udc7f\\ud800"),
        ("\u202e", "\\u202e", "\\\\u202e", "\\u202e"),
        ("=1", "=1", "=1", "'=1"),
        ("'=1", "'=1", "'=1", "''=1"),
        ("a\n-1", "a\\n-1", "a -1", "a\n-1"),
        ("1. x", "1. x", "1\\. x", "1. x"),
        ("# x", "# x", "\\# x", "# x"),
        ("&lt; a&b", "&lt; a&b", "\\&lt; a&b", "&lt; a&b"),
        ("_a_ *b*", "_a_ *b*", "\\_a\\_ \\*b\\*", "_a_ *b*"),
    ],
)
def test_what_each_reader_gets(text: str, terminal: str, page: str, cell: str) -> None:
    assert printable(text) == terminal
    assert markdown(text) == page
    assert csv_cell(text) == cell


@pytest.mark.parametrize(
    ("text", "code"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("``", "``` `` ```"), ("", "`  `"), ("`a", "`` `a ``")],
)
def test_code_is_fenced_by_more_than_it_holds(text: str, code: str) -> None:
    assert code_span(text) == code


@pytest.mark.parametrize(
    ("line", "shown"),
    [("::x", "∶:x"), ("  ##[x]", "  ♯#[x]"), ("a ::x", "a ::x"), ("# x", "# x"), ("", "")],
)
def test_a_line_of_a_table_keeps_its_width(line: str, shown: str) -> None:
    assert log_line(line) == shown
    assert len(log_line(line)) == len(line)
