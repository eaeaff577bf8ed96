"""A dry run says what is done and what is still to come, by earlier records, without an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from runner.model.paths import CachePaths, ResultPaths
from runner.store.records import RecordStore
from runner.sweep.config import Config
from runner.sweep.dry import DryRun, in_columns
from runner.sweep.forecast import NEVER_BEGUN, Pending, forecast
from runner.sweep.plan import PlannedVariant
from runner.sweep.process import Process
from runner.sweep.progress import LinesOnStderr
from runner.sweep.warmed import Warmed
from tests.unit.records import path_records


def told(tmp_path: Path, trials: int, *, fresh: bool = False) -> list[str]:
    """What is said of two variants, the first of which has one record."""
    (record,) = path_records(1)
    RecordStore(ResultPaths(tmp_path)).write(replace(record, name="one", elapsed_s=60.0))
    config = Config()
    run = replace(config.run, results=str(tmp_path), trials=trials, shuffle=False, fresh=fresh)
    config = replace(config, run=run)
    planned = [PlannedVariant(name, "", config) for name in ("one", "two")]
    return DryRun(Process(LinesOnStderr(), CachePaths(tmp_path / "cache"))).tell(planned)


def test_what_is_done_is_said_and_what_is_left_is_counted(tmp_path: Path) -> None:
    heading, first, second, total = told(tmp_path, trials=2)
    assert heading == "in this order:"
    assert first == "   1  one  1 of 2 trials done, about 60 seconds each"
    assert second == "   2  two  0 of 2 trials done"
    assert total.startswith("3 builds: 3 trials, about 3 minutes and ")
    assert "2 of them never measured here" in total


def test_what_is_all_done_has_no_place_in_the_order(tmp_path: Path) -> None:
    first, second, total = told(tmp_path, trials=1)
    assert first.startswith("      one  1 of 1 trial done")
    assert second == "   1  two  0 of 1 trial done"
    assert total.startswith("1 build: 1 trial")


def test_fresh_measures_everything_again(tmp_path: Path) -> None:
    assert told(tmp_path, trials=1, fresh=True)[1].startswith("   1  one  0 of 1 trial done")


def test_where_no_trial_was_ever_measured_no_time_is_told(tmp_path: Path) -> None:
    """Not "about 0 seconds": also where records are there that do not say how long they took."""
    config = replace(Config(), run=replace(Config().run, results=str(tmp_path / "none")))
    dry = DryRun(Process(LinesOnStderr(), CachePaths(tmp_path / "cache")))
    assert dry.tell([PlannedVariant("one", "", config)])[-1] == (
        "1 build: 1 trial; how long that takes is known after the first run"
    )
    (record,) = path_records(1)
    RecordStore(ResultPaths(tmp_path / "none")).write(replace(record, name="two", elapsed_s=0.0))
    assert "known after the first run" in dry.tell([PlannedVariant("one", "", config)])[-1]


def test_result_directories_are_named_where_they_differ(tmp_path: Path) -> None:
    run = Config().run
    configs = [replace(Config(), run=replace(run, results=str(tmp_path / x))) for x in "ab"]
    dry = DryRun(Process(LinesOnStderr(), CachePaths(tmp_path / "cache")))
    lines = dry.tell([PlannedVariant("defaults", "", config) for config in configs])
    assert {line.partition("defaults")[2] for line in lines[1:3]} == {
        f"  in {tmp_path / 'a'}  0 of 1 trial done",
        f"  in {tmp_path / 'b'}  0 of 1 trial done",
    }


def test_what_has_no_base_says_nothing_about_how_long_the_others_take() -> None:
    unknown, took = Pending(None, None), Pending(30.0, 10**9)
    assert forecast([NEVER_BEGUN, unknown]) == (
        "2 trials; how long that takes is known after the first run"
    )
    assert forecast([NEVER_BEGUN, unknown], usual=took) == (
        "2 trials, about 36 seconds and 1.00 GB of images (1 of them never measured here)"
    )
    assert forecast([NEVER_BEGUN, took, unknown]) == (
        "3 trials, about 66 seconds and 2.00 GB of images (1 of them never measured here)"
    )
    assert forecast([NEVER_BEGUN]) == "1 trial"
    assert forecast([Pending(0.2, 10**6)]) == "1 trial, about 6 seconds and 1.0 MB of images"


def test_packages_that_were_not_fetched_take_a_build_more(tmp_path: Path) -> None:
    """Once for each variant: the untimed build that is made before its first timed one."""
    (record,) = path_records(1)
    cached = replace(record.provenance, network="cached")
    record = replace(record, name="one", elapsed_s=60.0, provenance=cached)
    RecordStore(ResultPaths(tmp_path)).write(record)
    run = replace(Config().run, results=str(tmp_path), trials=3, fresh=True)
    planned = [PlannedVariant("one", "", replace(Config(), run=run))]
    cache = CachePaths(tmp_path / "cache")

    def total() -> str:
        return DryRun(Process(LinesOnStderr(), cache)).tell(planned)[-1]

    (cold,) = (timed for timed in record.scenarios if timed.name == "cold")
    assert cold.duration_s == 187.2
    assert total().startswith("3 builds: 3 trials, about 6 minutes and ")
    assert forecast([Pending(60.0, None, untimed_s=187.2)] + 2 * [Pending(60.0, None)]) == (
        "3 trials, about 6 minutes"
    )
    Warmed.of(cache).add(record.variant_id, record.base.digest)
    assert total().startswith("3 builds: 3 trials, about 3 minutes and ")


def test_variants_of_the_same_keys_stand_in_columns() -> None:
    assert in_columns(["base=slim cache=keep", "base=alpine cache=purge"]) == [
        "base=slim    cache=keep ",
        "base=alpine  cache=purge",
    ]
    assert in_columns(["base=slim", "cache=keep stages=multi"]) == [
        "base=slim              ",
        "cache=keep stages=multi",
    ]
    assert in_columns(["as_found", "purged"]) == ["as_found", "purged  "]
    assert in_columns(["name=a b", "name=c"]) == ["name=a b", "name=c  "]
