"""Watches which files of its image a container opens, from before its first process on.

The container's overlay file system is marked before the container starts. It must be mounted for
that: a download of the container's content that is begun and not read further keeps it mounted.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.engine.linux.fanotify import Fanotify, Opened
from runner.engine.linux.root_listing import Node, Tree, bytes_of, read_tree
from runner.engine.port import Container, Engine
from runner.model.errors import EngineError, cause_of

_PIECE_BYTES = 512
_QUIET_S = 0.02
_QUIET_LIMIT_S = 2.0
"""How long the engine may take until its download waits for us to read on."""


class NotWatchedError(Exception):
    """The files that a container opens cannot be told here; the text says why."""


@dataclass(frozen=True)
class OpenedFiles:
    """What of its image a container has opened."""

    tree: Tree
    """The container's root before it started."""
    files: frozenset[str]
    """Regular files, each by its own path, whatever links led there."""
    folders: frozenset[str]

    @property
    def bytes(self) -> int:
        """Bytes of the files, as they are in the image; hard-linked content once."""
        return bytes_of(self.tree, self.files)


def cannot_watch(engine: Engine) -> str:
    """Why no container of this engine can be watched; empty if it can be tried."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "this user is not root"
    if not engine.info().readable:
        return "the engine's storage cannot be read here (it takes overlay2 on this machine)"
    try:
        Fanotify().close()
    except OSError as error:
        return f"the kernel does not tell which files are opened ({error.strerror})"
    return ""


class Watch:
    """Watches one container. Hand `attach` to `run_container` as what to do before the start."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held = contextlib.ExitStack()
        self._events: Fanotify | None = None
        self._merged = Path()
        self._device = 0
        self._tree: dict[str, Node] = {}
        self._engines_pids: set[int] = set()

    def attach(self, container: Container) -> None:
        """Begin to watch a container that has not started; raises `NotWatchedError`."""
        self.close()
        try:
            self._held.enter_context(_mounted(self._engine, container.id))
            self._merged = self._merged_folder(container.id)
            self._tree = read_tree(self._merged)
            self._device = self._merged.stat().st_dev
            self._events = self._held.enter_context(Fanotify())
            self._events.watch_filesystem(self._merged)
            # What opens files now serves the download and is not part of the container.
            self._engines_pids = {event.pid for event in _until_quiet(self._events)}
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise NotWatchedError(f"{error.strerror or error}") from error
            raise

    def opened(self) -> OpenedFiles:
        """What the container has opened so far; raises `NotWatchedError` if that is not known."""
        assert self._events is not None
        try:
            events = list(self._events.opened())
            same = self._merged.stat().st_dev == self._device
        except (OSError, ValueError) as error:
            raise NotWatchedError(cause_of(error)) from error
        if not same:
            raise NotWatchedError("the engine mounted the container anew when it started")
        # What the engine opens lies below the directory where it mounts the container.
        paths = {event.path for event in events if event.pid not in self._engines_pids}
        nodes = {path: self._tree[path] for path in paths if path in self._tree}
        return OpenedFiles(
            self._tree,
            files=frozenset(path for path, node in nodes.items() if node.is_file),
            folders=frozenset(path for path, node in nodes.items() if node.is_folder),
        )

    def close(self) -> None:
        """Stop watching and let go of the mount; does nothing the second time."""
        self._held.close()
        self._events = None

    def _merged_folder(self, container: str) -> Path:
        try:
            found = self._engine.containers.inspect(container)
        except EngineError as error:
            raise NotWatchedError(str(error)) from error
        driver = found.get("GraphDriver") or {}
        folder = (driver.get("Data") or {}).get("MergedDir")
        if not folder:
            raise NotWatchedError(f"storage driver {driver.get('Name') or 'unknown'}, not overlay2")
        return Path(folder)


@contextlib.contextmanager
def _mounted(engine: Engine, container: str) -> Iterator[None]:
    """Keep the root of a container mounted that does not run."""
    pieces = engine.containers.export(container, _PIECE_BYTES)
    try:
        next(iter(pieces), b"")
    except EngineError as error:
        raise NotWatchedError(str(error)) from error
    try:
        yield
    finally:
        pieces.close()


def _until_quiet(events: Fanotify) -> Iterator[Opened]:
    """Events up to the first moment in which none comes."""
    deadline = time.monotonic() + _QUIET_LIMIT_S
    while select.select([events], [], [], _QUIET_S)[0] and time.monotonic() < deadline:
        yield from events.opened()
