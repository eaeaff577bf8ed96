"""An image in which the project's own HEALTHCHECK fails is not recommended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.model.record import Record
from runner.report.recommendation import reasons
from runner.trial.healthcheck import PASSED
from tests.unit.test_compare_slow_start import judged, measured, offer

FAILS = "exit code 127"


def checked(found: Record, healthcheck: str) -> Record:
    assert found.check is not None
    return replace(found, check=replace(found.check, healthcheck=healthcheck))


@pytest.mark.parametrize(
    ("before", "after", "taken"),
    [
        (PASSED, FAILS, "own"),
        (PASSED, PASSED, "slim"),
        (FAILS, FAILS, "slim"),
        ("", "", "slim"),
        (PASSED, "", "slim"),
    ],
)
def test_what_is_taken(before: str, after: str, taken: str) -> None:
    own, slim = offer("own"), replace(offer("slim", base="slim"), beside="own")
    found = judged(
        (own, checked(measured(own, 90, 1.0), before)),
        (slim, checked(measured(slim, 40, 1.0), after)),
    )
    assert found.recommendation.chosen.name == taken
    said = " ".join(reasons(found))
    assert ("gives up: HEALTHCHECK, which fails in it (exit code 127)" in said) == (taken == "own")
