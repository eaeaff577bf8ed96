"""A run next to the reference run: the same bytes, or why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.analysis.against_reference import against_reference
from runner.model.record import Record
from runner.report.terminal import reference_line
from tests.unit.records import failing, path_records


def line(here: Record, reference: Record) -> str:
    (row,) = against_reference([here], [reference])
    return reference_line(row)


@pytest.fixture
def record() -> Record:
    return path_records(1)[0]


def test_the_same_bytes_are_said_to_be_the_same(record: Record) -> None:
    assert record.sizes is not None
    assert line(record, record) == f"{record.name}: the same {record.sizes.unpacked_bytes:,} bytes"


def test_another_size_comes_with_what_differs(record: Record) -> None:
    assert record.sizes is not None
    larger = replace(
        record,
        sizes=replace(record.sizes, unpacked_bytes=2 * record.sizes.unpacked_bytes),
        base=replace(record.base, digest="sha256:other", provider="registry"),
        provenance=replace(record.provenance, network="cached"),
    )
    said = line(larger, record)
    assert "larger (+100.0%)" in said
    assert "another base: registry, not " in said
    assert "packages fetched cached, not direct" in said


def test_a_variant_that_failed_is_said_with_its_status(record: Record) -> None:
    assert "check failed here" in line(failing(record, step="check"), record)


def test_only_what_both_have_is_compared(record: Record) -> None:
    assert against_reference([record], []) == []
