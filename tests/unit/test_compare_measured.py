"""Which alternatives are measured, in which order, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from runner.compare import alternatives as module
from runner.compare.alternatives import Alternatives
from runner.compare.budget import Budget
from runner.model.paths import ResultPaths
from runner.model.record import Failure, Record, Status
from runner.store.records import RecordStore
from runner.sweep.process import Process
from runner.sweep.session import Session
from tests.property.played_sweep import Heard
from tests.unit.records import ENGINE, failing, record

SOURCES = {"D+a": "D", "D+b": "D", "E+a": "E"}


@dataclass
class Played:
    """Alternatives whose trials take what `takes_s` says, on a clock of their own."""

    folder: Path
    takes_s: dict[str, float]
    fails: set[str] = field(default_factory=set)
    baseless: set[str] = field(default_factory=set)
    waits_s: float = 0.0
    now_s: float = 0.0
    ran: list[tuple[str, int]] = field(default_factory=list)
    early: list[bool] = field(default_factory=list)
    """Whether each trial was to say its size at once."""
    heard: Heard = field(default_factory=Heard)

    def clock(self) -> float:
        return self.now_s

    def measure(
        self,
        item: Any,
        _: Any,
        process: Process,
        trial: int,
        inside: AbstractContextManager[object],
    ) -> Record:
        name = item.variant.name
        process.begin("compare")
        self.now_s += self.waits_s
        with inside:
            self.now_s += self.takes_s[name]
        self.ran.append((name, trial))
        self.early.append(process.tells_early)
        found = replace(record(name, trial=trial), elapsed_s=self.takes_s[name])
        return failing(found) if name in self.fails else found

    def run(self, limit_s: float, trials: int = 1, further: Sequence[str] = ()) -> Alternatives:
        found = self.made(list(self.takes_s), limit_s, trials, further)
        found.measure()
        return found

    def made(
        self, names: list[str], limit_s: float, trials: int = 1, further: Sequence[str] = ()
    ) -> Alternatives:
        run = SimpleNamespace(seed=0, shuffle=True)
        variants = [
            SimpleNamespace(
                variant=SimpleNamespace(name=name),
                variant_id=record(name).variant_id,
                end=object() if name in self.baseless else None,
                results=ResultPaths(self.folder),
                planned=SimpleNamespace(config=SimpleNamespace(run=run)),
            )
            for name in names
        ]
        process = SimpleNamespace(
            progress=self.heard,
            reference=None,
            expected_s=[],
            begin=lambda _: None,
            tells_early=False,
        )
        process.skip = lambda: None
        return Alternatives(
            cast(Any, variants),
            SOURCES,
            cast(Session, SimpleNamespace(info=ENGINE)),
            cast(Process, process),
            Budget(limit_s, self.clock),
            ["D", "E"],
            trials,
            further,
        )


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def played(takes_s: dict[str, float], **more: Any) -> Played:
        found = Played(tmp_path, takes_s, **more)
        monkeypatch.setattr(module, "measure", found.measure)
        monkeypatch.setattr(module, "is_done", lambda *_: False)
        return found

    return played


def test_what_should_not_fit_by_its_source_is_not_begun_and_is_named(play: Any) -> None:
    played = play({"D": 30.0, "D+a": 30.0, "D+b": 30.0})
    found = played.run(60)
    assert [name for name, _ in played.ran] == ["D", "D+a"]
    assert found.late == ["D+b"]
    said = "1 of 3 alternatives are not measured (D+b): --budget is over; the same command goes on"
    assert said in played.heard.notes[-1]


def test_the_first_source_is_measured_before_the_rest_is_made_and_once(play: Any) -> None:
    played = play({"E": 1.0, "D": 1.0, "D+a": 1.0}, baseless={"E"})
    found = played.made(["E", "D"], 60, trials=2)
    found.begin()
    assert played.ran == [("D", 0)], "the first that has its base"
    every = played.made(["E", "D", "D+a"], 60).variants
    found.extend(every, SOURCES, ["D", "E"])
    found.measure()
    assert played.ran[1:3] == [("E", 0), ("D+a", 0)]
    assert sorted(played.ran[3:]) == [("D", 1), ("D+a", 1), ("E", 1)]
    assert played.early == [True, *[False] * 5], "only the first says its size at once"
    assert found.reference(every[2]).name == "D"
    assert not [note for note in played.heard.notes if "before" in note]


def test_what_is_known_to_take_longer_is_passed_over_for_something_quicker(play: Any) -> None:
    played = play({"D": 10.0, "D+a": 500.0, "D+b": 10.0})
    RecordStore(ResultPaths(played.folder)).write(replace(record("D+a"), elapsed_s=500.0))
    played.run(60)
    assert [name for name, _ in played.ran] == ["D", "D+b"]
    assert "(D+a): --budget has 40 seconds left, and they need longer" in played.heard.notes[-1]


def test_waiting_for_others_is_told_and_costs_nothing(play: Any) -> None:
    played = play({"D": 10.0, "D+a": 10.0}, waits_s=600.0)
    found = played.run(60)
    assert found.late == []
    assert found.budget.spent_s == 20
    assert "waited 20 minutes for other trials on this engine, which --budget does not count" in (
        played.heard.notes
    )


def test_edits_of_what_fails_are_not_built(play: Any) -> None:
    played = play({"D": 1.0, "E": 1.0, "D+a": 1.0, "E+a": 1.0}, fails={"E"})
    found = played.run(60)
    assert [name for name, _ in played.ran] == ["D", "E", "D+a"]
    assert found.late == []


def test_each_is_repeated_in_blocks_and_what_failed_is_not(play: Any) -> None:
    played = play({"D": 1.0, "D+a": 1.0, "D+b": 1.0}, fails={"D+a"})
    played.run(60, trials=3)
    assert played.ran[:3] == [("D", 0), ("D+a", 0), ("D+b", 0)]
    for trial in (1, 2):
        block = sorted(name for name, number in played.ran if number == trial)
        assert block == ["D", "D+b"]
    assert [trial for _, trial in played.ran] == [0, 0, 0, 1, 1, 2, 2]


def test_the_second_that_passes_may_take_as_long_again_since_a_choice_waits_for_it(
    play: Any,
) -> None:
    played = play({"D": 50.0, "D+a": 50.0, "D+b": 50.0})
    assert played.run(60).late == ["D+b"]
    assert [name for name, _ in played.ran] == ["D", "D+a"]
    long = play({"D": 70.0, "D+a": 70.0})
    assert long.run(60).late == ["D+a"], "longer than a whole budget is too long"


def test_a_further_dockerfile_is_built_only_where_twice_the_time_of_the_first_is_left(
    play: Any,
) -> None:
    takes_s = {"D": 20.0, "D+a": 15.0, "E": 50.0, "D+b": 10.0, "E+a": 50.0}
    short = play(takes_s)
    found = short.run(74, further=["E"])
    assert [name for name, _ in short.ran] == ["D", "D+a", "D+b"]
    assert found.late == ["E", "E+a"], "edits of what there was no time for are not begun"
    assert short.heard.notes[-1] == (
        "E has no record: the edits of another come first, and left too little time;"
        " --dockerfile E has it built before them, a larger --budget behind them"
    )
    long = play(takes_s)
    assert long.run(180, further=["E"]).late == []
    assert [name for name, _ in long.ran] == list(takes_s)


def test_what_a_further_dockerfile_took_before_tells_more_than_the_first_one(play: Any) -> None:
    played = play({"D": 20.0, "D+a": 20.0, "E": 30.0})
    RecordStore(ResultPaths(played.folder)).write(replace(record("E"), elapsed_s=30.0))
    assert played.run(72, further=["E"]).late == []
    played = play({"D": 20.0, "D+a": 20.0, "E": 30.0})
    assert played.run(69, further=["E"]).late == ["E"]


def test_a_further_dockerfile_comes_at_once_where_nothing_before_it_passed(play: Any) -> None:
    played = play({"D": 40.0, "D+a": 40.0, "E": 10.0, "E+a": 10.0}, fails={"D"})
    assert played.run(61, further=["E"]).late == []
    assert [name for name, _ in played.ran] == ["D", "E", "E+a"]
    over = play({"D": 70.0, "E": 10.0}, fails={"D"})
    assert over.run(60, further=["E"]).late == ["E"]
    assert not [note for note in over.heard.notes if "edits of another" in note]
    alone = play({"D": 40.0, "D+a": 40.0, "E": 10.0}, fails={"D+a"})
    assert alone.run(90, further=["E"]).late == [], "a choice waits for it"


def test_dockerfiles_that_fail_say_at_which_step(play: Any) -> None:
    found = play({"D": 1.0, "E": 1.0}, fails={"D", "E"}).run(60)
    assert not found.none_builds(), "they were built, and failed their checks"
    assert len(found.failed_checks()) == 2
    found.records = {
        name: replace(item, status=Status.build_failed) for name, item in found.records.items()
    }
    assert found.none_builds()
    library = Failure("check: start", "exited", 1, ("Error loading shared library libgcc_s.so.1",))
    found.records["D"] = replace(failing(record("D")), failure=library)
    assert found.none_builds(), "another base may have the library"
    found.records["E"] = replace(failing(record("E")), status=Status.base_failed)
    assert found.none_builds(), "another base may be had"
    mixed = play({"D": 1.0, "E": 1.0}, fails={"D"}).run(60)
    assert not mixed.none_builds()
    assert mixed.failed_checks() == {}
