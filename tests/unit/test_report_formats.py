"""Numbers as people read them."""

from __future__ import annotations

import pytest

from runner.report import formats


@pytest.mark.parametrize(
    ("amount_bytes", "text"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_040, "12.0 kB"),
        (999_949, "999.9 kB"), (999_950, "1.0 MB"), (155_700_000, "155.7 MB"),
        (999_960_000, "1.00 GB"), (2_193_400_000, "2.19 GB"), (-12_000_000, "−12.0 MB"),
        (None, "–"),
    ],
)  # fmt: skip
def test_sizes(amount_bytes: int | None, text: str) -> None:
    assert formats.size(amount_bytes) == text


@pytest.mark.parametrize(
    ("amount_s", "text"),
    [
        (0.84, "0.8 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"), (187.2, "3 min 07 s"),
        (3599.7, "1 h 00 min"), (7325.0, "2 h 02 min"), (None, "–"),
    ],
)  # fmt: skip
def test_durations(amount_s: float | None, text: str) -> None:
    assert formats.duration(amount_s) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1.0, "1.00×"), (9.996, "10.0×"), (21.94, "21.9×"), (99.96, "100×"), (None, "–")],
)
def test_factors(ratio: float | None, text: str) -> None:
    assert formats.factor(ratio) == text
