"""What a failed check lacked: values for its variables, and databases whose address is known."""

from __future__ import annotations

import pytest

from runner.analysis.causes import Hints
from runner.compare.environment import SECRET
from runner.compare.placeholders import placeholders, value_of, with_placeholders
from runner.model.project import Check, Project, Service
from runner.model.record import Failure

STEP = "check: start"


def failed(*log: str, step: str = STEP) -> Failure:
    return Failure(step=step, message="the container exited with 1", log_tail=tuple(log))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("KeyError: 'SECRET_KEY'", "SECRET_KEY"),
        ("Error: JWT_SECRET is not set", "JWT_SECRET"),
        ("ImproperlyConfigured: Set the API_TOKEN environment variable", "API_TOKEN"),
        ("django.core.exceptions: The SECRET_KEY setting must not be empty.", "SECRET_KEY"),
        ('  "path": ["SESSION_SECRET"],', "SESSION_SECRET"),
        ("  AUTH_SECRET: [ 'Required' ],", "AUTH_SECRET"),
    ],
)
def test_a_variable_that_a_failed_check_names_gets_a_value(line: str, name: str) -> None:
    assert placeholders([failed(line)], Hints(), {}, {}) == {name: SECRET}
    assert placeholders([failed(line)], Hints(), {}, {name: "given"}) == {}
    assert placeholders([failed(line, step="RUN pip install")], Hints(), {}, {}) == {}


def test_values_are_those_of_the_example_else_of_their_kind() -> None:
    hints = Hints(".env.example", "API_TOKEN=from-the-example\nOTHER=1\n")
    found = placeholders([failed("KeyError: 'API_TOKEN'")], hints, {}, {})
    assert found == {"API_TOKEN": "from-the-example"}
    assert value_of("REDIS_URL", {}) == "redis://redis:6379/0"
    assert value_of("ACCESS_TOKEN_EXPIRE_MINUTES", {}).isdecimal()
    for name in ("BOT_TOKEN", "TELEGRAM_BOT_TOKEN", "TG_TOKEN", "SHOP_TELEGRAM_TOKEN", "TOKEN"):
        assert value_of(name, {}).partition(":")[0].isdecimal(), name
    assert value_of("JWT_TOKEN", {}) == SECRET
    assert value_of("SENTRY_DSN", {}).startswith("https://")
    assert value_of("DB_DSN", {}) != SECRET
    assert value_of("APPLICATIONINSIGHTS_CONNECTION_STRING", {}).startswith("InstrumentationKey=")
    assert value_of("DATABASE_URL", {}).startswith("sqlite:")
    assert value_of("DATABASE_URL", {"requirements.txt": "psycopg2"}).startswith("postgresql://")
    assert "asyncpg" in value_of("DATABASE_URL", {"poetry.lock": 'name = "asyncpg"'})


def test_all_of_a_file_of_variables_that_has_one_is_told() -> None:
    texts = {
        ".env.local": "API_TOKEN=local\nDB_HOST=db\nDEBUG=1\nPORT=9\nEMPTY=\n",
        "tests/.env.test": "API_TOKEN=test\n",
        ".env.other": "OTHER=1\n",
    }
    lacking = [failed("KeyError: 'API_TOKEN'")]
    found = placeholders(lacking, Hints(), texts, {"DEBUG": "0"})
    assert found == {"API_TOKEN": "local", "DB_HOST": "db"}
    hints = Hints(".env.example", "API_TOKEN=example\n")
    assert placeholders(lacking, hints, texts, {}) == {"API_TOKEN": "example"}
    assert placeholders([failed("KeyError: 'NAME_OF_IT'")], Hints(), texts, {}) == {
        "NAME_OF_IT": SECRET
    }


