"""What was written for an earlier Python."""

from __future__ import annotations

import pytest

from runner.analysis.causes import lies_in_python, likely_cause
from runner.analysis.causes_of_python import older_python_cause
from runner.model.record import Failure

SITE = "/usr/local/lib/python3.13/site-packages"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("ModuleNotFoundError: No module named 'distutils'", "has no module distutils any more"),
        ("ModuleNotFoundError: No module named 'imp'", "has no module imp any more"),
        (
            "ImportError: cannot import name 'Mapping' from 'collections'"
            " (/usr/local/lib/python3.13/collections/__init__.py)",
            "collections of the Python of its base has no Mapping any more",
        ),
        (
            "AttributeError: module 'html.parser' has no attribute 'HTMLParseError'",
            "html.parser of the Python of its base has no HTMLParseError any more",
        ),
        (
            f'  File "{SITE}/django/contrib/admin/widgets.py", line 152\n'
            "    '%s=%s' % (k, v) for k, v in params.items(),\n    ^^^^^^^^\n"
            "SyntaxError: Generator expression must be parenthesized",
            "django is not valid for the Python of its base",
        ),
        (
            f'  File "{SITE}/tornado/a.py", line 152\n    def f(x, async=True):\n        ^\n'
            "SyntaxError: invalid syntax",
            "tornado is not valid for the Python of its base",
        ),
    ],
)
def test_its_cause_is_named(text: str, what: str) -> None:
    failure = Failure("check: start", "the container exited with 1", 1, tuple(text.split("\n")))
    assert what in older_python_cause(text)
    assert likely_cause(failure) == older_python_cause(text)
    assert lies_in_python(failure)


def test_a_module_of_the_project_itself_is_none_of_its_standard_library() -> None:
    text = "ModuleNotFoundError: No module named 'parser'"
    assert older_python_cause(text)
    assert older_python_cause(text, {"parser"}) == ""


def test_long_lines_take_no_time() -> None:
    for text in ('File "' + "/site-packages/aaa" * 60_000, "\n" * 1_000_000, "aError" * 200_000):
        assert older_python_cause(text + "\nSyntaxError: invalid syntax") == ""


@pytest.mark.parametrize(
    "text",
    [
        "ModuleNotFoundError: No module named 'flask'",
        "  raised: No module named 'imp'",
        f"ImportError: cannot import name 'escape' from 'jinja2' ({SITE}/jinja2/__init__.py)",
        "ImportError: cannot import name 'Mapping' from 'collections' (/app/collections.py)",
        "AttributeError: module 'flask' has no attribute 'x'",
        "ImportError: cannot import name 'Self' from 'typing' (/usr/local/lib/python3.9/typing.py)",
        "AttributeError: module 'asyncio' has no attribute 'run'",
        f'  File "{SITE}/rich/a.py", line 2\n    if (x := 1):\nSyntaxError: invalid syntax',
        "ModuleNotFoundError: No module named 'imp'\nModuleNotFoundError: No module named 'redis'",
        "ModuleNotFoundError: No module named 'distutils'\nKeyError: 'SECRET_KEY'",
        '  File "/app/views.py", line 1\n    x y\n      ^\nSyntaxError: invalid syntax',
        "",
    ],
)
def test_nothing_else_is_its_cause(text: str) -> None:
    assert older_python_cause(text) == ""
