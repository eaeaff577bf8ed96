"""The budget of a comparison: what fits, what is ended, and that waiting for others is free."""

from __future__ import annotations

import argparse
import signal
import time
from dataclasses import dataclass

import pytest

from runner.cli.compare import budget_s
from runner.compare.budget import OVERTIME, Budget, BudgetOverError
from runner.model.record import Status
from runner.trial.findings import Found
from runner.trial.outcome import difference, outcome


@dataclass
class Clock:
    """A clock that a test moves on."""

    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_only_what_should_fit_is_begun() -> None:
    budget = Budget(60, Clock())
    assert budget.fits(None)
    assert budget.fits(60)
    assert not budget.fits(61)


def test_a_trial_is_counted_from_when_it_has_the_engine() -> None:
    clock = Clock()
    budget = Budget(60, clock)
    budget.ask()
    clock.now_s += 1000
    with budget.trial():
        clock.now_s += 20
    assert (budget.waited_s, budget.spent_s, budget.left_s) == (1000, 20, 40)
    assert not budget.fits(41)
    budget.ask()
    with budget.trial():
        clock.now_s += 40
    assert not budget.fits(None), "it is over"


def test_a_trial_that_runs_over_is_ended_and_one_that_is_not_bounded_goes_on() -> None:
    begun_s, limit_s = time.monotonic(), 0.2
    budget = Budget(limit_s)
    budget.ask()
    with budget.trial(bounded=False):
        time.sleep(0.3)
    assert budget.left_s < 0
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(BudgetOverError), Budget(limit_s).trial():
        time.sleep(30)
    assert time.monotonic() - begun_s >= 0.3 + limit_s * (1 + OVERTIME)
    assert time.monotonic() - begun_s < 20
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_trial_that_a_choice_waits_for_has_a_whole_budget_more() -> None:
    clock = Clock()
    budget = Budget(60, clock)
    assert budget.may_double(120)
    assert not budget.may_double(121)
    with budget.trial():
        clock.now_s += 500
    assert budget.may_double(60), "however far the first went beyond it"
    assert not budget.may_double(61)


def test_all_that_a_choice_waits_for_have_one_budget_more_together() -> None:
    clock = Clock()
    budget = Budget(60, clock)
    with budget.trial(bounded=False):
        clock.now_s += 50
    for seconds, more_s in ((30, 40), (30, 10)):  # of the first, ten seconds are of the budget
        assert budget.may_double(None)
        with budget.trial(overtime=1.0):
            clock.now_s += seconds
        assert budget.more_s == more_s
    assert budget.may_double(10)
    assert not budget.may_double(11)
    with budget.trial(overtime=1.0):
        clock.now_s += 10
    assert not budget.may_double(None)


@pytest.mark.parametrize(("text", "expected_s"), [("90s", 90), ("1.5m", 90), ("2h", 7200)])
def test_a_budget_is_a_number_with_its_unit(text: str, expected_s: float) -> None:
    assert budget_s(text) == expected_s


@pytest.mark.parametrize("text", ["abc", "", "0s", "-5m", "infs", "nanm", "10", "1e3s", "5d"])
def test_what_is_no_time_is_told_with_what_would_be(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"is not a time: .* 90s, 20m or 1h"):
        budget_s(text)


def test_what_a_trial_came_to_is_told_in_a_few_words() -> None:
    assert outcome(Found(status=Status.check_failed)) == "check failed"
    assert difference(-19_900_000, "Dockerfile") == "19.9 MB smaller than Dockerfile"
    assert difference(1_000, "Dockerfile") == "1.0 kB larger than Dockerfile"
    assert difference(0, "Dockerfile") == "as large as Dockerfile"