def test_the_name_that_the_sources_read_is_told_too() -> None:
    texts = {"shop/settings.py": "SECRET_KEY = os.environ.get('DJANGO_SECRET_KEY')"}
    found = placeholders([failed("The SECRET_KEY setting must not be empty")], Hints(), texts, {})
    assert set(found) == {"SECRET_KEY", "DJANGO_SECRET_KEY"}


def test_it_is_for_the_check_alone_and_said() -> None:
    project = Project(name="shop", check=Check(environment={"DEBUG": "1"}))
    texts = {"requirements.txt": "psycopg[binary]"}
    failures = [failed("KeyError: 'DATABASE_URL'")]
    told, said = with_placeholders(project, failures, (), texts)
    assert told.check.environment["DATABASE_URL"].startswith("postgresql://")
    assert told.check.environment["DEBUG"] == "1"
    assert [service.image for service in told.check.services.values()] == ["postgres:16"]
    assert told.environment == project.environment, "nothing of it is for an image"
    assert "placeholders of the check DATABASE_URL" in said[0]
    assert "they are in no image" in said[0]
    assert with_placeholders(told, failures, (), texts) == (told, [])


def test_a_database_that_is_not_reached_is_run_where_the_sources_have_its_address() -> None:
    texts = {
        "shop/config.py": 'URL = os.getenv("DATABASE_URL", "postgresql://shop:pw@localhost:5432/shop")',
        "tests/config.py": 'URL = "mysql://other:pw@db/other"',
        "README.md": "redis://localhost:6379",
    }
    failures = [failed("psycopg2.OperationalError: could not connect to server, port 5432")]
    told, said = with_placeholders(Project(name="shop"), failures, (), texts)
    (service,) = told.check.services.values()
    assert service.environment["POSTGRES_USER"] == "shop"
    assert len(said) == 1
    known = Project(name="shop", check=Check(services={"postgresql": Service("postgres:13")}))
    assert with_placeholders(known, failures, (), texts) == (known, [])


def test_it_has_the_user_that_stands_beside_a_host_in_variables() -> None:
    texts = {"shop/config.py": "URL = 'postgresql://localhost:5432/x'"}
    told = {"DBHOST": "localhost", "DBUSER": "app_user", "DBPASS": "secret", "DBNAME": "app"}
    project = Project(name="shop", check=Check(environment=told))
    failures = [failed("psycopg2.OperationalError: could not connect to server, port 5432")]
    found, _ = with_placeholders(project, failures, (), texts)
    (service,) = found.check.services.values()
    assert service.image == "postgres:16"
    assert service.environment == {
        "POSTGRES_USER": "app_user",
        "POSTGRES_PASSWORD": "secret",
        "POSTGRES_DB": "app",
    }


def test_a_check_that_failed_for_another_reason_gets_nothing() -> None:
    project = Project(name="shop")
    failures = [failed("ModuleNotFoundError: No module named 'flask'")]
    assert with_placeholders(project, failures, (), {}) == (project, [])


def test_one_database_listens_beside_the_check_and_has_the_user_of_the_placeholder() -> None:
    beside = {"data": Service("mongo:4"), "sql": Service("postgres:13", {"POSTGRES_USER": "x"})}
    project = Project(name="shop", check=Check(services=beside))
    failures = [failed("Error: MONGO_URI is not set\nError: DB_URI is required")]
    told, _ = with_placeholders(project, failures, (), {"package.json": '"pg": "8"'})
    assert told.check.environment == {
        "MONGO_URI": "mongodb://data:27017/check",
        "DB_URI": "postgresql://check:check@sql:5432/check",
    }
    assert set(told.check.services) == {"data", "sql"}
    assert told.check.services["sql"].environment["POSTGRES_USER"] == "check"


@pytest.mark.parametrize("name", ["MONGODB_URL", "MONGO_URI", "MONGO_CONNECTION_STRING", "DB_URL"])
def test_an_address_of_mongodb_is_one_of_it(name: str) -> None:
    assert value_of(name, {"package.json": '"mongoose": "8"'}).startswith("mongodb://")
