"""A health path that was guessed, and that the service does not know."""

from __future__ import annotations

import pytest

from runner.compare.missed_health import with_root_asked
from runner.model.project import Check, Project, Proof
from runner.model.record import Failure

SHOP = Project(name="shop", check=Check(health_path="/health"))
NOT_FOUND = "not healthy within 60 s: it answered with status {}: 404 Not Found"


def failed(status: int, path: str = "/health") -> list[Failure]:
    return [Failure(f"check: GET {path}", NOT_FOUND.format(status), None, ())]


@pytest.mark.parametrize("status", [301, 302, 308, 401, 404, 405])
def test_a_service_that_does_not_know_it_is_asked_at_its_root(status: int) -> None:
    told, said = with_root_asked(SHOP, failed(status), is_said=False)
    assert (told.check.health_path, told.check.healthy_below) == ("/", 500)
    assert said == [
        f"health GET /: it answers GET /health, which is in its sources, with status {status}"
    ]
    assert with_root_asked(told, failed(status, "/"), is_said=False) == (told, [])


@pytest.mark.parametrize(
    ("project", "failures", "is_said"),
    [
        (SHOP, failed(404), True),
        (SHOP, failed(503), False),
        (SHOP, failed(404, "/other"), False),
        (SHOP, [], False),
        (
            Project(name="shop", check=Check(health_path="/up", proof=Proof.port)),
            failed(404),
            False,
        ),
    ],
)
def test_else_it_stays_as_it_is(project: Project, failures: list[Failure], is_said: bool) -> None:
    assert with_root_asked(project, failures, is_said) == (project, [])
