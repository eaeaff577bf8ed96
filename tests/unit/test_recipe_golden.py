"""The Dockerfiles of the progression, written out for whoever reviews a change of the renderer.

They are for the real bases. After a change that is meant, write them anew with

    DOCKBENCH_UPDATE_GOLDEN=1 .venv/bin/pytest tests/unit/test_recipe_golden.py

and read the difference before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest
from omegaconf import OmegaConf

from tests.unit.dockerfiles import rendered
from tests.unit.levels_from_yaml import CONFIGS, load_levels

GOLDEN = Path(__file__).parent / "golden"


def steps() -> dict[str, dict[str, str]]:
    """File name → levels of each step of the progression, those of earlier steps included."""
    config = OmegaConf.load(CONFIGS / "experiment" / "progression.yaml")
    path = cast(list[dict[str, Any]], OmegaConf.to_container(config.path))
    chosen: dict[str, str] = {}
    found = {}
    for number, step in enumerate(path):
        chosen = chosen | step["set"]
        found[f"{number:02}-{step['name']}.Dockerfile"] = chosen
    return found


STEPS = steps()


@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_the_progression_renders_as_reviewed(name: str) -> None:
    text = rendered(load_levels(**STEPS[name])).dockerfile
    golden = GOLDEN / name
    if "DOCKBENCH_UPDATE_GOLDEN" in os.environ:
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(text)

    assert text == golden.read_text()


def test_there_is_no_golden_file_of_a_step_that_is_gone() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(STEPS)
