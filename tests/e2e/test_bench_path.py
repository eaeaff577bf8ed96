"""A path of a few steps, from the command to the tables; and what a second run does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from runner.model.levels import FACTORS
from runner.model.record import Status
from tests.e2e.commands import CommandLine, Done, Results

MEASURED = "unpacked_bytes compressed_bytes wasted_bytes floor_bytes layers context_bytes cold_s"
LATER = "noop_s source_edit_s deps_edit_s"
FACTOR_COLUMNS = [name if name != "layers" else "layers_level" for name in FACTORS]
COLUMNS = f"variant_id name status {MEASURED} {LATER} base_provider".split() + FACTOR_COLUMNS
STEPS = ["first", "purged", "multi"]


class Ran(NamedTuple):
    """The first run of the experiment."""

    here: CommandLine
    done: Done
    results: Results


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, watched: tuple[str, ...]) -> Ran:
    """The experiment, run once for all tests here."""
    here = CommandLine(tmp_path_factory.mktemp("path"), usual=("experiment=steps", *watched))
    return Ran(here, here.bench(), here.results("steps"))


def test_there_is_one_good_record_for_each_step(ran: Ran) -> None:
    records = sorted(ran.results.records, key=lambda record: record.step or 0)
    assert [record.name for record in records] == STEPS
    assert [record.step for record in records] == [0, 1, 2]
    assert {record.status for record in records} == {Status.ok}
    assert all(record.failure is None for record in records)


def test_every_variant_gave_the_same_answer(ran: Ran) -> None:
    answers = {record.check.answer_digest for record in ran.results.records if record.check}
    assert len(answers) == 1
    assert answers.pop().startswith("sha256:")


def test_the_table_has_a_row_for_each_variant_and_the_columns_of_the_contract(ran: Ran) -> None:
    rows = ran.results.rows
    assert [row["name"] for row in rows] == STEPS
    assert set(COLUMNS) <= set(rows[0])
    for row in rows:
        assert row["status"] == "ok"
        assert int(row["unpacked_bytes"]) > int(row["compressed_bytes"]) > 1_000_000
        assert float(row["cold_s"]) > 0
        assert int(row["context_bytes"]) > 0
        assert row["noop_s"] == ""
    assert [row["cache"] for row in rows] == ["keep", "purge", "flags"]


def test_each_variant_has_a_floor_or_a_reason_why_not(ran: Ran) -> None:
    for record in ran.results.records:
        reasons = [note for note in record.notes if note.startswith("floor not measured: ")]
        assert record.floor_asked
        assert (record.floor is None) == bool(reasons), record.notes


def test_everything_of_the_result_folder_is_there(ran: Ran) -> None:
    root = ran.results.paths.root
    assert "[first](../dockerfiles/00-first/)" in (root / "tables" / "summary.md").read_text()
    assert (root / "figures" / "progression.svg").read_text().startswith("<?xml")
    assert (root / "figures" / "progression.png").read_bytes().startswith(b"\x89PNG")
    folders = sorted(path.name for path in (root / "dockerfiles").iterdir())
    assert folders == ["00-first", "01-purged", "02-multi"]
    assert "FROM ${BASE_IMAGE}" in (root / "dockerfiles" / "02-multi" / "Dockerfile").read_text()
    assert len(list((root / "logs").iterdir())) == 3
    assert "name: steps" in (root / "experiment.yaml").read_text()
    assert ran.results.left_overs() == []


def test_results_go_to_stdout_and_messages_to_stderr(ran: Ran) -> None:
    for name in STEPS:
        assert name in ran.done.out
    assert "vs first step" in ran.done.out
    assert "engine: " not in ran.done.out
    assert "engine: " in ran.done.err
    assert "vs first step" not in ran.done.err
    assert "\x1b" not in ran.done.out + ran.done.err


def test_the_second_run_measures_nothing_and_says_so(ran: Ran) -> None:
    again = ran.here.bench()
    assert "3 of 3 measured on this engine before" in again.err
    assert len(ran.results.records) == 3
    assert again.out == ran.done.out


def test_report_gives_the_same_bytes_again(ran: Ran) -> None:
    before = contents(ran.results.paths.root)
    done = ran.here.run("report", "results/steps")
    assert contents(ran.results.paths.root) == before
    assert done.out == ran.done.out


def test_report_as_json_prints_one_document_and_nothing_else(ran: Ran) -> None:
    done = ran.here.run("report", "results/steps", "--json", "-")
    assert done.out.lstrip().startswith(("{", "["))
    assert done.err == ""


def test_the_module_is_the_command(ran: Ran) -> None:
    arguments = ["bench", "experiment=progression", "base.provider=standin", "--cfg", "job"]
    command = ran.here.run(*arguments)
    assert "multi_stage" in command.out
    assert command.err == ""
    module = subprocess.run(
        [sys.executable, "-m", "runner", *arguments], capture_output=True, text=True, check=True
    )
    assert module.stdout == command.out


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
