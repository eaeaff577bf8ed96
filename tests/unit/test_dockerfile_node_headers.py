"""What installers of Node are told on a stand-in for its image: where headers are, and that
packages for another version of Node may be installed."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.node_headers import with_headers_of_node, without_engine_checks

TOLD = "ARG npm_config_nodedir=/usr/local\n"


def text_of(text: str) -> str:
    return with_headers_of_node(Document(text)).text


def test_a_stage_that_installs_on_a_stand_in_for_node_is_told_where_they_are() -> None:
    head, build = "FROM dockbench/standin:node22 AS build\n", "RUN npm ci && npm run build\n"
    last = "FROM dockbench/standin:node22-slim\nCOPY --from=build /app /app\n"
    assert text_of(head + build + last) == head + TOLD + build + last


def test_so_is_one_on_another_stage_that_is_built_on_one() -> None:
    base = "FROM dockbench/standin:node22 AS base\nWORKDIR /app\n"
    deps = "FROM base AS deps\n"
    assert text_of(f"{base}{deps}RUN npm ci\n") == f"{base}{deps}{TOLD}RUN npm ci\n"


def test_line_ends_stay_as_they_are() -> None:
    text = "FROM dockbench/standin:node22-alpine\r\nRUN yarn install\r\n"
    assert text_of(text).splitlines(keepends=True)[1] == TOLD.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "FROM node:22\nRUN npm ci\n",
        "FROM dockbench/standin:slim\nRUN npm ci\n",
        "FROM dockbench/standin:node22\nRUN echo npm ci\n",
        "FROM dockbench/standin:nodeless\nRUN npm ci\n",
    ],
)
def test_others_stay(text: str) -> None:
    assert text_of(text) == text


def test_each_installer_is_told_not_to_check_for_which_version_of_node_a_package_is() -> None:
    head = "FROM dockbench/standin:node20\n"
    assert without_engine_checks(Document(f"{head}RUN yarn install\n")).text == (
        f"{head}ARG npm_config_ignore_engines=true\nRUN yarn install\n"
    )
    assert without_engine_checks(Document(f"{head}RUN npm ci\n")).text == (
        f"{head}ARG npm_config_engine_strict=false\nRUN npm ci\n"
    )
    assert without_engine_checks(Document("FROM node:20\nRUN yarn\n")).text.count("ARG") == 0
