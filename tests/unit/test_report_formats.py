"""Numbers as people read them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report import formats

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


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


def read_back(text: str) -> float:
    """What a formatted size says, in bytes."""
    number, unit = text.split(" ")
    return float(number) * UNITS[unit]


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_larger_size_never_reads_as_a_smaller_one(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert read_back(formats.size(small)) <= read_back(formats.size(large))


@given(st.integers(1, 10**14))
def test_a_size_reads_back_within_half_of_its_last_digit(amount_bytes: int) -> None:
    assert read_back(formats.size(amount_bytes)) == pytest.approx(amount_bytes, rel=0.051)


@given(st.floats(0, 10**6), st.floats(0, 10**6))
def test_longer_times_and_larger_factors_never_read_as_less(one: float, other: float) -> None:
    small, large = sorted((one, other))
    seconds = [in_seconds(formats.duration(value)) for value in (small, large)]
    assert seconds == sorted(seconds)
    ratios = [float(formats.factor(value)[:-1]) for value in (small, large)]
    assert ratios == sorted(ratios)


def in_seconds(text: str) -> float:
    """What a formatted duration says."""
    parts = re.findall(r"([\d.]+) (h|min|s)", text)
    return sum(float(number) * {"h": 3600, "min": 60, "s": 1}[unit] for number, unit in parts)
