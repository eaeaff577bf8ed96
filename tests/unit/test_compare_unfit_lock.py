"""A lock that does not fit to its package.json, for a plain Dockerfile."""

from __future__ import annotations

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.unfit_lock import with_npm_install
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
