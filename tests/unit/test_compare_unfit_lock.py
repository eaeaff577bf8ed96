"""A lock that does not fit to its package.json, for a plain Dockerfile."""

from __future__ import annotations

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.unfit_lock import with_npm_install, without_hashes
from runner.detect.dockerfile import Dockerfile
from runner.model.record import Failure

TEXT = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD npm start\n"
REFUSED = Failure(
    "[4/5] RUN npm ci", "exit code 1", 1, ("npm error Missing: a@2.0.66 from lock file",)
)


def tried(failure: Failure, *, plain: bool = True) -> tuple[str, list[str]]:
    own = OwnDockerfile("plain node", Dockerfile(TEXT), "", plain=plain)
    found, said = with_npm_install([own], [failure])
    return found[0].dockerfile.text, said


def test_npm_installs_where_it_refuses_the_lock() -> None:
    text, said = tried(REFUSED)
    assert text == TEXT.replace("npm ci", "npm install")
    assert "refuses the project's lock (Missing: a@2.0.66 from lock file)" in said[0]


def test_a_dockerfile_of_the_project_s_own_and_other_failures_stay() -> None:
    assert tried(REFUSED, plain=False) == (TEXT, [])
    assert tried(Failure("[4/5] RUN npm ci", "exit code 1", 1, ("npm error 404",))) == (TEXT, [])


EXPORTS = (
    "FROM python:3.11\nRUN poetry export --only main --output /r.txt && pip install -r /r.txt\n"
)
UNPINNED = Failure(
    "[5/5] RUN poetry export",
    "exit code 1",
    1,
    (
        "ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==."
        " These do not:",
        "    time-machine>=2.6.0 from https://files.example/t.whl (from pendulum==3.0.0)",
    ),
)


def test_a_lock_that_lacks_a_package_is_installed_without_hashes() -> None:
    own = OwnDockerfile("plain python", Dockerfile(EXPORTS), "", plain=True)
    (found,), said = without_hashes([own], [UNPINNED])
    assert "RUN poetry export --without-hashes --only main --output" in found.dockerfile.text
    assert said[0].startswith("its lock without hashes: it lacks time-machine, ")
    assert without_hashes([found], [UNPINNED]) == ([found], [])
    assert without_hashes([own], [REFUSED]) == ([own], [])
    theirs = OwnDockerfile("Dockerfile", Dockerfile(EXPORTS), "")
    assert without_hashes([theirs], [UNPINNED]) == ([theirs], [])
