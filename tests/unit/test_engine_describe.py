"""What an engine is said to be: whether its layer folders may be expected to tell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import docker
import pytest

from runner.engine.docker.describe import describe

UNIX = "unix:///run/docker.sock"


class Said:
    """A client whose engine says these things of itself."""

    def __init__(self, root: Path, **more: Any) -> None:
        self._info = {"Driver": "overlay2", "DockerRootDir": str(root), **more}

    def info(self) -> dict[str, Any]:
        return self._info

    def version(self) -> dict[str, Any]:
        return {"ApiVersion": "1.41"}


@pytest.mark.parametrize(
    ("more", "address", "euid", "readable"),
    [
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=cgroupns"]}, UNIX, 0, True),
        ({"SecurityOptions": ["name=userns"]}, UNIX, 0, False),
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}, UNIX, 0, False),
        ({}, UNIX, 1000, False),
        ({}, "tcp://elsewhere:2375", 0, False),
        ({"Driver": "btrfs"}, UNIX, 0, False),
        (
            {"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]},
            UNIX,
            0,
            False,
        ),
    ],
)
def test_folders_are_readable_to_root_beside_an_engine_that_shifts_no_users(
    more: dict[str, Any],
    address: str,
    euid: int,
    readable: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for driver in ("overlay2", "btrfs"):
        (tmp_path / driver).mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    client = cast(docker.DockerClient, Said(tmp_path, **more))
    assert describe(client, "existing", address).readable is readable
