"""Steps call an image what the Dockerfile calls it."""

from __future__ import annotations

import pytest
from docker.auth import INDEX_NAME

from runner.engine.builders.buildkit import familiar


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"[1/5] FROM {INDEX_NAME}/library/python:3.11", "[1/5] FROM python:3.11"),
        (f"[1/2] FROM {INDEX_NAME}/dockbench/standin:slim", "[1/2] FROM dockbench/standin:slim"),
        ("[1/2] FROM 127.0.0.1:5000/x:1", "[1/2] FROM 127.0.0.1:5000/x:1"),
        ("[2/2] RUN pip install docker", "[2/2] RUN pip install docker"),
    ],
)
def test_the_default_registry_is_left_out(name: str, expected: str) -> None:
    assert familiar(name) == expected
