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
    failure = Failure("[2/3] RUN x", "exit code 1", 1, (line,))
    (found,), said = without_absent_lock([own(run)], {"Dockerfile": failure})
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
    assert without_absent_lock([own("uv sync --frozen")], {}) == ([own("uv sync --frozen")], [])
