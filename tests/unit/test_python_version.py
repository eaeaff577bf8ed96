"""Which Python a project asks for: a file that names it, or a range of any tool."""

from __future__ import annotations

import pytest

from runner.detect.python_version import allowed, wanted_python


@pytest.mark.parametrize(
    ("wanted", "release"),
    [
        (">=3.8", "3.11"),
        (">=3.12", "3.12"),
        (">3.11", "3.11"),
        (">=3.12.4,<3.14", "3.12"),
        (">=3.9,<3.11", "3.10"),
        ("<3.9", "3.8"),
        ("==3.13.*", "3.13"),
        ("~=3.12", "3.12"),
        ("~=3.12.1", "3.12"),
        ("^3.12", "3.12"),
        ("^3.9", "3.11"),
        ("~3.10", "3.10"),
        ("3.10.*", "3.10"),
        ("3.12", "3.12"),
        ("^3.8,<3.10", "3.9"),
        ("^2.7 || ^3.12", "3.12"),
        ("!=3.11.*,>=3.10", "3.12"),
        ("~3", "3.11"),
        ("", "3.11"),
        ("*", ""),
        (">=4", ""),
        ("no version", ""),
        ("^" * 10_000, ""),
        (f">=3.{'9' * 100_000}", ""),
    ],
)
def test_a_range_is_one_release(wanted: str, release: str) -> None:
    assert allowed(wanted) == release


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({".python-version": "3.13.1\n"}, ("3.13", ".python-version")),
        ({"runtime.txt": "python-3.10.4\n"}, ("3.10", "runtime.txt")),
        ({".python-version": "shop-env\n"}, ("", "")),
        (
            {"Pipfile": "[requires]\npython_version = '3.12'\n"},
            ("3.12", "python_version in Pipfile"),
        ),
        (
            {"Pipfile": "[requires]\npython_full_version = '3.12.1'\n"},
            ("3.12", "python_full_version in Pipfile"),
        ),
        (
            {"pyproject.toml": "[tool.poetry.dependencies]\npython = '^3.12'\n"},
            ("3.12", "^3.12 in pyproject.toml"),
        ),
        (
            {
                ".python-version": "3.12\n",
                "pyproject.toml": "[project]\nrequires-python = '>=3.10'\n",
            },
            ("3.12", ".python-version"),
        ),
        (
            {"pyproject.toml": "[tool.poetry.dependencies]\npython = '3.12.7'\n"},
            ("3.12", "3.12.7 in pyproject.toml"),
        ),
        (
            {"pyproject.toml": "[project]\nrequires-python = '>=3.12.3,<3.12.6'\n"},
            ("3.12", ">=3.12.3,<3.12.6 in pyproject.toml"),
        ),
        ({"pyproject.toml": "[project]\nrequires-python = [3]\n"}, ("", "")),
        ({"pyproject.toml": "no TOML"}, ("", "")),
    ],
)
def test_where_it_is_said(texts: dict[str, str], found: tuple[str, str]) -> None:
    assert wanted_python(texts) == found
