"""Variables that the sources read and nobody told, for a check that failed and names none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.compare.environment import SECRET
from runner.compare.read_variables import (
    read_variables,
    with_database_parts,
    with_read_variables,
)
from runner.model.project import Project, Service
from runner.model.record import Failure

FAILED = [Failure("check: GET /", "not healthy within 60 s", None, ("requires a secret or key",))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("secretOrKey: process.env.JWT_SECRET,", ["JWT_SECRET"]),
        ("process.env['API_KEY']!", ["API_KEY"]),
        ("process.env.API_KEY || 'x'; process.env.B_KEY ?? y; process.env.C_KEY?.length", []),
        ("const { A_KEY, B_KEY: b, C_KEY = 'x', other } = process.env;", ["A_KEY", "B_KEY"]),
        ("constructor(c: ConfigService) { c.get<string>('JWT_KEY') }", ["JWT_KEY"]),
        ("cache.get('JWT_KEY')", []),
        ("process.env.NODE_ENV, process.env.PORT, process.env.USE_TLS, process.env.CI", []),
    ],
)
def test_what_has_a_value_in_its_place_or_means_something_else_is_not_told(
    text: str, names: list[str]
) -> None:
    assert read_variables({"src/main.ts": text}) == names
    aside = ("test/a.ts", "src/a.spec.ts", "README.md", "e2e/a.ts")
    assert read_variables(dict.fromkeys(aside, text)) == []


def test_python_names_those_that_it_lacks_itself_but_for_getenv() -> None:
    text = "os.getenv('A_KEY'), os.getenv('B_KEY', ''), os.environ.get(\"C_KEY\") or 1"
    assert read_variables({"app.py": text}) == ["A_KEY"]


SOURCE = """
host: process.env.DATABASE_HOST, port: Number(process.env.DATABASE_PORT),
type: process.env.DATABASE_TYPE, username: process.env.DATABASE_USERNAME,
password: process.env.DATABASE_PASSWORD, database: process.env.DATABASE_NAME,
secret: process.env.JWT_SECRET, expires: process.env.JWT_EXPIRES_IN, cache: process.env.REDIS_HOST
"""


def test_the_parts_of_an_address_are_those_of_what_runs_beside_the_check() -> None:
    texts = {"src/app.ts": SOURCE, "package.json": '{"dependencies": {"pg": "8"}}'}
    project = Project(name="shop")
    beside = {"my-db": Service("postgres:15"), "cache": Service("redis:7")}
    check = replace(project.check, services=beside, environment={"DATABASE_NAME": "shop"})
    project = replace(project, check=check)
    told, said = with_read_variables(project, FAILED, texts, {"JWT_EXPIRES_IN": "1h"})
    assert told.check.environment == {
        "DATABASE_NAME": "shop",
        "DATABASE_HOST": "my-db",
        "DATABASE_PORT": "5432",
        "DATABASE_TYPE": "postgres",
        "DATABASE_USERNAME": "check",
        "DATABASE_PASSWORD": "check",
        "JWT_SECRET": SECRET,
        "REDIS_HOST": "cache",
    }
    assert set(told.check.services) == {"my-db", "cache"}
    assert told.check.services["my-db"].environment == {
        "POSTGRES_USER": "check",
        "POSTGRES_PASSWORD": "check",
        "POSTGRES_DB": "shop",
    }
    assert said[0].startswith("placeholders of the check DATABASE_HOST, DATABASE_PORT,")
    assert with_read_variables(told, FAILED, texts, {"JWT_EXPIRES_IN": ""}) == (told, [])


def test_an_example_without_values_tells_nothing() -> None:
    project = Project(name="shop", port=3000)
    check = replace(project.check, environment={"MONGODB_URL": "", "APP_PORT": "", "LEVEL": "1"})
    text = "process.env.MONGODB_URL, process.env.APP_PORT, process.env.LEVEL"
    told, _ = with_read_variables(replace(project, check=check), FAILED, {"a.ts": text}, ())
    assert told.check.environment == {
        "MONGODB_URL": "mongodb://mongo:27017/check",
        "APP_PORT": "3000",
        "LEVEL": "1",
    }
    assert set(told.check.services) == {"mongo"}


def test_without_a_driver_no_database_is_made_up() -> None:
    told, _ = with_read_variables(Project(name="shop"), FAILED, {"a.js": SOURCE}, ())
    assert set(told.check.services) == {"redis"}


def test_a_build_that_fails_is_told_nothing() -> None:
    project, failed = Project(name="shop"), [Failure("[2/3] RUN x", "m", 1, ())]
    assert with_read_variables(project, failed, {"a.js": SOURCE}, ()) == (project, [])


def test_all_parts_of_an_address_are_told_where_one_is_missing() -> None:
    settings = "".join(
        f"'{key}': os.environ[\"PG{name}\"],\n"
        for key, name in (
            *(("NAME", "DATABASE"), ("USER", "USER"), ("PASSWORD", "PASSWORD")),
            *(("HOST", "HOST"), ("PORT", "PORT")),
        )
    )
    texts = {"shop/settings.py": f"KEY = os.environ['KEY']\n{settings}"}
    project = Project(name="shop")
    assert with_database_parts(project, ["PGDATABASE"], texts) == (project, []), "no driver"
    texts["requirements.txt"] = "psycopg2-binary\n"
    assert with_database_parts(project, ["KEY"], texts) == (project, [])
    project, said = with_database_parts(project, ["PGDATABASE"], texts)
    assert project.check.environment == {
        "PGDATABASE": "check",
        "PGUSER": "check",
        "PGPASSWORD": "check",
        "PGHOST": "db",
        "PGPORT": "5432",
    }
    assert [x.image for x in project.check.services.values()] == ["postgres:16"]
    assert len(said) == 2


def test_a_database_has_the_user_that_is_told_already() -> None:
    told = {"DBHOST": "localhost", "DBUSER": "app_user", "DBPASS": "pw", "DBNAME": "app"}
    project = Project(name="shop")
    project = replace(project, check=replace(project.check, environment=told))
    texts = {
        "shop/production.py": "os.getenv('CLOUD_DB_USER')\nos.getenv('CLOUD_DB_HOST')",
        "requirements.txt": "psycopg2\n",
    }
    found, _ = with_read_variables(project, FAILED, texts, ())
    (service,) = found.check.services.values()
    assert service.environment["POSTGRES_USER"] == "app_user"
    assert service.environment["POSTGRES_DB"] == "app"


def test_what_an_example_leaves_empty_has_a_value_where_nothing_else_is_known() -> None:
    project = Project(name="shop")
    told = {"SECRET_KEY": "", "MAIL_FROM": "", "DB_PASSWORD": "", "PORT": "", "MINE": ""}
    told |= {"HTTP_PROXY": "", "NODE_OPTIONS": "", "SENTRY_DSN": "", "LOG_LEVEL": ""}
    project = replace(project, check=replace(project.check, environment=told))
    found, said = with_read_variables(project, FAILED, {}, {"MINE"})
    assert found.check.environment == {
        **told,
        "SECRET_KEY": SECRET,
        "MAIL_FROM": "check@example.com",
    }
    assert said[0].startswith("placeholders of the check SECRET_KEY, MAIL_FROM: ")
