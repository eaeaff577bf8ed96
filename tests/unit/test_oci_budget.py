"""Each limit on an image is named where it is passed, with what the image has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.model.entries import Limits
from runner.oci.budget import FREE_BYTES, Budget
from runner.oci.damage import LimitError

LIMITS = Limits(
    entries=10, layers=3, unpacked_bytes=100, path_bytes=20, names_bytes=30, json_bytes=50,
    kept_bytes=40, header_bytes=8, history=2, history_bytes=9, ratio=10,
)  # fmt: skip


def names(budget: Budget) -> None:
    budget.take_name(20)
    budget.take_name(11)


@pytest.mark.parametrize(
    ("take", "said"),
    [
        (lambda budget: budget.take_entries(11), "`entries` of 10;"),
        (lambda budget: budget.take_layers(4), "`layers` of 3 (the image has 4);"),
        (lambda budget: budget.take_history(["", "", ""]),
         "`history` of 2 (the image's has 3 entries);"),
        (lambda budget: budget.take_history(["12345", "12345"]),
         "`history_bytes` of 9 (the history has 10);"),
        (lambda budget: budget.take_unpacked(101), "`unpacked_bytes` of 100;"),
        (lambda budget: budget.check_ratio(FREE_BYTES + 1, 7),
         f"`ratio` of 10 (7 bytes hold more than {FREE_BYTES + 1} bytes);"),
        (lambda budget: budget.check_header(9, "a header of 9"),
         "`header_bytes` of 8 (a header of 9);"),
        (lambda budget: budget.take_name(21), "`path_bytes` of 20 (a name has 21);"),
        (names, "`names_bytes` of 30;"),
        (lambda budget: budget.take_kept(41), "`kept_bytes` of 40;"),
        (lambda budget: budget.take_document(51), "`json_bytes` of 50;"),
    ],
)  # fmt: skip
def test_a_limit_is_named_with_its_number(take: Callable[[Budget], None], said: str) -> None:
    with pytest.raises(LimitError) as caught:
        take(Budget(LIMITS))
    assert f"limit {said}" in caught.value.told("")


def test_what_is_just_within_every_limit_is_read() -> None:
    budget = Budget(LIMITS)
    budget.take_entries(10)
    budget.take_layers(3)
    budget.take_history(["12345", "1234"])
    budget.take_unpacked(100)
    budget.check_ratio(FREE_BYTES, 0)
    budget.check_header(8, "")
    budget.take_kept(40)
    budget.take_document(50)
    budget.take_name(20)
    budget.take_name(10)
