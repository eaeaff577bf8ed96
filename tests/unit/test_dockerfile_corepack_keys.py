"""Package managers that corepack fetches from a package index without signatures."""

from __future__ import annotations

import pytest

from runner.dockerfile.corepack_keys import without_keys_of_corepack
from runner.dockerfile.document import Document

BASE = "FROM dockbench/standin:node22-slim AS base\n"
TOLD = "ARG COREPACK_INTEGRITY_KEYS=0\nARG COREPACK_NPM_REGISTRY=https://npm.example\n"


def text_of(text: str) -> str:
    return without_keys_of_corepack(Document(text), lambda: "https://npm.example").text


@pytest.mark.parametrize("program", ["pnpm", "yarn"])
def test_each_stage_that_runs_what_corepack_starts_asks_for_no_signatures(program: str) -> None:
    enabled, deps = "RUN corepack enable\n", f"RUN {program} install\n"
    last = "FROM dockbench/standin:node22-alpine\nCOPY --from=deps /app /app\nRUN echo corepack\n"
    text = f"{BASE}{enabled}FROM base AS deps\n{deps}{last}"
    assert text_of(text) == f"{BASE}{TOLD}{enabled}FROM base AS deps\n{TOLD}{deps}{last}"


@pytest.mark.parametrize(
    "text",
    [
        f"{BASE}RUN npm install -g pnpm && pnpm install\n",
        "FROM node:22\nRUN corepack enable && pnpm install\n",
        "FROM dockbench/standin:slim\nRUN corepack enable\n",
    ],
)
def test_others_stay(text: str) -> None:
    assert text_of(text) == text


def test_without_npm_corepack_asks_its_own_default() -> None:
    text = f"{BASE}RUN corepack enable\n"
    found = without_keys_of_corepack(Document(text), lambda: "").text
    assert found == f"{BASE}ARG COREPACK_INTEGRITY_KEYS=0\nRUN corepack enable\n"
