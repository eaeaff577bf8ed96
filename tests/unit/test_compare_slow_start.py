"""What makes a service start slowly, each cause alone: it is not recommended without a line on it.

Without bytecode each module is compiled at every start; out of a zipped library each is unpacked.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from runner.cli.verdict import verdict
from runner.compare.offers import Compared, Offer
from runner.model.paths import ResultPaths
from runner.model.record import CheckRecord, Record
from runner.report.recommendation import Verdict, headline, reasons, recommendation_markdown
from tests.unit.records import record

CAUSES = [("bytecode", "none"), ("prune", "zipped")]
"""The second is a level of a user's own that ships: of ours, what zips the library never does."""
QUICK_S, SLOW_S = 1.25, 2.5
FILES = {"Dockerfile": "FROM a\nRUN b\n"}


def offer(name: str, **changed: str) -> Offer:
    own = not changed
    found = Offer(
        name, f"about {name}", record(name).variant_id, changed, own, True, ".", FILES, name
    )
    return replace(found, improvement=not own)


def measured(offered: Offer, own_mb: float, healthy_s: float) -> Record:
    made = record(offered.name, own_mb=own_mb, changed=dict(offered.changed))
    return replace(made, check=CheckRecord(healthy_s, "none", "sha256:" + "a" * 64))


def judged(*pairs: tuple[Offer, Record]) -> Verdict:
    understood: Any = SimpleNamespace(
        project=SimpleNamespace(name="shop"),
        evidence=(),
        listing=SimpleNamespace(paths=frozenset({"Dockerfile"}), texts={}),
    )
    offers = [one for one, _ in pairs]
    records = [one for _, one in pairs]
    return verdict(Compared(cast(Any, understood), ResultPaths(Path("results")), offers, records))


@pytest.mark.parametrize(("factor", "level"), CAUSES)
def test_beside_another_alternative_the_doubled_start_is_said_first(
    factor: str, level: str
) -> None:
    slim, slow = offer("slim", base="slim"), offer("less", base="slim", **{factor: level})
    found = judged((slim, measured(slim, 60, QUICK_S)), (slow, measured(slow, 40, SLOW_S)))

    assert headline(found).startswith("less: ")
    assert headline(found).endswith("healthy after 2.5 s")
    assert reasons(found)[0] == (
        "less starts slowly: 2.5 s to its first healthy answer, slim 1.2 s (20.0 MB larger);"
        f" what differs: {factor}={level}"
    )
    page = recommendation_markdown(found, "")
    assert page.index("less starts slowly") < page.index("Step by step")


@pytest.mark.parametrize(("factor", "level"), CAUSES)
def test_beside_the_projects_own_it_is_not_taken_and_its_row_says_why(
    factor: str, level: str
) -> None:
    own, slow = offer("Dockerfile"), offer("less", **{factor: level})
    kept = offer("slim", base="slim")
    found = judged(
        (own, measured(own, 90, QUICK_S)),
        (slow, measured(slow, 40, SLOW_S)),
        (kept, measured(kept, 60, QUICK_S)),
    )

    assert headline(found).startswith("slim: ")
    [said] = [line for line in reasons(found) if line.startswith("less: ")]
    assert said == (
        "less: 20.0 MB smaller, but it starts slowly beside the project's own: 2.5 s to a healthy"
        " answer"
    )


def test_a_double_start_of_less_than_a_second_more_is_taken_and_said() -> None:
    """Other work on the machine makes up as much: it is no reason to leave bytes where they are."""
    own, less = offer("Dockerfile"), offer("less", bytecode="none")
    found = judged((own, measured(own, 90, 0.3)), (less, measured(less, 40, 1.2)))

    assert headline(found).startswith("less: ")
    assert reasons(found)[0].startswith("less starts slowly: 1.2 s to its first healthy answer")


@pytest.mark.parametrize(("factor", "level"), CAUSES)
def test_that_the_quicker_one_cannot_be_taken_keeps_nobody_from_saying_it(
    factor: str, level: str
) -> None:
    """The only other alternative gives up the user of the project's own image."""
    slim, slow = offer("slim", base="slim"), offer("less", base="slim", **{factor: level})
    slim = replace(slim, losses=(SimpleNamespace(what="its user", text="runs as root"),))  # type: ignore[arg-type]
    found = judged((slim, measured(slim, 60, QUICK_S)), (slow, measured(slow, 40, SLOW_S)))

    assert f"what differs: {factor}={level}" in reasons(found)[0]


@pytest.mark.parametrize(("factor", "level"), CAUSES)
def test_below_double_there_is_no_such_line(factor: str, level: str) -> None:
    slim, slow = offer("slim", base="slim"), offer("less", base="slim", **{factor: level})
    found = judged((slim, measured(slim, 60, QUICK_S)), (slow, measured(slow, 40, SLOW_S - 0.1)))

    assert not [line for line in reasons(found) if "starts slowly" in line]


@pytest.mark.parametrize("has_own", [True, False])
def test_another_dockerfile_in_the_place_of_an_own_one_is_not_taken(has_own: bool) -> None:
    own = replace(offer("Dockerfile"), own=has_own, plain=not has_own)
    slim, root = offer("slim", base="slim"), offer("own_root", prune="trimmed")
    root = replace(root, improvement=False)
    found = judged(
        *((one, measured(one, size, 1.0)) for one, size in ((own, 90), (slim, 60), (root, 20)))
    )
    assert found.recommendation.chosen.name == ("slim" if has_own else "own_root")
    said = " ".join(reasons(found))
    assert ("smaller: no edit of the project's own Dockerfile" in said) == has_own
