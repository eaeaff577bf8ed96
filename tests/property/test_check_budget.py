"""Budgets: any text is a size or an error that we raise."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from runner.analysis.amounts import parse_size
from runner.model.errors import ConfigError


@given(st.text(max_size=12))
def test_any_text_is_a_size_or_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert parse_size("key", text) >= 0
