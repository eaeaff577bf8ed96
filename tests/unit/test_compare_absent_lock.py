"""Installers that ask for a lock which is not there are told to do without."""

from __future__ import annotations

import pytest

from runner.compare.absent_lock import without_absent_lock
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.model.record import Failure

UV = "error: Unable to find lockfile at `uv.lock`, but `--frozen` was provided."
NPM = (
    "npm error The `npm ci` command can only install with an existing package-lock.json or"
    " npm-shrinkwrap.json with lockfileVersion >= 1."
)
PNPM = 'ERR_PNPM_NO_LOCKFILE  Cannot install with "frozen-lockfile" because it is absent'


def own(run: str) -> OwnDockerfile:
    return OwnDockerfile("Dockerfile", Dockerfile(f"FROM x\nCOPY . .\nRUN {run}\n"), "")


def mended(run: str, line: str) -> tuple[str, list[str]]:
    step = " ".join(f"[2/3] RUN {run}".replace("\\\n", " ").split())
    failure = Failure(step, "exit code 1", 1, (line,))
    paths = ("package.json", "web/poetry.lock")
    (found,), said = without_absent_lock([own(run)], {"Dockerfile": failure}, paths)
    assert list(found.mends) == said
    return found.dockerfile.text, said


@pytest.mark.parametrize(
    ("run", "line", "without"),
    [
        (
            "--mount=type=cache,target=/c \\\n    uv sync --frozen --no-dev",
            UV,
            "--mount=type=cache,target=/c \\\n    uv sync --no-dev",
        ),
        ("uv sync --locked && uv sync  --frozen", UV, "uv sync && uv sync"),
        ("uv sync \\\n    --frozen", UV, "uv sync"),
        ("npm ci --prefix ci", NPM, "npm install --prefix ci"),
        ("npm ci --omit=dev && npm run ci", NPM, "npm install --omit=dev && npm run ci"),
        ("pnpm i --frozen-lockfile", PNPM, "pnpm i --no-frozen-lockfile"),
    ],
)
def test_each_installs_without(run: str, line: str, without: str) -> None:
    text, said = mended(run, line)
    assert text == own(without).dockerfile.text
    assert "which is not there" in said[0]


@pytest.mark.parametrize(
    ("run", "line"), [("uv sync --frozen", NPM), ("uv pip sync --frozen x", UV), ("npm ci", "no")]
)
def test_nothing_else_is_changed(run: str, line: str) -> None:
    assert mended(run, line) == (own(run).dockerfile.text, [])


def test_what_has_not_failed_stays() -> None:
    own_ones = [own("uv sync --frozen")]
    assert without_absent_lock(own_ones, {}, ()) == (own_ones, [])


def test_a_lock_that_is_there_and_a_step_that_did_not_fail_stay() -> None:
    run = "npm ci"
    failure = Failure(f"[2/3] RUN {run}", "exit code 1", 1, (NPM,))
    there = ("package.json", "package-lock.json")
    assert without_absent_lock([own(run)], {"Dockerfile": failure}, there) == ([own(run)], [])
    two = own("npm ci\nRUN cd api && npm ci --omit=dev")
    second = Failure("[3/3] RUN cd api && npm ci --omit=dev", "exit code 1", 1, (NPM,))
    (found,), _ = without_absent_lock([two], {"Dockerfile": second}, ())
    assert found.dockerfile.text == two.dockerfile.text.replace("ci --omit", "install --omit")
