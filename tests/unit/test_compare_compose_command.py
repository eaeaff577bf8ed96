"""What a compose file runs, where what an image starts by itself ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.compare.check_start import with_compose_command
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.detect.dockerfile import Dockerfile
from runner.model.project import Check, Project
from runner.model.record import Failure

SHOP = Project(name="shop")
RUNS = ("sh", "-c", "python manage.py migrate && python manage.py runserver 0.0.0.0:8000")
OWN = OwnDockerfile(
    "Dockerfile",
    Dockerfile('FROM python:3.11\nCMD ["run.sh"]\n'),
    "",
    command=RUNS,
    seen="service app in docker-compose.yml",
)
ENDED = Failure("check: start", "the container exited with 0 before it was healthy", 0)


def test_it_is_run_in_its_place() -> None:
    told, said = with_compose_command(SHOP, [OWN], [ENDED])
    assert told.check.command == list(RUNS)
    assert said == [
        "command of the check sh -c 'python manage.py migrate && python manage.py runserver"
        " 0.0.0.0:8000': service app in docker-compose.yml, as what the image starts by itself ends"
    ]
    assert with_compose_command(told, [OWN], [ENDED]) == (told, [])


@pytest.mark.parametrize(
    ("own", "failure", "check"),
    [
        (OWN, Failure("check: GET /", "status 500"), Check()),
        (OWN, Failure("[2/3] RUN pip", "exit code 1", 1), Check()),
        (OWN, ENDED, Check(command=["mine"])),
        (replace(OWN, command=()), ENDED, Check()),
        (replace(OWN, command=("run.sh",)), ENDED, Check()),
        (replace(OWN, command=("sh", "-c", "pip install x && python a.py")), ENDED, Check()),
    ],
)
def test_else_it_stays_as_it_is(own: OwnDockerfile, failure: Failure, check: Check) -> None:
    project = replace(SHOP, check=check)
    assert with_compose_command(project, [own], [failure]) == (project, [])
