"""Every level of a sweep is an edit, or there is a reason why it is none."""

from __future__ import annotations

from pathlib import Path

from runner.dockerfile.edits.no_edits import why_no_edit
from runner.dockerfile.edits.registry import EDITS

CONFIGS = Path(__file__).parents[2] / "configs"
NO_FACTORS = ("experiment", "hydra", "project")


def test_every_level_is_an_edit_or_has_a_reason() -> None:
    levels = [
        (path.parent.name, path.stem)
        for path in CONFIGS.glob("*/*.yaml")
        if path.parent.name not in NO_FACTORS
    ]
    assert len(levels) > 20
    for factor, level in levels:
        is_edit = level in EDITS.get(factor, {})
        assert is_edit != bool(why_no_edit(factor, level)), (factor, level)
