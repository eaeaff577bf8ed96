"""Marks every test by its folder: unit, property, engine or e2e.

Modules of tests run side by side, those that take longest first: so no worker is left with a long
one at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
KINDS = ("e2e", "engine", "property", "unit")
"""Those whose modules take longest first."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each CPU. Where tests on an engine were asked for, three at most: what they time
    takes turns on that engine, and what is left keeps two CPUs busy if one of them waits."""
    workers = os.cpu_count() or 1
    asked = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    alone = all(path in (TESTS / "unit", TESTS / "property") for path in asked)
    return workers if alone else min(workers, 2) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of the folder that it lies in, and order them by it."""
    for item in items:
        item.add_marker(kind_of(item))
    items.sort(key=lambda item: KINDS.index(kind_of(item)))


def kind_of(item: pytest.Item) -> str:
    """The folder that a test lies in."""
    return item.path.relative_to(TESTS).parts[0]
