"""Libraries of the distribution that packages of Python need, in plain Dockerfiles and edits."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.compare.candidates import candidates
from runner.detect.listing import Listing, read_listing
from runner.ecosystems.all import facts_of, plain_of
from runner.ecosystems.port import Plain
from runner.ecosystems.python_libraries import lacking_packages, libraries_of
from tests.unit.edited_texts import REQUIREMENTS, edited


def listing(**texts: str) -> Listing:
    named = {name.replace("_txt", ".txt").replace("_py", ".py"): x for name, x in texts.items()}
    return Listing(tuple(named), named)


@pytest.mark.parametrize(
    ("requirements", "libraries"),
    [
        ("psycopg2==2.9\n", {"libpq5": "psycopg2"}),
        ("Psycopg2\n", {"libpq5": "psycopg2"}),
        ("psycopg2-binary==2.9\n", {}),
        ("my-psycopg2\n# psycopg2\nflask # psycopg2\n", {}),
        ("psycopg\n", {"libpq5": "psycopg"}),
        ("psycopg[c]\n", {"libpq5": "psycopg"}),
        ("psycopg[binary]==3.1\n", {}),
        ("psycopg[pool,binary]\n", {}),
        ("psycopg==3.1\npsycopg-binary==3.1\n", {}),
        ("mysqlclient\nuWSGI==2.0\n", {"libmariadb3": "mysqlclient", "libxml2": "uwsgi"}),
        ("python_magic\n", {"libmagic1": "python-magic"}),
        ("flask\n", {}),
    ],
)
def test_what_is_compiled_or_loaded_is_told_by_its_name(
    requirements: str, libraries: dict[str, str]
) -> None:
    assert libraries_of(listing(requirements_txt=requirements)) == libraries


def test_what_no_image_of_python_has_is_told_apart() -> None:
    assert lacking_packages("opencv-python\n") == {"libgl1": "opencv-python"}
    assert lacking_packages("opencv-python-headless\n") == {}
    assert list(lacking_packages('"python-ldap": {')) == ["libldap2-dev", "libsasl2-dev"]


def test_the_plain_dockerfile_installs_what_its_image_lacks_and_says_for_whom() -> None:
    tree = listing(
        requirements_txt="flask\ngunicorn\npygraphviz\n",
        app_py="from flask import Flask\napp = Flask(__name__)\n",
    )
    plain = plain_of(tree)
    assert isinstance(plain, Plain)
    run = "RUN apt-get update && apt-get install -y libgraphviz-dev\nWORKDIR /app\n"
    assert run in plain.dockerfile
    assert "package libgraphviz-dev: pygraphviz needs it" in plain.evidence
    assert plain.builds == "apt-get"
    found = {x.name: x.text for x in candidates("D", plain.dockerfile, facts_of(tree), "")}
    last = found["D+together_multi"].rpartition("\nFROM ")[2]
    assert "install -y --no-install-recommends graphviz" in last
    assert "libgraphviz-dev" not in last


def test_what_a_lock_of_pipenv_alone_names_counts(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text('[packages]\neralchemy2 = "*"\n')
    (tmp_path / "Pipfile.lock").write_text('{"default": {"psycopg2": {"version": "==2.9"}}}\n')
    assert libraries_of(read_listing(tmp_path)) == {"libpq5": "psycopg2"}


TEXT = """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
"""
LIBRARIES = {"libpq5": "psycopg2", "libmariadb3": "mysqlclient"}


def multi(text: str) -> str:
    found = edited(text, "stages=multi", manifests=(REQUIREMENTS,), libraries=LIBRARIES)
    return found.rpartition("\nFROM ")[2]


def test_a_slim_last_stage_gets_the_libraries_that_the_full_image_had() -> None:
    assert multi(TEXT).startswith(
        "python:3.12-slim\n"
        "# mysqlclient and psycopg2: libpq5, libmariadb3 are part of python:3.12\n"
        "# hadolint ignore=DL3008\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends libpq5 libmariadb3"
        " && rm -rf /var/lib/apt/lists/*\n"
    )
    slim = edited(TEXT, "base=slim", manifests=(REQUIREMENTS,), libraries=LIBRARIES)
    assert "libpq5 libmariadb3" in slim


def test_what_the_image_installs_by_itself_is_not_installed_twice() -> None:
    installs = TEXT.replace(
        "WORKDIR", "RUN apt-get update && apt-get install -y libpq-dev\nWORKDIR"
    )
    last = multi(installs)
    assert last.count("RUN apt-get update") == 1, "both in one"
    assert "--no-install-recommends libmariadb3 libpq5" in last
    assert last.count("libpq5") == 1


def test_on_slim_images_and_of_other_languages_nothing_is_lost() -> None:
    assert "libpq5" not in multi(TEXT.replace("3.12", "3.12-slim"))
    node = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node x.js\n"
    assert "libpq5" not in edited(node, "base=slim", libraries=LIBRARIES)
