"""Numbers as people read them: none reads as less than a smaller one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.report import formats

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


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
