"""Starts child processes; nothing else in this program does.

A command is run in whatever directory its user stands in, which may be a repository that somebody
found. So no child takes code from there: a Python is isolated (`-I`: neither the current directory
nor PYTHON* variables lead it to modules), programs are looked for in absolute entries of PATH only,
the child gets the same PATH, git is given no repository by variables, and unless a caller needs
the user's own directory a child stands in the root.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from runner.model.search_path import absolute_only

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

PIPE, DEVNULL, STDOUT = subprocess.PIPE, subprocess.DEVNULL, subprocess.STDOUT

ROOT = Path("/")
_SYSTEM_PATH = ("/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/usr/local/bin", "/bin")
_FOREIGN = "GIT_"
"""Begins variables that say which repository and configuration git works with (in a hook, say)."""

MOST_DATA_BYTES = 512 << 20

TimeoutExpired = subprocess.TimeoutExpired
Failed = (OSError, subprocess.SubprocessError)
"""What `run` raises for a program that cannot be started or does not end in time."""


class Child(subprocess.Popen[str]):
    """A process that was started here."""


def python(*arguments: str) -> list[str]:
    """The command line of an isolated interpreter, the same that runs this program."""
    return [sys.executable, "-I", *arguments]


def find_program(name: str) -> Path | None:
    """A program on PATH or in the system's own directories, which a plain user's PATH may lack."""
    path = os.pathsep.join([absolute_only(os.environ.get("PATH", "")), *_SYSTEM_PATH])
    found = shutil.which(name, path=path.lstrip(os.pathsep))
    return Path(found) if found else None


def environment_of(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    kept |= extra or {}
    kept["PATH"] = absolute_only(kept.get("PATH", "")) or os.pathsep.join(_SYSTEM_PATH)
    return kept


def run(
    command: Sequence[str | Path],
    *,
    timeout_s: float,
    extra: Mapping[str, str] | None = None,
    directory: Path | None = ROOT,
    own_session: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with nothing on stdin and its output captured.

    Raises one of `Failed`. `directory` None is the user's own: for settings that name files there.
    """
    return subprocess.run(
        resolved(command),
        stdin=DEVNULL,
        capture_output=True,
        check=False,
        timeout=timeout_s,
        **_settings(extra, directory, own_session),
    )


def head(
    command: Sequence[str | Path],
    most_bytes: int,
    *,
    timeout_s: float,
    extra: Mapping[str, str] | None = None,
) -> bytes | None:
    """What a program prints on stdout; None where it fails, prints more, or does not end in time.

    For a program that reads what somebody else wrote: it gets no more than `MOST_DATA_BYTES` of
    memory where the system can limit that.
    """
    until_s, found = time.monotonic() + timeout_s, bytearray()
    try:
        process = start(command, stderr=DEVNULL, extra=extra)
    except OSError:
        return None
    try:
        with suppress(AttributeError, OSError):
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (MOST_DATA_BYTES, MOST_DATA_BYTES))
        assert process.stdout is not None
        printed = process.stdout.fileno()
        while select.select([printed], [], [], max(0.0, until_s - time.monotonic()))[0]:
            if not (piece := os.read(printed, 1 << 16)):
                ended = process.wait(max(0.0, until_s - time.monotonic()))
                return bytes(found) if ended == 0 else None
            found += piece
            if len(found) > most_bytes:
                return None
        return None
    except TimeoutExpired:
        return None
    finally:
        process.kill()
        process.communicate()


def start(
    command: Sequence[str | Path],
    *,
    stdin: int = DEVNULL,
    stdout: int | IO[bytes] = PIPE,
    stderr: int | None = STDOUT,
    extra: Mapping[str, str] | None = None,
    directory: Path | None = ROOT,
    own_session: bool = False,
) -> Child:
    """Start a program and return at once; raises `OSError` where there is none."""
    return Child(
        resolved(command),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        **_settings(extra, directory, own_session),
    )


def _settings(
    extra: Mapping[str, str] | None, directory: Path | None, own_session: bool
) -> dict[str, Any]:
    """What every child is started with."""
    return {
        "env": environment_of(extra),
        "cwd": directory,
        "text": True,
        "errors": "replace",
        "start_new_session": own_session,
    }


def resolved(command: Sequence[str | Path]) -> list[str]:
    """The command with its program's absolute path; raises `FileNotFoundError` without one."""
    program, *arguments = map(str, command)
    found = Path(program) if Path(program).is_absolute() else find_program(program)
    if found is None:
        raise FileNotFoundError(2, "there is no such program on PATH", program)
    return [str(found), *arguments]
