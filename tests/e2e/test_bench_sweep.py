"""Sweeps as a whole: trials, single jobs, other sweepers, factors of the user's, two at once."""

from __future__ import annotations

import itertools
import json
import re
import signal
from pathlib import Path

import pytest
import yaml

from runner.model.record import Record, Status
from tests.e2e.commands import CommandLine

TWO_STEPS = (
    "experiment.path=[{name:first,about:one,set:{cache:keep}},{name:flags,about:two,"
    "set:{cache:flags}}]"
)


def measured(records: list[Record]) -> list[tuple[str, int]]:
    """Level of cache and trial of each record."""
    return sorted((record.levels["cache"], record.trial) for record in records)


def test_trials_are_shuffled_in_blocks_and_only_missing_ones_are_measured(
    here: CommandLine,
) -> None:
    sweep = ("-m", "cache=keep,flags,purge", "run.trials=2", "tags=[one, two]")
    done = here.bench(*sweep)
    results = here.results("variants")
    results.assert_whole(6)
    assert "to measure: 6 trials" in done.err
    assert [record.trial for record in results.records] == [0, 0, 0, 1, 1, 1], "block by block"
    assert len(set(measured(results.records))) == 6
    assert {row["trials"] for row in results.rows} == {"2"}
    assert {row["tags"] for row in results.rows} == {"one, two"}

    more = here.bench("-m", "cache=keep,flags", "run.trials=3")
    assert "4 of 6 measured on this engine before" in more.err
    assert measured(results.records)[2:3] == [("flags", 2)]
    results.assert_whole(8)

    dry = here.bench("-m", "cache=keep,mount", "run.trials=3", "--dry-run")
    assert "cache=keep   3 of 3 trials done" in dry.out
    assert "1  cache=mount  0 of 3 trials done" in dry.out
    results.assert_whole(8)


def test_a_scenario_that_was_added_is_measured(here: CommandLine) -> None:
    here.bench("cache=flags")
    here.bench("cache=flags", "scenarios=[cold,noop]", "network=direct")
    results = here.results("variants")
    timed = [[one.name for one in record.scenarios] for record in results.records]
    assert timed == [["cold"], ["cold", "noop"]]
    again = here.bench("cache=flags", "scenarios=[noop]", "network=direct")
    assert "1 of 1 measured on this engine before" in again.err


def test_a_single_job_is_a_job_of_hydra_s(here: CommandLine) -> None:
    here.bench("--run", "cache=keep", "job.trial=4")
    results = here.results("variants")
    (record,) = results.records
    assert (record.trial, record.levels["cache"]) == (4, "keep")
    (overrides,) = here.folder.glob("outputs/*/*/.hydra/overrides.yaml")
    assert "cache=keep" in yaml.safe_load(overrides.read_text())
    assert yaml.safe_load(results.paths.experiment.read_text())["cache"]["level"] == "keep"


def test_a_single_job_that_fails_ends_with_1(here: CommandLine) -> None:
    done = here.on_path("troubled").bench("--run", "job.step=0", expect=2)
    assert "lists 2 variants, and a single job is none of them" in done.error
    done = here.bench("--run", "project.command=[no-such-program]", expect=1)
    assert "check failed in check: start" in done.error
    (record,) = here.results("variants").records
    assert record.status is Status.check_failed


def test_hydra_s_own_sweeper_measures_each_job_once(here: CommandLine) -> None:
    sweep = ("-m", "hydra/sweeper=basic", "cache=keep,flags", "job.trial=range(2)")
    here.bench(*sweep)
    results = here.results("variants")
    expected = [(level, trial) for level in ("flags", "keep") for trial in (0, 1)]
    assert measured(results.records) == expected
    jobs = sorted(path.parent.name for path in (results.paths.root / "hydra").glob("*/.hydra"))
    assert jobs == ["0", "1", "2", "3"]
    here.bench(*sweep)
    assert len(results.records) == 4, "what has its record is not measured again"


