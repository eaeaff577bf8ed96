"""The finding of a set of variants: what the smallest image is held against."""

from __future__ import annotations

from dataclasses import replace

from runner.analysis.findings import find
from runner.model.record import Record
from runner.report.phrases import finding_text
from tests.unit.records import record, sizes


def named(name: str, own_bytes: int) -> Record:
    return replace(record(name, variant_id=name), sizes=sizes(50_000_000, own_bytes))


def test_edits_are_held_against_their_own_dockerfile() -> None:
    rows = {
        "Dockerfile": 150_000_000,
        "Dockerfile+together": 50_000_000,
        "Dockerfile+base=full": 950_000_000,
        "docker/Dockerfile": 350_000_000,
        "docker/Dockerfile+together": 350_000_000,
    }
    found = find(named(name, size) for name, size in rows.items()).headline
    assert finding_text(found) == "Dockerfile+together is 2.00× smaller than Dockerfile"


def test_what_is_no_edit_is_held_against_the_largest_dockerfile() -> None:
    rows = {"slim": 50_000_000, "Dockerfile": 350_000_000, "Dockerfile+base=full": 950_000_000}
    found = find(named(name, size) for name, size in rows.items()).headline
    assert finding_text(found) == "slim is 4.00× smaller than Dockerfile"


def test_a_dockerfile_that_no_edit_makes_smaller_is_held_against_nothing() -> None:
    rows = {"Dockerfile": 50_000_000, "Dockerfile+base=full": 950_000_000}
    found = find(named(name, size) for name, size in rows.items()).headline
    assert finding_text(found) == "Dockerfile: 100.0 MB"
