"""A real registry on loopback for tests: Debian's `docker-registry`, with a folder of its own."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.debian import unpacked

START_TIMEOUT_S = 30.0
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

_CONFIG = """\
version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {data}}}}}
http: {{addr: "{address}"}}
{extra}
"""


@dataclass(frozen=True)
class Registry:
    """A registry that runs."""

    address: str
    """`127.0.0.1:PORT`, what stands before the first slash of a reference."""

    def manifest(self, repository: str, tag: str = "latest") -> dict[str, Any]:
        """The image manifest that the registry keeps for a tag."""
        request = urllib.request.Request(
            f"http://{self.address}/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFEST}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            manifest: dict[str, Any] = json.load(answer)
            return manifest

    def layer_bytes(self, repository: str, tag: str = "latest") -> list[int]:
        """The stored size of each layer, from the base up."""
        return [int(layer["size"]) for layer in self.manifest(repository, tag)["layers"]]


@contextlib.contextmanager
def running_registry(folder: Path, extra: str = "") -> Iterator[Registry]:
    """Start a registry that keeps its data below `folder`; `extra` is added to its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    registry = Registry(f"127.0.0.1:{_free_port()}")
    config = folder / "config.yml"
    config.write_text(_CONFIG.format(data=folder / "data", address=registry.address, extra=extra))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [_program(), "serve", str(config)], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_it_answers(registry, process, folder / "log")
        yield registry
    finally:
        process.terminate()
        process.wait(30)


def _program() -> str:
    """The installed program, else the one out of its Debian package."""
    if found := shutil.which("docker-registry"):
        return found
    if not shutil.which("apt-get"):
        pytest.skip("no docker-registry, and no apt-get to take it from its Debian package")
    return str(unpacked("docker-registry") / "usr" / "bin" / "docker-registry")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(registry: Registry, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _answers(registry):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def _answers(registry: Registry) -> bool:
    """Whether it speaks HTTP; asking for a login is an answer too."""
    try:
        urllib.request.urlopen(f"http://{registry.address}/v2/", timeout=2).close()
    except urllib.error.HTTPError as error:
        return error.code == 401
    except OSError:
        return False
    return True
