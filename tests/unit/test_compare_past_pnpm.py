"""A Dockerfile that installs the pnpm of today, with that of the project's lock in its place."""

from __future__ import annotations

from datetime import date

import pytest

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_pnpm import past_pnpm
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing

DAY = date(2024, 5, 3)
NAMED = {"package.json": '{"packageManager": "pnpm@9.11.0+sha512.abc"}', "pnpm-lock.yaml": ""}
LOCKED = {"web/package.json": "{}", "web/pnpm-lock.yaml": "lockfileVersion: '6.0'\n"}


def tried(run: str, files: dict[str, str]) -> str | None:
    """The RUN that takes its place; None where nothing does."""
    own = OwnDockerfile("Dockerfile", Dockerfile(f"FROM node\nRUN {run}\n"), "")
    found = past_pnpm(own, Listing(tuple(files), files), DAY, "it fails")
    if found is None:
        return None
    assert found.line.endswith("with that of today it fails")
    assert found.patch
    return found.text.partition("RUN ")[2].removesuffix("\n")


@pytest.mark.parametrize(
    ("run", "files", "after"),
    [
        ("npm install -g pnpm && pnpm i", NAMED, "npm install -g pnpm@9.11.0 && pnpm i"),
        ("npm i --global 'pnpm' serve", LOCKED, "npm i --global pnpm@8 serve"),
        ("yarn global add pnpm", LOCKED, "yarn global add pnpm@8"),
        (
            "corepack prepare pnpm@latest --activate",
            NAMED,
            "corepack prepare pnpm@9.11.0 --activate",
        ),
        ("npm install -g pnpm@7", NAMED, None),
        ("npm install pnpm", NAMED, None),
        ("npm install -g pnpm", {"package.json": "{}"}, None),
        ("corepack enable pnpm", NAMED, None),
        ("corepack enable", LOCKED, "corepack enable && corepack prepare pnpm@8 --activate"),
        ("corepack enable yarn", LOCKED, None),
    ],
)
def test_the_version_of_the_lock_is_named(
    run: str, files: dict[str, str], after: str | None
) -> None:
    assert tried(run, files) == after


@pytest.mark.parametrize(("day", "version"), [(date(2024, 5, 3), "9"), (date(2025, 5, 3), "10")])
def test_scripts_of_packages_run_as_on_that_day(day: date, version: str) -> None:
    files = {"package.json": "{}", "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}
    own = OwnDockerfile("Dockerfile", Dockerfile("FROM node\nRUN npm i -g pnpm\n"), "")
    found = past_pnpm(own, Listing(tuple(files), files), day, "it fails")
    assert found is not None
    assert found.text == f"FROM node\nRUN npm i -g pnpm@{version}\n"
