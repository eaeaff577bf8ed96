"""Packages of Node as on the day of the last commit, where no lock names any."""

from __future__ import annotations

from datetime import date

import pytest

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_npm import with_npm_of_day
from runner.compare.past_packages import PastPackages
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing

DAY = date(2021, 1, 8)
TEXT = "FROM node:22\nCOPY . .\nRUN npm install\nCMD npm start\n"
PINNED = TEXT.replace("node:22", "node:22\nARG npm_config_before=2021-01-08")


def found(
    text: str, files: dict[str, str], images: PastPackages | None = None
) -> PastPackages | None:
    own = OwnDockerfile("Dockerfile", Dockerfile(text), "")
    return with_npm_of_day(own, Listing(tuple(files), files), DAY, "it fails", images)


def test_npm_installs_what_there_was_before_that_day() -> None:
    past = found(TEXT, {"package.json": "{}"})
    assert past is not None
    assert past.text == PINNED
    assert past.said.endswith("with those of today it fails")


def test_so_it_does_on_the_node_of_that_day() -> None:
    own = OwnDockerfile("Dockerfile", Dockerfile(TEXT), "")
    images = PastPackages.of_dockerfile(own, DAY, "", TEXT.replace("22", "14"), "on node:14")
    past = found(TEXT, {"package.json": "{}"}, images)
    assert past is not None
    assert past.text == PINNED.replace("22", "14")
    assert past.said.startswith("on node:14; all was measured")


@pytest.mark.parametrize(
    ("text", "files"),
    [
        (TEXT, {"package.json": "{}", "package-lock.json": ""}),
        (TEXT, {"package.json": "{}", "web/yarn.lock": ""}),
        (TEXT, {"requirements.txt": ""}),
        (TEXT.replace("npm install", "yarn"), {"package.json": "{}"}),
    ],
)
def test_a_lock_or_another_installer_is_left_alone(text: str, files: dict[str, str]) -> None:
    assert found(text, files) is None
