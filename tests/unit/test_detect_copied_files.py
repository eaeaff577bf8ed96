"""What a script is in the project that an image starts by another name."""

from __future__ import annotations

import pytest

from runner.compare.no_port import instead_of_port
from runner.detect.command import command, port, takes_port
from runner.detect.copied_files import source_of
from runner.detect.detection import Found
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing

SCRIPT = "docker/entrypoint.sh"
HEAD = "FROM python:3.12\nWORKDIR /app\n"
RENAMED = f'{HEAD}COPY ./{SCRIPT} /entrypoint\nENTRYPOINT ["/entrypoint"]\n'


def project(text: str) -> Listing:
    return Listing((SCRIPT, "start.sh", "app.py"), {SCRIPT: text, "app.py": "import click\n"})


@pytest.mark.parametrize(
    ("copy", "path", "source"),
    [
        (f"COPY ./{SCRIPT} /entrypoint", "/entrypoint", SCRIPT),
        (f"COPY --chmod=755 {SCRIPT} /usr/local/bin/boot", "boot", SCRIPT),
        (f'ADD ["{SCRIPT}", "run"]', "./run", SCRIPT),
        (f"COPY {SCRIPT} /scripts/", "/scripts/entrypoint.sh", SCRIPT),
        (f"COPY {SCRIPT} start.sh /scripts", "/scripts/start.sh", "start.sh"),
        ("COPY docker /scripts", "/scripts/entrypoint.sh", SCRIPT),
        ("COPY . .", "./docker/entrypoint.sh", SCRIPT),
        (f"ARG AT=/go\nCOPY {SCRIPT} $AT", "/go", SCRIPT),
        (f"COPY start.sh /go\nCOPY {SCRIPT} /go", "/go", SCRIPT),
        (f"COPY --from=build {SCRIPT} /entrypoint", "/entrypoint", ""),
        ("COPY docker/*.sh /entrypoint", "/entrypoint", ""),
        ("ADD https://x.example/a.sh /entrypoint", "/entrypoint", ""),
        (f"COPY {SCRIPT} /entrypoint", "/other", ""),
    ],
)
def test_what_lies_at_a_path_of_the_image(copy: str, path: str, source: str) -> None:
    assert source_of(Dockerfile(f"{HEAD}{copy}\n"), path, (SCRIPT, "start.sh")) == source


def test_it_says_that_the_port_is_taken_from_the_platform() -> None:
    service = project("exec gunicorn -b :$PORT app:app\n")
    assert takes_port(Dockerfile(RENAMED), service) == SCRIPT
    assert takes_port(Dockerfile(RENAMED.replace(SCRIPT, "start.sh")), service) == ""


def test_it_says_the_port_and_is_started_by_its_own_name() -> None:
    service, own = (
        project("#!/bin/sh\nexec gunicorn --bind 0.0.0.0:8123 app:app\n"),
        Dockerfile(RENAMED),
    )
    found = port(service, own, own.command)
    assert isinstance(found, Found)
    assert found.evidence == (f"port 8123: in {SCRIPT}",)
    started = command(service, own, set())
    assert isinstance(started, Found)
    assert started.values["command"] == [f"./{SCRIPT}"]


def test_a_script_of_a_shell_is_not_asked_for_help() -> None:
    service = project("#!/usr/bin/env bash\nexec ./app.py\n")
    assert instead_of_port(Dockerfile(RENAMED), service) is None
    tool = Dockerfile(RENAMED.replace(SCRIPT, "app.py"))
    assert instead_of_port(tool, service) is not None
