"""The migrations of a plain Dockerfile, and what makes the tables in the container of a check."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.compare.migrations import with_migrations, with_tables_made
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing
from runner.model.project import Check, Project
from runner.model.record import Failure

TEXT = 'FROM python:3.11\nCOPY . .\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", "a b:app"]\n'
PLAIN = OwnDockerfile("plain python", Dockerfile(TEXT), "", plain=True)
TABLE = Failure(
    "check: GET /", "not healthy within 60 s: OperationalError at / no such table: blog_post", None
)
DJANGO = "from django.core.management import execute_from_command_line\n"
PATHS = Listing(("manage.py", "shop/settings.py"), {"manage.py": DJANGO})


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
    assert with_migrations(
        [below], [TABLE], Listing(("api/manage.py",), {"api/manage.py": DJANGO})
    )[1]
    assert not with_migrations([below], [TABLE], PATHS)[1]


@pytest.mark.parametrize(
    ("own", "failure", "paths"),
    [
        (replace(PLAIN, plain=False), TABLE, PATHS),
        (PLAIN, replace(TABLE, step="[3/4] RUN python manage.py collectstatic"), PATHS),
        (PLAIN, replace(TABLE, message="it answered with status 500"), PATHS),
        (PLAIN, TABLE, Listing(("app.py",))),
        (PLAIN, TABLE, Listing(("manage.py",), {"manage.py": "from flask import Flask\n"})),
    ],
)
def test_else_nothing_changes(own: OwnDockerfile, failure: Failure, paths: Listing) -> None:
    assert with_migrations([own], [failure], paths) == ([own], [])


def test_migrations_of_node_come_before_what_the_plain_dockerfile_starts() -> None:
    text = 'FROM node:22\nCOPY . .\nCMD ["node", "server.js"]\n'
    plain = OwnDockerfile("plain node", Dockerfile(text), "", plain=True)
    package = Listing(("package.json",), {"package.json": '{"scripts": {"db:migrate": "knex"}}'})
    (found,), _ = with_migrations([plain], [TABLE], package)
    command = '["sh", "-c", "npm run db:migrate && exec node server.js"]'
    assert found.dockerfile.text.endswith(f"CMD {command}\n")


MAKES = """\
cli = FlaskGroup(app)

@cli.command("create_db")
def create_db():
    db.drop_all()
    db.create_all()
    db.session.commit()

if __name__ == "__main__":
    cli()
"""
FLASK = Listing(("manage.py",), {"manage.py": MAKES})
SHOP = Project(name="shop")


def own(rest: str) -> OwnDockerfile:
    return OwnDockerfile("Dockerfile", Dockerfile(f"FROM python:3.11\n{rest}\n"), "")


def test_what_may_drop_tables_is_run_in_the_container_of_the_check_alone() -> None:
    assert with_migrations([PLAIN], [TABLE], FLASK) == ([PLAIN], [])
    told, said = with_tables_made(SHOP, [PLAIN], [TABLE], FLASK)
    start = "exec gunicorn --bind 0.0.0.0:8000 'a b:app'"
    assert told.check.command == ["sh", "-c", f"python manage.py create_db && {start}"]
    assert said == [
        "`python manage.py create_db` (manage.py) in the container of the check before what it"
        " starts, and in no image: its database has no tables"
    ]
    assert with_tables_made(told, [PLAIN], [TABLE], FLASK) == (told, [])


@pytest.mark.parametrize(
    ("rest", "command"),
    [
        ('ENTRYPOINT ["/srv/entrypoint.sh"]\nCMD ["gunicorn", "a:app"]', "exec gunicorn a:app"),
        ('ENTRYPOINT ["tini", "--"]\nCMD ["gunicorn", "a:app"]', "exec gunicorn a:app"),
        ("CMD gunicorn a:app", "exec /bin/sh -c 'gunicorn a:app'"),
    ],
)
def test_of_a_dockerfile_of_the_project_too(rest: str, command: str) -> None:
    told, _ = with_tables_made(SHOP, [own(rest)], [TABLE], FLASK)
    assert told.check.command == ["sh", "-c", f"python manage.py create_db && {command}"]


def test_what_a_compose_file_runs_comes_behind_it() -> None:
    composed = replace(SHOP, check=Check(command=["flask", "run"]))
    told, _ = with_tables_made(composed, [own('ENTRYPOINT ["/e.sh"]')], [TABLE], FLASK)
    assert told.check.command == ["sh", "-c", "python manage.py create_db && exec flask run"]


@pytest.mark.parametrize(
    "dockerfiles",
    [
        [own('ENTRYPOINT ["gunicorn"]\nCMD ["a:app"]')],
        [own("ENTRYPOINT gunicorn a:app")],
        [own("RUN true")],
        [own("CMD flask run"), own("CMD gunicorn a:app")],
        [],
    ],
    ids=["a program", "a shell form", "nothing", "two that differ", "none"],
)
def test_where_nothing_can_come_before_the_start_nothing_does(
    dockerfiles: list[OwnDockerfile],
) -> None:
    assert with_tables_made(SHOP, dockerfiles, [TABLE], FLASK) == (SHOP, [])
    other = replace(TABLE, message="it answered with status 500")
    assert with_tables_made(SHOP, [own("CMD flask run")], [other], FLASK) == (SHOP, [])
