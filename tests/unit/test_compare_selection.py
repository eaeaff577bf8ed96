"""Which alternatives `--only` leaves."""

from __future__ import annotations

import pytest

from runner.compare.selection import selected
from runner.model.errors import ConfigError

NAMES = ("Dockerfile", "Dockerfile+together_multi", "Dockerfile+base=slim", "slim", "alpine")


@pytest.mark.parametrize(
    ("only", "left"),
    [
        ((), NAMES),
        (("together_multi",), ("Dockerfile", "Dockerfile+together_multi")),
        (("slim", "base=slim"), ("Dockerfile", "Dockerfile+base=slim", "slim")),
        (("Dockerfile+base=slim",), ("Dockerfile", "Dockerfile+base=slim")),
        (("Dockerfile",), ("Dockerfile",)),
    ],
)
def test_the_sources_and_what_is_named(only: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert selected(NAMES, {"Dockerfile"}, only) == {*left}


def test_a_name_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"--only multi: .* there are together_multi, base=slim"):
        selected(NAMES, {"Dockerfile"}, ("slim", "multi"))


@pytest.mark.parametrize("asked", ["base=alpine", "Dockerfile+base=alpine"])
def test_a_name_that_is_left_out_is_told_with_the_reason(asked: str) -> None:
    why = {"Dockerfile+base=alpine": "no registry answers for it", "cache=purge": "no cache"}
    with pytest.raises(
        ConfigError, match=r"^--only \S+ is left out: no registry answers for it; there are tog"
    ):
        selected(NAMES, {"Dockerfile"}, (asked,), why)
    with pytest.raises(ConfigError, match="--only cache=purge is left out: no cache"):
        selected(NAMES, {"Dockerfile"}, ("cache=purge",), why)
