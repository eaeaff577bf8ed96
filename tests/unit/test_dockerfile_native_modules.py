"""Modules of Node that are compiled, on a stand-in that has no compiler."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.native_modules import as_written, with_compiler_behind_npm

HEAD = "FROM dockbench/standin:node22-slim\n"


def text_of(text: str) -> str:
    return with_compiler_behind_npm(Document(text)).text


@pytest.mark.parametrize(
    ("run", "command"),
    [
        ("npm ci", "npm ci"),
        ("NODE_ENV=production npm ci --omit=dev && npm cache clean --force",
         "NODE_ENV=production npm ci --omit=dev"),
        ("cd x && yarn", "yarn"),
        ("yarn install --frozen-lockfile", "yarn install --frozen-lockfile"),
        ("npm i -g pnpm && pnpm install", "pnpm install"),
        ("if true; then npm ci; fi", "npm ci"),
        ("(npm ci)", "npm ci"),
    ],
)  # fmt: skip
def test_a_command_that_installs_is_tried_again_with_a_compiler(run: str, command: str) -> None:
    text = text_of(f"{HEAD}RUN {run}\n")
    before, _, rest = run.partition(command)
    assert text.startswith(f"{HEAD}RUN {before}{{ {{ {command}; }} >/tmp/npm.out")
    assert text.endswith(f"rm -f /tmp/npm.out /tmp/manual{rest}\n")
    assert text.count("apt-get install") == 1
    shell = text.removeprefix(f"{HEAD}RUN ")
    assert subprocess.run(["bash", "-n", "-c", shell], check=False).returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "FROM node:22-slim\nRUN npm ci\n",
        "FROM dockbench/standin:node22\nRUN npm ci\n",
        "FROM dockbench/standin:node22-alpine\nRUN npm ci\n",
        f"{HEAD}RUN npm install -g serve\n",
        f"{HEAD}RUN npm run build\n",
        f'{HEAD}RUN ["npm", "ci"]\n',
        f"{HEAD}RUN echo npm ci\n",
        f"{HEAD}CMD npm ci\n",
    ],
)
def test_others_stay(text: str) -> None:
    assert text_of(text) == text


def test_what_is_said_of_a_step_is_what_its_author_wrote() -> None:
    run = "RUN cd x && npm ci && npm run build"
    step = text_of(f"{HEAD}{run}\n").removeprefix(HEAD).strip()
    assert as_written(f"[3/4] {step}: exit code 1") == f"[3/4] {run}: exit code 1"
    assert as_written(f"{step[:200]}…: exit code 1") == "RUN cd x && npm ci: exit code 1"
    assert as_written(run) == run


def test_what_the_second_try_ends_with_is_printed_last(tmp_path: Path) -> None:
    """A disk that is full, and not the compiler that was missing before."""
    for name, text in (
        ("npm", 'if [ -e here ]; then echo ENOSPC; else echo "gyp ERR! find Python"; fi; exit 1'),
        ("apt-get", "touch here"),
        ("apt-mark", ":"),
        ("id", "echo 0"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    shell = text_of(f"{HEAD}RUN npm ci\n").removeprefix(f"{HEAD}RUN ").replace("/tmp/", "./")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", shell], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert done.returncode != 0
    assert done.stdout.decode().split("\n")[-2:] == ["ENOSPC", ""]
