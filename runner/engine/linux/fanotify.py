"""The kernel's fanotify, as far as it tells which files of one file system are opened.

Bound with ctypes: there is no wrapper of it in the standard library. See fanotify(7).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_EVENT = struct.Struct("=IBBHQii")
"""event_len, vers, reserved, metadata_len, mask, fd, pid"""
_VERSION = 3
_BUFFER_BYTES = 128 * _EVENT.size
"""Every event that is read brings an open file: few at a time, whatever the limit is."""

_CLOEXEC, _NONBLOCK, _UNLIMITED_QUEUE = 0x1, 0x2, 0x10
_MARK_ADD, _MARK_FILESYSTEM = 0x1, 0x100
_OPEN, _OPEN_EXEC, _ONDIR = 0x20, 0x1000, 0x40000000
_OVERFLOW = 0x4000
_NO_FILE = -1


@dataclass(frozen=True)
class RawEvent:
    """One event as the kernel writes it."""

    mask: int
    file: int
    """File descriptor of what was opened; -1 for none."""
    pid: int

    @property
    def is_overflow(self) -> bool:
        """Whether events were lost."""
        return bool(self.mask & _OVERFLOW)


@dataclass(frozen=True)
class Opened:
    """One file or directory that a process opened, for reading, writing or execution."""

    path: str
    """As seen from this process; from the root of its own mount where this process has none."""
    pid: int


def decode(buffer: bytes) -> Iterator[RawEvent]:
    """The events in a buffer that was read; raises `ValueError` for anything else."""
    place = 0
    while place < len(buffer):
        if len(buffer) - place < _EVENT.size:
            raise ValueError(f"{len(buffer) - place} bytes are no event")
        length, version, _, _, mask, file, pid = _EVENT.unpack_from(buffer, place)
        if version != _VERSION:
            raise ValueError(f"version {version} of fanotify's events, not {_VERSION}")
        if length < _EVENT.size or place + length > len(buffer):
            raise ValueError(f"an event of {length} bytes")
        yield RawEvent(mask, file, pid)
        place += length


class Fanotify:
    """Listens for files being opened; raises `OSError` where the kernel or its rules refuse."""

    def __init__(self) -> None:
        self._libc = _libc()
        flags = os.O_RDONLY | os.O_CLOEXEC
        self._file: int = self._libc.fanotify_init(_CLOEXEC | _NONBLOCK | _UNLIMITED_QUEUE, flags)
        if self._file < 0:
            raise _last_error("fanotify_init")

    def watch_filesystem(self, path: Path) -> None:
        """Hear of everything that is opened on the file system that `path` is on, by anyone."""
        mask = _OPEN | _OPEN_EXEC | _ONDIR
        flags = _MARK_ADD | _MARK_FILESYSTEM
        if self._libc.fanotify_mark(self._file, flags, mask, _NO_FILE, os.fsencode(path)) < 0:
            raise _last_error("fanotify_mark")

    def opened(self) -> Iterator[Opened]:
        """What was opened since the last call, in order; an event may stand for several opens.

        Raises `OSError` (EOVERFLOW) if the kernel had to drop events.
        """
        while True:
            try:
                buffer = os.read(self._file, _BUFFER_BYTES)
            except BlockingIOError:
                return
            yield from _resolved(list(decode(buffer)))

    def fileno(self) -> int:
        """What `select` waits on."""
        return self._file

    def close(self) -> None:
        """Stop listening; does nothing the second time."""
        if self._file >= 0:
            os.close(self._file)
            self._file = _NO_FILE

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _resolved(events: list[RawEvent]) -> list[Opened]:
    """The events with their paths; every file that came with them is closed, whatever happens."""
    with contextlib.ExitStack() as files:
        for event in events:
            if event.file >= 0:
                files.callback(os.close, event.file)
        if any(event.is_overflow for event in events):
            raise OSError(errno.EOVERFLOW, "the kernel dropped events")
        return [
            Opened(os.readlink(f"/proc/self/fd/{event.file}"), event.pid)  # noqa: PTH115 - as it is
            for event in events
            if event.file >= 0
        ]


def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        libc.fanotify_init.argtypes = (ctypes.c_uint, ctypes.c_uint)
        libc.fanotify_mark.argtypes = (
            ctypes.c_int, ctypes.c_uint, ctypes.c_uint64, ctypes.c_int, ctypes.c_char_p,
        )  # fmt: skip
    except AttributeError:
        raise OSError(errno.ENOSYS, "this system has no fanotify") from None
    return libc


def _last_error(call: str) -> OSError:
    code = ctypes.get_errno()
    return OSError(code, f"{call}: {os.strerror(code)}")
