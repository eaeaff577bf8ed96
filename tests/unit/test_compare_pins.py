"""Requirements files that name the versions of a day: which files, which versions, what changes."""

from __future__ import annotations

import argparse

import pytest

from runner.analysis.causes import lies_in_packages
from runner.cli.compare import day
from runner.compare.past_packages import PastPackages
from runner.compare.pins import installed, pinned, pinned_dockerfile, requirements_files
from runner.detect.last_commit import today
from runner.dockerfile.document import Document
from runner.dockerfile.package_index import with_index, without_entrypoint
from runner.dockerfile.pip_names import named_packages
from runner.model.record import Failure

SITE = "usr/local/lib/python3.11/site-packages"
WHY = "as of 2021-08-29"


def test_packages_are_told_by_the_names_of_their_metadata() -> None:
    paths = [
        f"{SITE}/Flask_SQLAlchemy-2.5.1.dist-info/METADATA",
        f"{SITE}/Flask_SQLAlchemy-2.5.1.dist-info/RECORD",
        f"{SITE}/old_one-0.3-py3.11.egg-info/PKG-INFO",
        f"{SITE}/flat-1.0+local.egg-info",
        f"{SITE}/pip-24.0.dist-info/METADATA",
        f"{SITE}/ours-0.1.dist-info/METADATA",
        f"{SITE}/ours-0.1.dist-info/direct_url.json",
        "usr/lib/python3/dist-packages/debians-1.0.dist-info/METADATA",
        "srv/notes-1.0.dist-info/METADATA",
    ]
    assert installed(paths) == {
        "flask-sqlalchemy": "2.5.1",
        "old-one": "0.3",
        "flat": "1.0+local",
        "pip": "24.0",
    }


def test_lines_get_the_versions_and_what_they_need_is_added_below() -> None:
    text = (
        "# web\n"
        "Flask[async]>=1  # the framework\n"
        'uvloop ; sys_platform != "win32"\n'
        "gunicorn==20.1.0\n"
        "Jinja2==3.*\n"
        "git+https://host.example/x.git\n"
        "named @ https://host.example/named.whl\n"
        "-r more.txt\n"
        "not-installed"
    )
    versions = {
        **{"flask": "2.0.1", "uvloop": "0.16.0", "gunicorn": "19.0", "jinja2": "3.0.1"},
        **{"redis": "3.5", "werkzeug": "2.0.1"},
    }
    changed = pinned({"a.txt": text, "more.txt": "redis\r\n"}, versions, WHY)
    assert changed["a.txt"] == (
        "# web\n"
        "Flask[async]==2.0.1  # the framework\n"
        'uvloop==0.16.0 ; sys_platform != "win32"\n'
        "gunicorn==20.1.0\n"
        "Jinja2==3.0.1\n"
        "git+https://host.example/x.git\n"
        "named @ https://host.example/named.whl\n"
        "-r more.txt\n"
        "not-installed\n"
        f"# {WHY}\n"
        "werkzeug==2.0.1\n"
    )
    assert changed["more.txt"] == "redis==3.5\r\n"
    again = pinned(changed, versions, WHY)
    assert pinned({"a.txt": "flask==2"}, {"pip": "24.0", "wheel": "1"}, WHY) == {}
    assert again == {}, "the second time nothing changes"


@pytest.mark.parametrize(
    ("run", "found"),
    [
        ("pip install -r requirements.txt", ["requirements.txt", "base.txt"]),
        (
            "python -m pip install --requirement=/tmp/requirements.txt",
            ["requirements.txt", "base.txt"],
        ),
        ("cd x && pip3 install -q -r/app/requirements/prod.txt", ["requirements/prod.txt"]),
        ("uv pip install --system -r requirements/prod.txt", ["requirements/prod.txt"]),
        ("pip wheel --no-deps -w /w -r requirements.txt", ["requirements.txt", "base.txt"]),
        ("pip install flask", []),
        ("cat -r requirements.txt", []),
    ],
)
def test_the_files_are_those_that_a_dockerfile_installs(run: str, found: list[str]) -> None:
    texts = {
        "requirements.txt": "-r base.txt\n",
        "base.txt": "flask\n",
        "requirements/prod.txt": "flask\n",
        "app.py": "",
    }
    text = f"FROM python:3.11\nCOPY . .\nRUN {run}\n"
    assert requirements_files(Document(text), {0}, list(texts), texts) == found


