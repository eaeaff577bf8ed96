"""What of a project's own makes the tables of its database."""

from __future__ import annotations

import pytest

from runner.compare.table_commands import table_command
from runner.compare.table_makers import table_makers
from runner.detect.listing import Listing

RUN = 'if __name__ == "__main__":\n    cli()\n'
GROUP = f"cli = FlaskGroup(create_app=create_app)\n{{}}def create_db():\n    db.create_all()\n{RUN}"
GUNICORN = ("gunicorn", "-b", "0.0.0.0:8000", "shop.web:create_app()")


def found(
    start: tuple[str, ...] = GUNICORN, base: str = "python:3.11", **files: str
) -> tuple[str, bool] | None:
    texts = {name.replace("__", "/").replace("_py", ".py"): text for name, text in files.items()}
    command = table_command(Listing(tuple(texts), texts), base, start, ())
    return (command.text, command.is_migration) if command else None


@pytest.mark.parametrize(
    ("decorator", "name"),
    [
        ('@cli.command("create_db")\n', "create_db"),
        ("@cli.command()\n", "create-db"),
        ("@cli.command\n", "create-db"),
        ('@cli.command(name="make")\n@with_appcontext\n', "make"),
    ],
)
def test_a_command_of_a_group_is_run_by_its_file(decorator: str, name: str) -> None:
    assert found(manage_py=GROUP.format(decorator)) == (f"python manage.py {name}", False)


@pytest.mark.parametrize(
    "decorator",
    [
        "",
        '@cli.command("a b; reboot")\n',
        '@cli.command("--help")\n',
        "@cli.command(NAME)\n",
        '@cli.command("make")\n@click.argument("name")\n',
        '@cli.command("make")\n@click.option("--name", required=True)\n',
        '@other.command("make")\n',
    ],
)
def test_what_cannot_be_run_by_its_name_alone_is_none(decorator: str) -> None:
    assert found(manage_py=GROUP.format(decorator)) is None


def test_a_command_of_the_application_is_one_of_flask() -> None:
    text = (
        "def init_db():\n    db.executescript(schema)\n"
        "@click.command('init-db')\ndef init_db_command():\n    init_db()\n"
        "def init_app(app):\n    app.cli.add_command(init_db_command)\n"
    )
    flask = "FLASK_APP='shop.web:create_app()' flask init-db"
    assert found(shop__db_py=text) == (flask, False)
    assert found(shop__db_py=text.replace("add_command", "other")) is None
    nested = (
        "def create_app():\n    @app.cli.command('init-db')\n    def init_db():\n"
        "        with app.app_context():\n            db.create_all()\n"
    )
    assert found(shop__web_py=nested) == (flask, False)
    assert found(("sh", "-c", "gunicorn 'shop.web:app'"), shop__web_py=nested) == (
        "FLASK_APP='shop.web:app' flask init-db",
        False,
    )
    assert found(("flask", "run"), app_py=nested) == ("flask init-db", False)
    assert found(("server",), shop__web_py=nested) is None, "of which application is not known"
    blueprint = "app = Blueprint('app', __name__)\n" + nested
    assert found(shop__web_py=blueprint) is None, "its commands have a group of their own"


def test_a_script_that_makes_tables_where_it_is_run() -> None:
    text = "from app import db\nwith app.app_context():\n    db.create_all()\n"
    assert found(init_db_py=text) == ("python init_db.py", False)
    assert found(other_py=text) is None
    assert found(init_db_py="def make():\n    db.create_all()\n") is None


def test_migrations_come_first_and_in_the_environment_of_what_is_started() -> None:
    revision = {"migrations__versions__1_py": "", "app_py": "from flask_migrate import Migrate"}
    assert found(("uv", "run", "flask", "run"), **revision) == ("uv run flask db upgrade", True)
    manage = GROUP.format('@cli.command("create_db")\n')
    assert found(GUNICORN, manage_py=manage, **revision) == ("python manage.py db upgrade", True)
    files = {"alembic.ini": "", "init_db.py": "db.create_all()\n"}
    alembic = table_command(Listing(tuple(files), files), "python:3.11", GUNICORN, ())
    assert alembic is not None
    assert alembic.text == "alembic upgrade head"


@pytest.mark.parametrize(
    ("package", "base", "command"),
    [
        ('{"scripts": {"migrate": "knex migrate:latest"}}', "node:22", "npm run migrate"),
        ('{"scripts": {"db:migrate": "x", "migrate": "y"}}', "oven/bun:1", "bun run db:migrate"),
        ('{"scripts": {"migrate": "prisma migrate dev"}}', "node:22", ""),
        ('{"scripts": {"migrate": "x"}}', "python:3.11", ""),
        ('{"scripts": {"migrate": 7}}', "node:22", ""),
        ("[" * 9000, "node:22", ""),
    ],
)
def test_scripts_of_a_package_json(package: str, base: str, command: str) -> None:
    listing = Listing(("package.json",), {"package.json": package})
    made = table_command(listing, base, ("node", "a.js"), ())
    assert (made.text if made else "") == command


def test_migrations_of_prisma_without_a_script() -> None:
    files = {"package.json": "{}", "prisma/migrations/1/migration.sql": ""}
    made = table_command(Listing(tuple(files), files), "node:22", ("node", "a.js"), ())
    assert made is not None
    assert made.text == "npx --no-install prisma migrate deploy"


@pytest.mark.parametrize(
    "text",
    [
        "db.create_all(\n",
        "\0create_all",
        f"x = {'(' * 3000}create_all",
        f"{'-' * 50_000}create_all",
        "def f():\n    f()\n    g.create_all()\n" * 4000,
    ],
    ids=["no source", "a null", "nested", "deep", "long"],
)
def test_sources_that_try_something_have_no_command(text: str) -> None:
    assert list(table_makers({"init_db.py": text, "a b; c.py": "db.create_all()"})) == []
