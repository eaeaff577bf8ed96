"""Both ways of looking through layers: compiled, and in Python where that was not built."""

from __future__ import annotations

import pytest

from runner.image.readers import native

COMPILED = pytest.param(
    True, id="compiled", marks=pytest.mark.skipif(not native.COMPILED, reason="was not built here")
)
BOTH = [COMPILED, pytest.param(False, id="in Python")]


def look_in(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    """Look through layers in this way."""
    monkeypatch.setattr(native, "COMPILED", compiled)
