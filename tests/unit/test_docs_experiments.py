"""docs/experiments.md names no size that the committed tables do not show."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from runner.report.formats import size

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference"
PAGE = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+): .*?\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
_SIZE = re.compile(r"\d+\.\d [kMG]B\b")


def shown(experiment: str) -> str:
    """Every size in an experiment's summary, of each layer, and what each level saves."""
    tables = REFERENCE / experiment / "tables"
    with (tables / "effects.csv").open(encoding="utf-8", newline="") as file:
        effects = [
            size(round(abs(float(row["effect"]))))
            for row in csv.DictReader(file)
            if row["metric"].endswith("_bytes")
        ]
    layers = [
        size(layer["unpacked_bytes"])
        for path in (REFERENCE / experiment / "records").glob("*.json")
        for layer in json.loads(path.read_text(encoding="utf-8"))["sizes"]["layers"]
    ]
    return "\n".join([(tables / "summary.md").read_text(encoding="utf-8"), *effects, *layers])


def test_every_reference_run_with_a_question_has_its_answer() -> None:
    paths = {"progression", "progression_slim"}
    runs = {path.name for path in REFERENCE.iterdir() if path.is_dir()}
    assert runs - paths == set(SECTIONS)


@pytest.mark.parametrize("experiment", SECTIONS)
def test_sizes_of_a_section_are_those_of_its_run(experiment: str) -> None:
    named = _SIZE.findall(SECTIONS[experiment])
    assert named
    known = shown(experiment)
    assert [one for one in named if one not in known] == []
