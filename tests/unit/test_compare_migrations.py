"""The plain Dockerfile of Django runs the migrations where its database has no tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.compare.migrations import with_migrations
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.model.record import Failure

TEXT = 'FROM python:3.11\nCOPY . .\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", "a b:app"]\n'
PLAIN = OwnDockerfile("plain python", Dockerfile(TEXT), "", plain=True)
TABLE = Failure(
    "check: GET /", "not healthy within 60 s: OperationalError at / no such table: blog_post", None
)
PATHS = ("manage.py", "shop/settings.py")


def test_they_come_before_the_server_which_keeps_the_signals() -> None:
    (found,), said = with_migrations([PLAIN], [TABLE], PATHS)
    assert found.dockerfile.text == TEXT.replace(
        '["gunicorn", "--bind", "0.0.0.0:8000", "a b:app"]',
        '["sh", "-c", "python manage.py migrate --noinput && exec gunicorn --bind 0.0.0.0:8000'
        " 'a b:app'\"]",
    )
    assert said == [
        "`python manage.py migrate --noinput` before what it starts: its database has no tables"
    ]
    assert with_migrations([found], [TABLE], PATHS) == ([found], [])


def test_of_a_project_in_a_directory_too() -> None:
    below = replace(PLAIN, context="api")
    assert with_migrations([below], [TABLE], ("api/manage.py",))[1]
    assert not with_migrations([below], [TABLE], PATHS)[1]


@pytest.mark.parametrize(
    ("own", "failure", "paths"),
    [
        (replace(PLAIN, plain=False), TABLE, PATHS),
        (PLAIN, replace(TABLE, step="[3/4] RUN python manage.py collectstatic"), PATHS),
        (PLAIN, replace(TABLE, message="it answered with status 500"), PATHS),
        (PLAIN, TABLE, ("app.py",)),
    ],
)
def test_else_nothing_changes(own: OwnDockerfile, failure: Failure, paths: tuple[str, ...]) -> None:
    assert with_migrations([own], [failure], paths) == ([own], [])
