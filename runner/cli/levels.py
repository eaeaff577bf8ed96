"""The levels of every factor with their one-line `about`, for `dockbench bench --help`."""

from __future__ import annotations

from pathlib import Path

import yaml

from runner.model.levels import FACTORS
from runner.model.paths import data_root

OTHER_GROUPS = ("experiment", "project")


def levels_text() -> str:
    """One block for each group: its name, then its options with what they are about."""
    configs = data_root() / "configs"
    return "\n\n".join(block(configs / group) for group in (*FACTORS, *OTHER_GROUPS))


def block(group: Path) -> str:
    """The options of one group."""
    lines = [f"  {path.stem:<15}{about(path)}" for path in sorted(group.glob("*.yaml"))]
    return "\n".join([f"{group.name}:", *lines])


def about(path: Path) -> str:
    """The file's `about:` value."""
    return str(yaml.safe_load(path.read_text(encoding="utf-8")).get("about", ""))
