"""What only some machines can show: where it cannot be had, the tests about it are skipped.

The private engine can all of it, so with that one nothing is ever skipped."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from runner.engine.containers import may_enter_namespaces
from runner.engine.docker.engine import DockerEngine
from runner.engine.linux.file_access import cannot_watch
from runner.model.errors import BaseError


def lacking(engine: DockerEngine, reason: str) -> NoReturn:
    """Skip the test for this reason; with the private engine that is a failure."""
    if engine.info().kind == "embedded":
        pytest.fail(reason)
    pytest.skip(reason)


def layer_folders(engine: DockerEngine, image: str) -> list[Path]:
    """The folders of an image's layers."""
    folders = engine.images.layer_folders(engine.images.inspect(image))
    if folders is None:
        lacking(engine, "the engine's layer folders cannot be read by this user")
    return folders


def watched(engine: DockerEngine) -> None:
    """Containers whose opened files the kernel tells."""
    if reason := cannot_watch(engine):
        lacking(engine, f"containers cannot be watched here: {reason}")


def entered(engine: DockerEngine) -> None:
    """Containers whose network this process can enter."""
    if not may_enter_namespaces(engine):
        lacking(engine, "the network of a container cannot be entered by this user")


def stand_ins(engine: DockerEngine, error: BaseError) -> NoReturn:
    """Skip for a stand-in that needs root, or Debian's or Ubuntu's packages."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        raise error
    lacking(engine, f"stand-ins cannot be made here: {error}")
