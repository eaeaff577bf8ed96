"""Deadlines: what is left of the time is what anything may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import docker

from runner.engine.docker.client import LEAST_S, LimitedClient
from runner.engine.docker.engine import DockerEngine
from runner.model.deadline import Deadline


def test_a_limit_gets_shorter_as_the_deadline_comes_nearer() -> None:
    assert Deadline.after(100).limit_s(30) == 30
    assert 0 < Deadline.after(10).limit_s(30) <= 10
    assert Deadline.after(-1).limit_s(30) == 0
    assert Deadline.after(-1).limit_s(30, least_s=5) == 5
    assert Deadline.after(-1).is_over
    assert not Deadline.after(1).is_over


@dataclass
class FakeDocker:
    api: LimitedClient = field(default_factory=lambda: LimitedClient(version="1.41", timeout=600))


def test_calls_are_bounded_inside_of_a_block_alone() -> None:
    fake = FakeDocker()
    engine, api = DockerEngine(cast("docker.DockerClient", fake), "unix:///nowhere"), fake.api
    assert api.timeout == 600
    with engine.bounded(Deadline.after(12)):
        assert api.timeout == 12
        with engine.bounded(Deadline.after(1000), call_limit_s=300):
            assert api.timeout == 300
        assert api.timeout == 12
    with engine.bounded(Deadline.after(1000)):
        assert api.timeout == 30
    with engine.bounded(Deadline.after(-5)):
        assert api.timeout == LEAST_S
    assert api.timeout == 600
