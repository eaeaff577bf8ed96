"""The distribution's pip where another release takes the place of the project's."""

from __future__ import annotations

import pytest

from runner.compare.standin_edits import for_other_versions
from runner.dockerfile.system_pip import is_older
from runner.model import labels


@pytest.mark.parametrize(
    ("reference", "older"),
    [
        ("ubuntu:20.04", True),
        ("docker.io/library/ubuntu:jammy", True),
        ("debian:11-slim", True),
        ("nginx:1.21.1", True),
        ("nginx:1.18-perl", True),
        ("ubuntu:24.04", False),
        ("ubuntu", False),
        ("debian:12", False),
        ("debian:bookworm-slim", False),
        ("nginx:1.25.3", False),
        ("nginx:1.27", False),
        ("python:3.11", False),
    ],
)
def test_releases_before_the_rule(reference: str, older: bool) -> None:
    assert is_older(reference) is older


@pytest.mark.parametrize("standin", ["debian-slim", "nginx"])
def test_pip_is_told_so_on_the_stand_in(standin: str) -> None:
    head = f"FROM {labels.standin_tag(standin)}\n"
    text = f"{head}RUN apt-get install -qy python3-pip && pip3 install x\n"
    notes = list[str]()
    told = for_other_versions(text, "", notes, {"nginx:1.21.1": "nginx:1.22"})
    assert told == text.replace(head, f"{head}ARG PIP_BREAK_SYSTEM_PACKAGES=1\n")
    assert notes
