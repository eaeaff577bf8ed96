"""Texts that the user names on the command line: read whatever they are, but with an end.

A pipe is read too (`--env-file <(sops -d secrets.env)`), as long as somebody writes to it: it is
waited for no longer than `PATIENCE_S`. Of a device that never ends no more is read than the limit.
"""

from __future__ import annotations

import os
import select
import stat
import time
from contextlib import suppress
from pathlib import Path

from runner.model.errors import ConfigError, ProjectError
from runner.model.paths import real
from runner.project.inside import inside, open_below

PATIENCE_S = 60.0
"""How long a pipe may take: somebody may be typing a password for what writes to it."""
MOST_BYTES = 1 << 20
CHUNK_BYTES = 1 << 16
_OPENED = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def named_text(path: Path, said: str) -> str:
    """The text of a file that is named as `said` (`--env-file .env`).

    Raises `ConfigError` for one that cannot be read, has no end within the limits, or is not UTF-8.
    """
    try:
        return _text(os.open(path, _OPENED))
    except (OSError, ValueError) as error:
        raise _unreadable(said, error) from error


def named_in_project(root: Path, path: Path, said: str) -> str:
    """The same for a file of a project, to which no link from elsewhere leads: whoever wrote the
    project made the link."""
    try:
        below = inside(root, path).relative_to(real(root))
        return _text(open_below(root, below))
    except ProjectError as error:
        raise ConfigError(f"{said}: {error}") from error
    except (OSError, ValueError) as error:
        raise _unreadable(said, error) from error


def named_path(here: Path, root: Path) -> Path:
    """Where a file lies that is named relative to the current directory or to a project: the latter
    if only that has something of this name, or only a directory stands here."""
    there = root / here
    return here if _is_no_directory(here) or not os.path.lexists(there) else there


def _is_no_directory(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return not stat.S_ISDIR(path.stat().st_mode)
    return os.path.lexists(path)


def _unreadable(said: str, error: OSError | ValueError) -> ConfigError:
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, UnicodeDecodeError):
        reason = "not UTF-8 text"
    return ConfigError(f"{said}: cannot be read ({reason})")


def _text(descriptor: int) -> str:
    try:
        content = _content(descriptor)
    finally:
        os.close(descriptor)
    return content.decode("utf-8-sig")


def _content(descriptor: int) -> bytes:
    found, until_s = bytearray(), time.monotonic() + PATIENCE_S
    is_regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    while len(found) <= MOST_BYTES:
        if not is_regular and not _has_more(descriptor, until_s - time.monotonic()):
            raise ValueError(f"nothing came for {PATIENCE_S:.0f} s, and its end did not")
        piece = os.read(descriptor, CHUNK_BYTES)
        if not piece:
            return bytes(found)
        found += piece
    raise ValueError(f"longer than {MOST_BYTES >> 10} KiB")


def _has_more(descriptor: int, left_s: float) -> bool:
    """Whether something, or the end, came in time."""
    return left_s > 0 and bool(select.select([descriptor], [], [], left_s)[0])
