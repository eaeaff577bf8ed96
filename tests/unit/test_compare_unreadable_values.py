"""Values of a compose file that the settings of a service cannot read are left out of its check."""

from __future__ import annotations

import pytest

from runner.compare.environment import SECRET
from runner.compare.unreadable_values import with_readable_values, without_unreadable_values
from runner.model.project import Check, Project
from runner.model.record import Failure

SAID = (
    'pydantic_settings.sources.SettingsError: error parsing value for field "{}" from source "{}"'
)
GIVEN = {"ALLOWED_ORIGINS": "http://localhost", "PORT": "8000"}


def left(line: str, told: tuple[str, ...] = ()) -> tuple[dict[str, str], list[str]]:
    project = Project(name="shop", check=Check(environment=dict(GIVEN)))
    failure = Failure("check: GET /", "it accepted no connection", None, (line,))
    found, said = without_unreadable_values(project, [failure], told)
    return dict(found.check.environment), said


@pytest.mark.parametrize("field", ["ALLOWED_ORIGINS", "allowed_origins"])
@pytest.mark.parametrize("source", ["EnvSettingsSource", "DotEnvSettingsSource"])
def test_the_variable_that_is_named_is_left_out_and_said(field: str, source: str) -> None:
    kept, said = left(SAID.format(field, source))
    assert kept == {"PORT": "8000"}
    assert said[0].startswith("variable of the check ALLOWED_ORIGINS: left out")


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (
            (
                "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings",
                "testing",
                "  Input should be a valid boolean, unable to interpret input [type=bool_parsing]",
            ),
            "false",
        ),
        (("testing", "  value could not be parsed to a boolean (type=type_error.bool)"), "false"),
        (("TESTING", "  Input should be a valid integer, unable to parse string as an i"), "1"),
        (("testing", "  value is not a valid float (type=type_error.float)"), "1"),
        (("TESTING", "  Input should be a valid URL, relative URL without"), SECRET),
        (("testing", "  Field required [type=missing]"), None),
        (("other", "  Input should be a valid boolean"), None),
        (("PORT", "  Input should be a valid integer"), None),
    ],
)
def test_a_value_of_the_kind_that_is_asked_for_takes_the_place_of_text(
    lines: tuple[str, ...], value: str | None
) -> None:
    given = {"TESTING": "placeholder", "PORT": "8000"}
    project = Project(name="shop", port=8000, check=Check(environment=given))
    failure = Failure("check: start", "the container exited with 1", 1, lines)
    found, said = with_readable_values(project, [failure], (), {})

    assert dict(found.check.environment) == given | ({"TESTING": value} if value else {})
    assert [line.partition(",")[0] for line in said] == (
        [f"variable of the check TESTING: {value}"] if value else []
    )
    assert with_readable_values(found, [failure], (), {}) == (found, [])
    assert with_readable_values(project, [failure], ("TESTING",), {}) == (project, [])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (SAID.format("OTHER", "EnvSettingsSource"), ()),
        (SAID.format("ALLOWED_ORIGINS", "InitSettingsSource"), ()),
        (SAID.format("ALLOWED_ORIGINS", "EnvSettingsSource"), ("ALLOWED_ORIGINS",)),
        ("ALLOWED_ORIGINS is wrong", ()),
    ],
)
def test_nothing_else_is(line: str, told: tuple[str, ...]) -> None:
    assert left(line, told) == (GIVEN, [])


@pytest.mark.parametrize(
    "line",
    [
        "SentryError: Invalid Sentry Dsn: Invalid projectId xxx",
        "sentry_sdk.utils.BadDsn: Invalid project in DSN ('xxx')",
    ],
)
def test_an_address_of_sentry_that_is_an_example_is_left_out(line: str) -> None:
    address = "https://aaa@bbb.ingest.sentry.io/xxx"
    given = {"SENTRY_DSN": address, "APP_DSN": address, "DB_DSN": "postgres://db", "PORT": "80"}
    project = Project(name="shop", check=Check(environment=given))
    failure = Failure("check: start", "the container exited with 1", 1, (line,))
    found, said = without_unreadable_values(project, [failure], ())
    assert dict(found.check.environment) == {"DB_DSN": "postgres://db", "PORT": "80"}
    assert len(said) == 2
    kept, _ = without_unreadable_values(project, [failure], ("APP_DSN", "SENTRY_DSN"))
    assert kept == project


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("ModuleNotFoundError: No module named 'nplusone'", {"DEBUG": "1", "ENVIRON": "dev"}),
        ("Error: Cannot find module 'morgan'", {"DEBUG": "1", "ENVIRON": "dev"}),
        ("KeyError: 'X'", {"DJANGO_ENV": "development", "DEBUG": "1", "ENVIRON": "dev"}),
    ],
)
def test_packages_for_development_are_not_asked_for(line: str, kept: dict[str, str]) -> None:
    given = {"DJANGO_ENV": "development", "DEBUG": "1", "ENVIRON": "dev"}
    project = Project(name="shop", check=Check(environment=given))
    failure = Failure("check: start", "the container exited with 1", 1, (line,))
    found, said = without_unreadable_values(project, [failure], ())
    assert dict(found.check.environment) == kept
    assert len(said) == len(given) - len(kept)
    assert without_unreadable_values(project, [failure], ("DJANGO_ENV",)) == (project, [])
