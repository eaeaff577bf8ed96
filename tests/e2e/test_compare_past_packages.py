"""`dockbench compare` on a project that works with the packages of its last commit's day alone.

Flask 2.0 asks Werkzeug for `url_quote`, which went with 3.0 in 2023; the project pins the one and
not the other, as many do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.commands import UNWATCHED, CommandLine

DAY = "2021-08-29"
DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /srv
COPY . .
RUN pip install -r requirements.txt
EXPOSE 8000
CMD ["python", "app.py"]
"""
APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/")
def page():
    return "hello"


app.run("0.0.0.0", 8000)
"""
REQUIREMENTS = "Flask==2.0.1  # the framework\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "app.py").write_text(APP)
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    return folder


@pytest.fixture
def here(tmp_path: Path) -> CommandLine:
    usual = ("--set", UNWATCHED, "--set", "scenarios=[cold]", "--only", "cache=purge")
    return CommandLine(tmp_path, usual=usual)


def commit(folder: Path) -> None:
    """Commit all that is there, on a day of 2021."""
    told = {
        **os.environ,
        **{f"GIT_{who}_DATE": f"{DAY}T12:00:00Z" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_NAME": "a" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "a@example.com" for who in ("AUTHOR", "COMMITTER")},
    }
    for words in (["init"], ["add", "."], ["commit", "-m", "all"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env=told)


def test_it_is_compared_with_those_and_its_owner_can_build_the_same(
    shop: Path, here: CommandLine, tmp_path: Path
) -> None:
    failed = here.run("compare", "shop", *here.usual, expect=2)
    assert "has no url_quote" in failed.err, "nothing tells a day"

    commit(shop)
    done = here.run("compare", "shop", *here.usual)
    told = " ".join(done.err.split())
    assert f"tried once more with the packages that the index had on {DAY}" in told
    results = here.results("compare-shop")
    newest = {record.name: record.status.value for record in results.records}
    assert newest["Dockerfile"] == newest["Dockerfile+cache=purge"] == "ok"
    folder = results.paths.recommended
    page = (folder / "recommendation.md").read_text()
    assert f"the package index had on {DAY}" in page
    assert "has no url\\_quote" in page or "has no url_quote" in page, "the cause"
    assert (shop / "requirements.txt").read_text() == REQUIREMENTS, "nothing is written there"

    patch = ["patch", "-p0", "--input", str(folder / "packages.diff")]
    subprocess.run(patch, cwd=shop, check=True, capture_output=True)
    text = (shop / "requirements.txt").read_text()
    assert text.startswith(REQUIREMENTS)
    assert "\nwerkzeug==2.0.1\n" in text
    shutil.rmtree(shop / ".git")
    again = here.run("compare", "shop", "--out", str(tmp_path / "again"), *here.usual)
    assert "tried once more" not in again.err
    assert not (tmp_path / "again" / "recommended" / "packages.diff").exists()


def test_a_day_can_be_asked_for_and_what_the_dockerfile_names_gets_the_versions(
    shop: Path, here: CommandLine
) -> None:
    by_name = DOCKERFILE.replace("-r requirements.txt", "Flask==2.0.1")
    (shop / "Dockerfile").write_text(by_name)
    (shop / "requirements.txt").unlink()
    usual = (*here.usual[:-1], "together")
    done = here.run("compare", "shop", "--packages-as-of", DAY, *usual)
    assert "tried once more" not in done.err
    assert f"the package index had on {DAY}" in " ".join(done.told.split())
    folder = here.results("compare-shop").paths.recommended
    patches = sorted(path for path in folder.glob("*.diff"))
    assert folder / "packages.diff" in patches
    for path in reversed(patches):  # packages.diff is for the file that the other one goes on from
        patch = ["patch", "-p0", "--input", str(path)]
        subprocess.run(patch, cwd=shop, check=True, capture_output=True)
    text = (shop / "Dockerfile").read_text()
    assert " werkzeug==2.0.1" in text
    assert text == (folder / "Dockerfile").read_text()


def test_a_lock_stays_as_it_is(shop: Path, here: CommandLine) -> None:
    (shop / "requirements.txt").write_text("Flask==2.0.1 --hash=sha256:00\n")
    refused = here.run("compare", "shop", "--packages-as-of", DAY, *here.usual, expect=2)
    assert "requirements.txt names hashes, as a lock does" in refused.err