def test_a_factor_of_the_user_s_reaches_the_image(here: CommandLine, tmp_path: Path) -> None:
    own = tmp_path / "mine" / "optimise"
    own.mkdir(parents=True)
    (own / "plain.yaml").write_text("level: plain\nabout: as it is\n")
    (own / "high.yaml").write_text(
        "level: high\nabout: no assertions\nbuild_args: {HOW: much}\n"
        "environment: {PYTHONOPTIMIZE: '2'}\n"
    )
    search = f"hydra.searchpath=['file://{tmp_path / 'mine'}']"
    here.bench(search, "-m", "+optimise=plain,high")
    results = here.results("variants")
    assert sorted(row["optimise"] for row in results.rows) == ["high", "plain"]
    assert {row["label"] for row in results.rows} == {"optimise=high", "optimise=plain"}
    (high,) = [record for record in results.records if record.levels["optimise"] == "high"]
    dockerfile = results.paths.dockerfiles(high.variant_id) / "Dockerfile"
    lines = dockerfile.read_text().splitlines()
    assert {"ARG HOW=much", "ENV PYTHONOPTIMIZE=2"} <= set(lines)
    assert high.abouts["optimise"] == "no assertions"


def test_the_directory_of_a_sweep_is_where_it_is_asked_for(here: CommandLine) -> None:
    here.bench("hydra.sweep.dir=elsewhere", "hydra.output_subdir=config")
    assert (here.folder / "elsewhere" / "multirun.yaml").is_file()
    assert list((here.folder / "elsewhere").glob("*/000/config/config.yaml"))
    assert not (here.results("variants").paths.root / "hydra").exists()


def test_two_sweeps_in_one_directory_share_the_work(here: CommandLine) -> None:
    sweep = ("-m", "cache=keep,flags", "run.trials=2")
    running = [here.start_bench(*sweep, f"run.seed={seed}") for seed in (0, 1)]
    for one in running:
        assert one.wait().exit_code == 0
    results = here.results("variants")
    expected = itertools.product(("flags", "keep"), (0, 1))
    assert measured(results.records) == list(expected)
    assert {row["status"] for row in results.rows} == {"ok"}


def test_two_sweeps_in_one_directory_of_which_one_is_killed(here: CommandLine) -> None:
    """The other one takes its turn on the engine and its trials; no trial is there twice."""
    sweep = ("-m", "cache=keep,flags", "run.trials=2")
    killed, other = (here.start_bench(*sweep, f"run.seed={seed}") for seed in (0, 1))
    results = here.results("variants")
    killed.wait_for("a record", lambda: results.paths.records.is_dir() and results.records)
    assert killed.signal(signal.SIGKILL).exit_code == -signal.SIGKILL
    assert other.wait().exit_code == 0
    results.assert_whole(4)
    assert measured(results.records) == list(itertools.product(("flags", "keep"), (0, 1)))
    assert {row["status"] for row in results.rows} == {"ok"}


def test_a_crossed_path_has_a_row_for_every_variant(here: CommandLine) -> None:
    path = here.on_path("steps")
    path.bench("-m", TWO_STEPS, "bytecode=write,none")
    results = path.results("steps")
    results.assert_whole(4)
    rows = results.rows
    assert len({row["name"] for row in rows}) == len({row["label"] for row in rows}) == 4
    assert sorted((row["step"], row["bytecode"]) for row in rows) == [
        (step, level) for step in "01" for level in ("none", "write")
    ]
    records = [json.loads(file.read_text()) for file in results.paths.records.iterdir()]
    assert {record["varied"]["bytecode"] for record in records} == {"write", "none"}


@pytest.mark.parametrize("shuffle", ["true", "false"])
def test_an_order_that_was_given_can_be_kept(here: CommandLine, shuffle: str) -> None:
    asked = ["mount", "flags", "keep", "purge"]
    done = here.bench("-m", f"cache={','.join(asked)}", f"run.shuffle={shuffle}", "--dry-run")
    told = re.findall(r"^ +\d  cache=(\w+) +0 of", done.out, re.MULTILINE)
    assert (told == asked) == (shuffle == "false")
    assert sorted(told) == sorted(asked)
