"""recommends=none: the option, and what is recommended only and needed all the same."""

from __future__ import annotations

import pytest

from tests.unit.edited_texts import edited


@pytest.mark.parametrize(
    ("base", "packages", "after"),
    [
        ("python:3.12-slim", "gcc libpq-dev", "gcc libc6-dev libpq-dev"),
        ("python:3.12-slim", "make gcc-12 git", "make gcc-12 libc6-dev git"),
        ("python:3.12-slim", "gcc libc6-dev", "gcc libc6-dev"),
        ("python:3.12-slim", "gcc build-essential", "gcc build-essential"),
        ("python:3.12-slim", "gcc g++", "gcc g++"),
        ("debian:bookworm-slim", "curl nginx", "curl ca-certificates nginx"),
        ("docker.io/library/ubuntu", "git ca-certificates", "git ca-certificates"),
        ("node:22-slim", "curl git", "curl git"),
    ],
)
def test_what_a_build_needs_is_named(base: str, packages: str, after: str) -> None:
    head = f"FROM {base}\nRUN apt-get update && apt-get install"
    found = edited(f"{head} -y {packages}\n", "recommends=none")
    assert found == f"{head} --no-install-recommends -y {after}\n"


def test_in_lines_of_their_own_too() -> None:
    text = "FROM ubuntu AS a\nFROM a\nRUN apt-get install -y \\\n    gcc \\\n    wget\n"
    assert edited(text, "recommends=none") == text.replace(
        "install -y", "install --no-install-recommends -y"
    ).replace("gcc", "gcc libc6-dev").replace("wget", "wget ca-certificates")
