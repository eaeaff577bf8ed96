"""Where a Dockerfile needs a program that its base may lack."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.programs import line_that_runs

BASE = "python:3.11-alpine"


@pytest.mark.parametrize(
    "shell",
    [
        "apk add git",
        "set -ex ; apk add git; pip install x",
        "set -ex;apk add git",
        "( set -ex; apk add git )",
        'set -eux; if [ -n "$TOOLS" ]; then apk add git; fi',
        "for p in git curl; do apk add $p; done",
        "apk add git || exit 1; git clone x",
        "/sbin/apk add git | cat",
        "apk add git && if",
        '["apk", "add", "git"]',
        '["/sbin/apk", "add", "git"]',
    ],
)
def test_a_program_is_needed_wherever_it_stands(shell: str) -> None:
    assert line_that_runs(Document(f"FROM {BASE}\nRUN {shell}\n"), "apk", [BASE]) == 2


@pytest.mark.parametrize(
    "shell",
    [
        "apk add git || true",
        "apk add git || echo without; pip install x",
        "if command -v apk; then apk add git; fi",
        "which apk > /dev/null && apk add git; true",
        "if [ -x /sbin/apk ]; then apk add git; fi",
        "if [ -f /etc/alpine-release ]; then apk add git; fi",
        "if [ -n $A ]; then apk add git; else apt-get install git; fi",
        "echo apk",
        "pip install apk-tools; apk-tools x",
        '["pip", "install", "apk-tools"]',
    ],
)
def test_a_script_that_does_without_it_needs_none(shell: str) -> None:
    assert line_that_runs(Document(f"FROM {BASE}\nRUN {shell}\n"), "apk", [BASE]) == 0


def test_the_line_is_that_of_the_program_in_a_stage_on_the_image() -> None:
    text = f"FROM debian\nRUN apk\nFROM {BASE}\nRUN set -ex; \\\n  # tools\n  apk add git\n"
    assert line_that_runs(Document(text), "apk", [BASE]) == 6
