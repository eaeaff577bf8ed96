"""What a command prints: every stream that it writes to, and the one way to print a line.

`guarded` puts an `Output` in front of stdout and stderr while a command runs, so that whatever is
printed, by whatever library, obeys the same rules: a reader that goes away (`| head -1`, a terminal
that is closed) never ends the work, and in a log no line is a command to the CI system and no
control character gets through. Nothing heavy is imported here.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from typing import Any, TextIO, cast

from runner.model.errors import StoreError
from runner.model.redact import redacted
from runner.model.text import escaped, printable

_GONE = {errno.EPIPE, errno.EIO, errno.ENXIO, errno.EBADF, errno.ESHUTDOWN}
"""What writing ends with where nothing reads: a closed pipe, a terminal that hung up."""

_COMMAND = re.compile(r"^([^\S\n]*:):", re.MULTILINE)
"""A line that GitHub Actions would carry out: `::set-env name=…`, blanks before it or not."""
_OLD_COMMAND = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))")
"""The same for older runners, Azure Pipelines and TeamCity, anywhere in a line."""
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
    r"|\x1b(?!\[[0-9;]*m)"
)
"""What must not reach a log as it is; colours may, where somebody forces them."""


def say(text: str) -> None:
    """Print a message: one line on stderr, foreign text in it made safe, credentials taken out."""
    _print(text, sys.stderr)


def tell(text: str = "") -> None:
    """Print one line of a result on stdout, made safe in the same way."""
    _print(text, sys.stdout)


def document(text: str) -> None:
    """Print a document for programs on stdout, to the byte."""
    stream: object = sys.stdout
    raw = stream.raw if isinstance(stream, Output) else stream
    if isinstance(raw, TextIOWrapper):
        raw.reconfigure(encoding="utf-8")
    if isinstance(stream, Output):
        stream.pass_through(text)
    elif raw is not None:
        cast(TextIO, raw).write(text)


def _print(text: str, stream: TextIO | None) -> None:
    if stream is not None:
        print(printable(redacted(text)), file=stream)


def require_complete() -> None:
    """Raise `StoreError` where a part of the result could not be written."""
    stream: object = sys.stdout
    if isinstance(stream, Output):
        stream.require_complete()


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Guard stdout and stderr in the block; what is still buffered is written at its end.

    Raises `StoreError` where a result cannot be written although somebody reads it (a full disk).
    """
    before = sys.stdout, sys.stderr
    out, messages = Output(before[0], result=True), Output(before[1], result=False)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, messages)
    try:
        yield
    finally:
        messages.flush()
        with contextlib.suppress(StoreError):
            out.flush()
        sys.stdout, sys.stderr = before


class Output:
    """A text stream that outlives its reader, and keeps foreign text from acting in a log.

    A terminal gets what it is sent: the lines above it are made safe where they are printed, and
    bars have to move its cursor.
    """

    def __init__(self, raw: TextIO | None, *, result: bool) -> None:
        self.raw = raw
        self._result = result
        self._lost = ""
        """Why a part of the result was not written; handlers of `logging` keep that to
        themselves."""
        self._verbatim = self.isatty()
        self._begun = ""
        """The line that is being written, as long as it may still become a command."""
        if isinstance(raw, TextIOWrapper):
            raw.reconfigure(errors="replace")

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own."""
        return getattr(self.raw, name)

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self.raw is not None and not self.raw.closed and self.raw.isatty()

    def write(self, text: str) -> int:
        """Write a text; a reader that has gone is not an error."""
        self.pass_through(text if self._verbatim else self._harmless(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def pass_through(self, text: str) -> None:
        """Write a text as it is."""
        if self.raw is not None:
            with self._reader_may_go():
                self.raw.write(text)

    def flush(self) -> None:
        """Hand over what is buffered."""
        if self.raw is not None:
            with self._reader_may_go():
                self.raw.flush()

    def require_complete(self) -> None:
        """Raise `StoreError` where a part of the result was lost, also if that was kept quiet."""
        self.flush()
        if self._lost:
            raise StoreError(self._lost)

    def _harmless(self, text: str) -> str:
        begun, self._begun = self._begun, ""
        whole = _COMMAND.sub(r"\1\\x3a", begun + text)
        line = whole.rpartition("\n")[2]
        if not line.strip(" \t") or line.strip() == ":":
            self._begun = line
        whole = _OLD_COMMAND.sub(r"\\x23", whole[len(begun) :])
        return _CONTROL.sub(lambda found: escaped(found[0]), whole)

    @contextlib.contextmanager
    def _reader_may_go(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            self._let_go()
            number = error.errno if isinstance(error, OSError) else None
            if self._result and number is not None and number not in _GONE:
                said = os.strerror(number)
                self._lost = f"cannot write to stdout ({said}): the result is incomplete"
                raise StoreError(self._lost) from error

    def _let_go(self) -> None:
        """What is still buffered, or printed by a child, goes to the null device."""
        raw, self.raw = self.raw, None
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nowhere, cast(TextIO, raw).fileno())
            finally:
                os.close(nowhere)
