"""A path's rows become steps; the setting of a report is told once."""

from __future__ import annotations

from dataclasses import replace

from runner.analysis.findings import find
from runner.analysis.notes import Note
from runner.analysis.progression import progression
from tests.unit.records import PROVENANCE, STEPS, failing, path_records, record


def test_steps_are_in_order_with_what_changed_and_the_originals_figure() -> None:
    path = progression(find(reversed(path_records())).steps)
    assert [step.name for step in path.steps] == [known[0] for known in STEPS]
    assert [step.original_bytes for step in path.steps] == [known[5] for known in STEPS]
    assert path.steps[7].changed == "toolchain=purged, layers=merged"
    assert path.first is path.steps[0]
    assert path.best is path.steps[-1]
    assert path.best.factor is not None
    assert abs(path.best.factor - 2193.4 / 29.6) < 0.001


def test_a_failed_step_stays_with_its_status_and_place() -> None:
    records = path_records(4)
    records[1] = failing(records[1], step="RUN pip install poetry")
    path = progression(find(records).steps)
    assert [step.number for step in path.steps] == [0, 1, 2, 3]
    (failed,) = path.failed
    assert (failed.name, failed.status) == ("locked", "check_failed")
    assert failed.failing_step == "RUN pip install poetry"
    assert failed.unpacked_bytes is failed.saved_bytes is None
    assert not failed.times
    first, third = path.steps[0].unpacked_bytes, path.steps[2].unpacked_bytes
    assert first is not None
    assert third is not None
    assert path.steps[2].saved_bytes == first - third


def test_a_failed_first_step_leaves_nothing_to_compare_with() -> None:
    records = path_records(3)
    records[0] = failing(records[0])
    path = progression(find(records).steps)
    assert path.first is None
    assert path.best is not None
    assert {step.factor for step in path.steps} == {None}


def test_variants_without_steps_are_no_path() -> None:
    found = find([record("a"), record("b")])
    assert not found.path
    assert progression(found.steps).steps == ()


def test_the_setting_names_standins_and_the_other_bases_apart() -> None:
    told = find([record("a"), record("b", provider="registry", base="python:3.11-slim")]).setting
    assert told.standins == ("python:3.11-alpine",)
    assert told.bases == ("python:3.11-slim",)
    assert told.engines == ("embedded dockerd 20.10.24 (overlay2, graphdriver)",)
    assert told.compressors == ("zlib-ng 2.2 level 6",)
    assert told.days == ("2026-05-04",)
    assert "2 CPUs, 24 GiB memory" in told.machines[0]


def test_a_note_of_several_variants_is_told_once_with_their_names() -> None:
    told = find(
        [
            record("b", step=1, notes=("cache=flags has no  effect",)),
            record("a", step=0, notes=("cache=flags has no effect", "other")),
        ]
    ).setting
    assert told.notes == (Note("cache=flags has no effect", ("a", "b")), Note("other", ("a",)))


def test_a_changed_checkout_keeps_its_mark() -> None:
    changed = replace(PROVENANCE, git_commit="5bdbc9faf3521475d856955418e3d932dec0a423+")
    assert find([replace(record("a"), provenance=changed)]).setting.versions == (
        "0.1.0 at 5bdbc9faf352+",
    )
