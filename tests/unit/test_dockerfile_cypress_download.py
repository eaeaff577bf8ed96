"""Cypress without the program that it downloads."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.compare.elsewhere import Elsewhere
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.dockerfile.cypress_download import without_cypress
from runner.dockerfile.document import Document

TOLD = "ARG CYPRESS_INSTALL_BINARY=0\n"


@pytest.mark.parametrize("install", ["npm ci", "yarn install", "pnpm install --frozen-lockfile"])
def test_stages_that_install_are_told_to_download_none(install: str) -> None:
    head = "FROM dockbench/standin:node22-slim AS build\n"
    rest = f"RUN {install}\nFROM dockbench/standin:nginx\nCOPY --from=build /app /app\n"
    assert without_cypress(Document(f"{head}{rest}")).text == f"{head}{TOLD}{rest}"


def test_elsewhere_it_is_as_it_was() -> None:
    for text in ("FROM node:22\nRUN npm ci\n", "FROM dockbench/standin:node22\nRUN make\n"):
        assert without_cypress(Document(text)).text == text


@pytest.mark.parametrize("names", [True, False])
def test_a_project_is_looked_through_for_it(tmp_path: Path, names: bool) -> None:
    (tmp_path / "Dockerfile").write_text("FROM node:22\nCMD x\n")
    (tmp_path / "ui").mkdir()
    package = '{"devDependencies": {"cypress": "^13"}}' if names else '{"name": "cypress-like"}'
    (tmp_path / "ui" / "package.json").write_text(package)
    assert [Elsewhere.cypress in item.elsewhere for item in own_dockerfiles(tmp_path, ())] == [
        names
    ]
