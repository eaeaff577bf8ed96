"""Packages that sources import, or that others ask for, and that nothing installs."""

from __future__ import annotations

import dataclasses

import pytest

from runner.compare.missing_packages import with_missing_packages
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.model.failure import HiddenFailure
from runner.model.record import Failure

TEXT = """\
FROM python:3.12-slim
RUN pip install --upgrade pip \\
 && pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["gunicorn", "app:app"]
"""
SOURCES = {
    "web/forms.py": "from wtforms import StringField\n",
    "auth.py": "from flask import Flask\nfrom flask_wtf import FlaskForm\n",
    "odd.py": "import nobody_knows_this\n",
}


def own(text: str = TEXT, name: str = "Dockerfile") -> OwnDockerfile:
    return OwnDockerfile(name, Dockerfile(text), "")


def failed(line: str) -> Failure:
    return Failure("check: start", "the container exited with 1", 1, (line,))


MISSING = failed("ModuleNotFoundError: No module named 'flask_wtf'")


def test_what_a_source_imports_is_installed_next_to_the_rest() -> None:
    (found,), said = with_missing_packages([own()], {"Dockerfile": MISSING}, SOURCES)
    assert found.dockerfile.text == TEXT.replace(
        "-r requirements.txt\n", "-r requirements.txt flask-wtf\n"
    )
    assert (found.written, found.mends) == (TEXT, tuple(said))
    assert said == [
        "flask-wtf is installed as well: auth.py imports flask_wtf, and nothing installs it; name"
        " it in the project's file of dependencies"
    ]


def test_it_is_installed_once() -> None:
    (found,), _ = with_missing_packages([own()], {"Dockerfile": MISSING}, SOURCES)
    assert with_missing_packages([found], {"Dockerfile": MISSING}, SOURCES) == ([found], [])


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (
            'RuntimeError: Form data requires "python-multipart" to be installed.',
            "python-multipart",
        ),
        ("ImportError: email-validator is not installed, run `pip install ...`", "email-validator"),
        ("ModuleNotFoundError: No module named 'pkg_resources'", "'setuptools<81'"),
    ],
)
def test_what_a_package_asks_for_is_installed(line: str, word: str) -> None:
    (found,), said = with_missing_packages([own()], {"Dockerfile": failed(line)}, {})
    assert f"-r requirements.txt {word}\n" in found.dockerfile.text
    assert said[0].startswith(f"{word.strip(chr(39))} is installed as well: what it installs asks")


def test_what_a_service_says_in_its_own_words_is_installed() -> None:
    line = failed("cannot connect: 1. No module named 'wtforms'")
    (found,), _ = with_missing_packages([own()], {"Dockerfile": line}, SOURCES)
    assert "-r requirements.txt wtforms\n" in found.dockerfile.text
    raised = failed("cache off: No module named 'wtforms'\nsqlalchemy.exc.OperationalError: no db")
    assert with_missing_packages([own()], {"Dockerfile": raised}, SOURCES) == ([own()], [])
    other = failed("cannot connect: 1. No module named 'redis'")
    assert with_missing_packages([own()], {"Dockerfile": other}, SOURCES) == ([own()], [])


@pytest.mark.parametrize(
    "module", ["nobody_knows_this", "flask_login", "wtforms_of_others", "auth"]
)
def test_a_package_is_never_guessed_at(module: str) -> None:
    missing = failed(f"ModuleNotFoundError: No module named '{module}'")
    assert with_missing_packages([own()], {"Dockerfile": missing}, SOURCES) == ([own()], [])


@pytest.mark.parametrize(
    "install", ["RUN pip install uv", "RUN pip install -e .", "RUN pdm sync", "nonsense"]
)
def test_where_no_command_could_install_it_nothing_changes(install: str) -> None:
    text = f"FROM python:3.12-slim\n{install}\n"
    assert with_missing_packages([own(text)], {"Dockerfile": MISSING}, SOURCES) == ([own(text)], [])


def test_what_a_list_says_that_is_read_is_missing_for_another_reason() -> None:
    sources = {**SOURCES, "requirements.txt": "Flask\nFlask_WTF==1.2  # forms\n"}
    assert with_missing_packages([own()], {"Dockerfile": MISSING}, sources) == ([own()], [])


def test_an_installer_that_failed_before_is_the_reason() -> None:
    hidden = HiddenFailure("[2/3] RUN pip install -r x; true", "pip", "exit code 1", ())
    failure = dataclasses.replace(MISSING, hidden=hidden)
    assert with_missing_packages([own()], {"Dockerfile": failure}, SOURCES) == ([own()], [])


