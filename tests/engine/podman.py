"""Podman's service with the Docker API, as far as it needs no container: for tests of reading."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.docker.client import open_client
from runner.engine.docker.existing import ExistingEngine
from tests.engine.debian import unpacked

START_TIMEOUT_S = 30.0
PACKAGES = ("podman", "conmon", "libgpgme11", "libassuan0", "libsubid4")
"""What its program needs that a small Debian may not have."""


@contextlib.contextmanager
def running_podman(storage_driver: str) -> Iterator[ExistingEngine]:
    """Start the service with its storage in a folder of its own, whose path must be short."""
    with tempfile.TemporaryDirectory(prefix="dockbench-") as folder:
        yield from _running(Path(folder), storage_driver)


def _running(folder: Path, storage_driver: str) -> Iterator[ExistingEngine]:
    program, libraries = _program()
    settings = folder / ".config" / "containers"
    settings.mkdir(parents=True)
    policy = {"default": [{"type": "insecureAcceptAnything"}]}
    (settings / "policy.json").write_text(json.dumps(policy))
    socket = folder / "podman.sock"
    command = [
        program,
        *("--root", str(folder / "data"), "--runroot", str(folder / "run")),
        *("--storage-driver", storage_driver, "--cgroup-manager", "cgroupfs"),
        *("--events-backend", "file", "system", "service", "-t", "0", f"unix://{socket}"),
    ]
    path = f"{Path(program).parent}:{os.environ['PATH']}"
    environment = {"HOME": str(folder), "PATH": path, "LD_LIBRARY_PATH": libraries}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not socket.exists():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        client = open_client(f"unix://{socket}")
        yield ExistingEngine(client, f"unix://{socket}")
        client.close()
    finally:
        process.terminate()
        process.wait(30)
        for mount in (folder / "data" / storage_driver, folder / "run"):
            subprocess.run(["umount", "-R", str(mount)], capture_output=True, check=False)


def _program() -> tuple[str, str]:
    """The installed program, else the one out of its package, and where its libraries are."""
    if os.geteuid() != 0:
        pytest.skip("Podman's storage belongs to root")
    if found := shutil.which("podman"):
        return found, ""
    if shutil.which("apt-get") is None:
        pytest.skip("the tests take Podman from its Debian package")
    files = unpacked(*PACKAGES)
    (libraries,) = (found.parent for found in files.glob("usr/lib/*/libgpgme.so.11"))
    return str(files / "usr" / "bin" / "podman"), str(libraries)