def test_of_several_services_the_file_is_that_of_the_stage_that_is_built() -> None:
    paths = ["a/requirements.txt", "b/requirements.txt", "c/requirements.txt"]
    run = "RUN pip install -r requirements.txt\n"
    text = (
        f"FROM x AS base\nCOPY a/requirements.txt .\n{run}"
        f"FROM base AS two\nCOPY ./c/requirements.txt /srv/\n{run}"
        f"FROM base AS three\nCOPY b/requirements.txt .\n{run}"
    )
    texts = dict.fromkeys(paths, "flask\n")
    assert requirements_files(Document(text), {0}, paths, texts) == ["a/requirements.txt"]
    assert requirements_files(Document(text), {1}, paths, texts) == ["c/requirements.txt"]
    assert requirements_files(Document(text), {2}, paths, texts) == ["b/requirements.txt"]


@pytest.mark.parametrize(
    ("run", "changed"),
    [
        ("pip install flask", "pip install flask==2.0.1 click==8.0 werkzeug==2.0"),
        (
            "pip install -U pip && python -m pip install --no-cache-dir 'flask[async]>=1' && ls",
            "pip install -U pip==23.2 && python -m pip install --no-cache-dir 'flask[async]==2.0.1'"
            " click==8.0 werkzeug==2.0 && ls",
        ),
        (
            "pip install flask==1.0 && pip3 install -t /x -i https://i.example/simple click",
            "pip install flask==1.0 && pip3 install -t /x -i https://i.example/simple click==8.0"
            " werkzeug==2.0",
        ),
        ("pip install ./flask", "pip install ./flask"),
        ("apt-get install flask", "apt-get install flask"),
        ("pip install poetry", "pip install poetry"),
    ],
)
def test_packages_that_commands_name_get_the_versions(run: str, changed: str) -> None:
    versions = {"click": "8.0", "flask": "2.0.1", "pip": "23.2", "werkzeug": "2.0"}
    head = "FROM python:3.11\nRUN "
    found = pinned_dockerfile(Document(f"{head}{run}\n"), versions, True)
    assert found == f"{head}{changed}\n"
    assert pinned_dockerfile(Document(found), versions, True) == found


def test_what_a_command_names_is_not_added_to_a_file_and_the_other_way_round() -> None:
    versions = {"click": "8.0", "flask": "2.0.1"}
    document = Document("FROM python:3.11\nRUN pip install click && pip install -r a.txt\n")
    assert pinned_dockerfile(document, versions, False).count("==") == 1
    assert pinned({"a.txt": "flask\n"}, versions, WHY, named_packages(document)) == {
        "a.txt": "flask==2.0.1\n"
    }


FAILS_BY_PACKAGES = (
    "ImportError: cannot import name 'url_quote' from 'werkzeug.urls'"
    " (/usr/local/lib/python3.11/site-packages/werkzeug/urls.py)"
)


@pytest.mark.parametrize(
    ("line", "step", "packages"),
    [
        (FAILS_BY_PACKAGES, "check: start", True),
        (FAILS_BY_PACKAGES, "RUN python manage.py collectstatic", True),
        ("ModuleNotFoundError: No module named 'packaging'", "check: start", True),
        ("KeyError: 'SECRET_KEY'", "check: start", False),
        (
            "Requested uvicorn==0.14.0 from https://x/y has invalid metadata: .* suffix\nPlease use"
            " pip<24.1 if you need to use this version.",
            "RUN pip install -r requirements.txt",
            True,
        ),
        ("could not connect to server on port 5432: connection refused", "check: start", False),
        ("no such file", "COPY a b", False),
        ("Error: Cannot find module 'express'", "check: start", False),
    ],
)
def test_a_day_is_only_tried_where_packages_are_the_cause(
    line: str, step: str, packages: bool
) -> None:
    assert lies_in_packages(Failure(step=step, message=line)) is packages


