"""Marks every test by its folder: unit, property, engine or e2e.

Tests that need no engine run side by side."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
KINDS = ("unit", "property", "engine", "e2e")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each CPU if no test on an engine was asked for: those take turns."""
    asked = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    alone = all(path in (TESTS / "unit", TESTS / "property") for path in asked)
    return os.cpu_count() or 1 if alone else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of the folder that it lies in."""
    for item in items:
        kind = Path(item.path).relative_to(TESTS).parts[0]
        if kind in KINDS:
            item.add_marker(kind)
