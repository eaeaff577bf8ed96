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
