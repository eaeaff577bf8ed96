"""Where the embedded engine keeps its files and its socket."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from runner.model.paths import CachePaths

_SOCKET_PATH_LIMIT = 107
"""Bytes that the path of a Unix socket may have."""

_LONGEST_SOCKET = "exec/containerd/containerd-debug.sock.ttrpc"


class EnginePaths(Struct, frozen=True):
    """The files of one embedded engine.

    Sockets have a short limit on their path: below a long directory they are reached by a symbolic
    link in /run, while the files stay where they belong.
    """

    folder: Path

    @property
    def short(self) -> Path:
        """The directory itself, or a short link to it where its path is too long for sockets."""
        if len(os.fsencode(self.folder / _LONGEST_SOCKET)) <= _SOCKET_PATH_LIMIT:
            return self.folder
        import hashlib  # brings OpenSSL, which few need

        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path("/run") / f"dockbench-{digest}"

    @property
    def data(self) -> Path:
        """Images, containers and build cache."""
        return self.folder / "data"

    @property
    def identity(self) -> Path:
        """Names this data root; gone when the data is."""
        return self.data / "dockbench-identity"

    @property
    def exec_root(self) -> Path:
        """State of running containers."""
        return self.short / "exec"

    @property
    def socket(self) -> Path:
        """Where the engine listens."""
        return self.short / "docker.sock"

    @property
    def pid(self) -> Path:
        """Holds the daemon's pid while it runs."""
        return self.folder / "dockerd.pid"

    @property
    def log(self) -> Path:
        """What the daemon says; the run before has `.1` behind its name."""
        return self.folder / "dockerd.log"

    @property
    def temporary(self) -> Path:
        """What the daemon writes aside, such as the stacks of a containerd that it gives up; empty
        at each start."""
        return self.folder / "tmp"

    @property
    def config(self) -> Path:
        """The daemon's settings, so that it does not read the system's."""
        return self.folder / "daemon.json"

    @property
    def lock(self) -> Path:
        """Held while the engine is being started or stopped."""
        return self.folder / "lock"


def default_paths() -> EnginePaths:
    """Of the user's own embedded engine."""
    return paths_of(CachePaths.default().engine)


def paths_of(folder: Path) -> EnginePaths:
    """Of the engine in a directory, by whatever links it is reached: a running daemon is known by
    the paths on its command line."""
    return EnginePaths(Path(os.path.realpath(folder)))