def test_a_reader_is_told_of_the_day_the_patch_and_the_cause() -> None:
    past = PastPackages(today(), "it fails", {"app/a.txt": ("flask\n", "flask==2.0.1\n")})
    assert f"the package index had on {today()}, which packages.diff writes down" in past.line
    assert past.line.startswith("app/a.txt: ")
    assert past.line.endswith("; with those of today it fails")
    assert "with those of today" not in PastPackages(today(), "", past.changed).line
    plain = PastPackages(today(), "", {}, "plain python", "FROM x\n")
    assert "which the recommended Dockerfile names" in plain.line
    assert "packages.diff" not in plain.line
    assert past.patch == "--- app/a.txt\n+++ app/a.txt\n@@ -1 +1 @@\n-flask\n+flask==2.0.1\n"
    assert [(x.path, x.lines) for x in past.parts] == [("app/a.txt", ["flask==2.0.1"])]


@pytest.mark.parametrize("text", ["yesterday", "2021-13-01", "20210829", "2999-01-01", ""])
def test_what_is_no_day_that_has_begun_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        day(text)
    assert day("2021-08-29").year == 2021


def test_the_image_that_shows_the_packages_asks_another_index_and_starts_nothing() -> None:
    text = 'FROM a AS one\nENTRYPOINT ["/wait"]\nFROM b\nRUN <<EOF\npip install x\nEOF\n'
    url = "http://127.0.0.1:1/simple/"
    told = with_index(Document(text), url)
    lines = f"ARG PIP_INDEX_URL={url}\nARG UV_DEFAULT_INDEX={url}\n"
    assert told.text == text.replace("AS one\n", f"AS one\n{lines}").replace(
        "FROM b\n", f"FROM b\n{lines}"
    )
    found = without_entrypoint(told)
    assert found.instructions[-1].keyword == "ENTRYPOINT"
    assert found.text.endswith("EOF\nENTRYPOINT []\n")
    first = without_entrypoint(Document(text, "one")).text
    assert first.startswith('FROM a AS one\nENTRYPOINT ["/wait"]\nENTRYPOINT []\nFROM b\n')


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            '[project]\nname = "a"\ndependencies = [\n    "Flask[async]>=1",  # web, ]\n'
            "    'named @ https://host.example/n.whl',\n]\n\n[tool.x]\ndependencies = ['z']\n",
            '[project]\nname = "a"\ndependencies = [\n    "Flask[async]==2.0.1",  # web, ]\n'
            "    'named @ https://host.example/n.whl',\n"
            f"    # {WHY}\n    \"werkzeug==2.0.3\",\n]\n\n[tool.x]\ndependencies = ['z']\n",
        ),
        (
            "[project]\ndependencies=['flask', 'x==1']\n",
            f"[project]\ndependencies=['flask==2.0.1', 'x==1',\n    # {WHY}\n"
            '    "werkzeug==2.0.3",\n]\n',
        ),
        ('[project]\ndynamic = ["dependencies"]\n', ""),
        ("[tool.poetry.dependencies]\nflask = '*'\n", ""),
        ('[project]\ndependencies = ["flask" # no comma\n, ]\n', ""),
        ("[project]\ndependencies = [\n", ""),
    ],
)
def test_a_project_that_is_installed_itself_lists_them_in_its_manifest(
    text: str, after: str
) -> None:
    versions = {"flask": "2.0.1", "werkzeug": "2.0.3", "pip": "24.0"}
    changed = pinned({"pyproject.toml": text}, versions, WHY)
    assert changed == ({"pyproject.toml": after} if after else {})
    assert pinned(changed, versions, WHY) == {}


def test_with_requirements_beside_it_they_have_what_nothing_names() -> None:
    texts = {"pyproject.toml": '[project]\ndependencies = ["flask"]\n', "r.txt": "a\n"}
    changed = pinned(texts, {"flask": "2.0.1", "werkzeug": "2.0.3"}, WHY)
    assert changed["pyproject.toml"] == '[project]\ndependencies = ["flask==2.0.1"]\n'
    assert "werkzeug==2.0.3" in changed["r.txt"]


@pytest.mark.parametrize("word", [".", "./", ".[web]", "-e ."])
def test_the_manifest_counts_where_the_project_itself_is_installed(word: str) -> None:
    document = Document(f"FROM python:3.11\nCOPY . .\nRUN pip install {word}\n")
    texts = {"pyproject.toml": '[project]\ndependencies = ["flask"]\n'}
    assert requirements_files(document, {0}, ["pyproject.toml"], texts) == ["pyproject.toml"]
    without = {"pyproject.toml": "[tool.poetry]\n"}
    assert requirements_files(document, {0}, ["pyproject.toml"], without) == []
