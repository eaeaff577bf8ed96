"""Marks every test by its folder: unit, engine or e2e."""

from __future__ import annotations

from pathlib import Path

import pytest

KINDS = ("unit", "engine", "e2e")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of the folder that it lies in."""
    for item in items:
        kind = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        if kind in KINDS:
            item.add_marker(kind)
