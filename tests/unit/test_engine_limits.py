"""How long an engine may be silent: a minute, and as long as a slow disk takes for many bytes."""

from __future__ import annotations

from pathlib import Path

from runner.engine.defaults import CALL_TIMEOUT_S, moving_timeout_s
from runner.engine.docker.client import LimitedClient
from tests.unit.test_bases_choice import FakeEngine


def test_no_call_waits_for_minutes_unless_it_moves_much() -> None:
    assert CALL_TIMEOUT_S <= 60
    assert moving_timeout_s(0) == CALL_TIMEOUT_S
    assert moving_timeout_s(2.3e9) == CALL_TIMEOUT_S + 230


def test_patience_ends_with_its_block() -> None:
    engine = FakeEngine()
    usual = engine.client.api.timeout
    with engine.patient(0.4):
        assert engine.client.api.timeout == 1
    assert engine.client.api.timeout == usual


def test_a_client_that_was_opened_has_the_usual_limit(tmp_path: Path) -> None:
    client = LimitedClient(base_url=f"unix://{tmp_path}/none", version="1.41", timeout=5)
    client.timeout = CALL_TIMEOUT_S
    assert client.timeout == CALL_TIMEOUT_S