def test_only_the_dockerfile_that_lacks_it_changes() -> None:
    two = [own(), own(name="Dockerfile.dev")]
    found, _ = with_missing_packages(two, {"Dockerfile.dev": MISSING}, SOURCES)
    assert found[0] == two[0]
    assert "flask-wtf" in found[1].dockerfile.text


REDIS = failed("ModuleNotFoundError: No module named 'redis'")
USES_REDIS = {"app.py": "import redis\n"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "FROM python AS b\nRUN pip install -r r.txt\nFROM b AS test\nRUN pip install pytest\n"
            "FROM b\n",
            "RUN pip install -r r.txt redis\n",
        ),
        (
            "FROM python\nRUN /venv/bin/pip install -r r.txt\nRUN pip install supervisor\n",
            "RUN /venv/bin/pip install -r r.txt redis\n",
        ),
        (
            "FROM python\nRUN pip install -r r.txt\nRUN pip install -t /opt/tools awscli\n",
            "RUN pip install -r r.txt redis\n",
        ),
        (
            "FROM python\nRUN pip install -r r.txt\nRUN if [ $A ]; then pip install -r d.txt; fi\n",
            "RUN pip install -r r.txt redis\n",
        ),
    ],
)
def test_it_is_added_where_the_image_gets_its_packages(text: str, line: str) -> None:
    (found,), _ = with_missing_packages([own(text)], {"Dockerfile": REDIS}, USES_REDIS)
    assert found.dockerfile.text == text.replace(line.replace(" redis", ""), line)


@pytest.mark.parametrize(
    ("text", "failure", "sources"),
    [
        ("RUN pip install --no-index -f /w -r r.txt", REDIS, {}),
        ("RUN pip install --no-deps -r r.txt", REDIS, {}),
        ("COPY r.txt .\nRUN pip install -r r.txt", REDIS, {"r.txt": "a==1 --hash=sha256:0\n"}),
        ("RUN pip install -r r.txt", REDIS, {"lib/redis.py": ""}),
        ("RUN pip install -r r.txt", REDIS, {"redis/__init__.py": ""}),
        ("RUN pip install -r r.txt", failed("No module named 'redis.of_old'"), {}),
        ("RUN pip install -r r.txt", REDIS, {"app.py": '"""\nimport redis\n"""\n'}),
    ],
)
def test_what_could_not_be_installed_or_is_no_package_stays(
    text: str, failure: Failure, sources: dict[str, str]
) -> None:
    one = own(f"FROM python\n{text}\n")
    found = with_missing_packages([one], {"Dockerfile": failure}, {**USES_REDIS, **sources})
    assert found == ([one], [])


def test_a_setuptools_of_today_is_no_earlier_one() -> None:
    text = "FROM python\nRUN pip install -U pip setuptools && pip install -r r.txt\n"
    missing = failed("ModuleNotFoundError: No module named 'pkg_resources'")
    (found,), _ = with_missing_packages([own(text)], {"Dockerfile": missing}, {})
    assert found.dockerfile.text == text.replace("r.txt", "r.txt 'setuptools<81'")
    assert with_missing_packages([found], {"Dockerfile": missing}, {}) == ([found], [])


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (
            "FROM python\nRUN uv sync --frozen --no-install-project\nCOPY . .\n"
            "RUN --mount=type=cache,target=/c uv sync --frozen\n",
            "c uv sync --frozen && uv pip install redis\n",
        ),
        (
            "FROM python\nRUN pip install poetry && poetry install --no-root && rm -rf /x\n",
            " poetry install --no-root && poetry run pip install redis && rm -rf /x\n",
        ),
    ],
)
def test_it_is_added_next_to_what_a_lock_says(text: str, command: str) -> None:
    (found,), _ = with_missing_packages([own(text)], {"Dockerfile": REDIS}, USES_REDIS)
    assert command in found.dockerfile.text
    assert found.dockerfile.text.count("redis") == 1


def test_an_environment_elsewhere_has_none_added() -> None:
    text = "FROM python\nENV UV_PROJECT_ENVIRONMENT=/venv\nRUN uv sync --frozen\n"
    assert with_missing_packages([own(text)], {"Dockerfile": REDIS}, USES_REDIS) == (
        [own(text)],
        [],
    )
