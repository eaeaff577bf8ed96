"""The variable with which a service listens for all, where its check saw it listen for itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.compare.open_host import with_open_host
from runner.model.project import Project
from runner.model.record import Failure

INSIDE = Failure(
    "check: connect",
    "listens on 127.0.0.1:3000 only, which nothing outside of the container reaches; bind 0.0.0.0",
)


def told(text: str, path: str = "src/main.ts", failure: Failure = INSIDE) -> dict[str, str]:
    project, said = with_open_host(Project(name="shop"), [failure], {path: text}, ())
    assert bool(said) == bool(project.check.environment)
    return dict(project.check.environment)


@pytest.mark.parametrize(
    ("text", "path", "environment"),
    [
        ('const host = ("RENDER" in process.env) ? `0.0.0.0` : `localhost`;', "server.js",
         {"RENDER": "1"}),
        ("process.env.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1'", "a.mjs",
         {"NODE_ENV": "production"}),
        ("host: process.env.HOST || 'localhost'", "a.ts", {"HOST": "0.0.0.0"}),
        ("host = os.getenv('APP_HOST', '127.0.0.1')", "a.py", {"APP_HOST": "0.0.0.0"}),
        ("host = '0.0.0.0' if os.environ.get('DOCKER') else 'localhost'", "a.py", {"DOCKER": "1"}),
        ("host: process.env.DB_HOST || 'localhost'", "a.ts", {}),
        ("host: process.env.HOST || 'localhost'", "test/a.ts", {}),
        ("host: process.env.HOST || 'localhost'", "README.md", {}),
        ("app.listen(3000, 'localhost')", "a.js", {}),
    ],
)  # fmt: skip
def test_the_sources_say_it(text: str, path: str, environment: dict[str, str]) -> None:
    assert told(text, path) == environment


def test_what_the_image_or_the_owner_sets_stays() -> None:
    texts = {"a.ts": "host: process.env.HOST || 'localhost'"}
    project = Project(name="shop")
    assert with_open_host(project, [INSIDE], texts, ("HOST",)) == (project, [])
    check = replace(project.check, environment={"HOST": "::1"})
    project = replace(project, check=check)
    assert with_open_host(project, [INSIDE], texts, ()) == (project, [])


def test_a_service_that_does_not_listen_at_all_is_told_nothing() -> None:
    other = Failure("check: GET /", "not healthy within 60 s: it listens on no port")
    assert told("process.env.HOST || 'localhost'", "a.js", other) == {}
