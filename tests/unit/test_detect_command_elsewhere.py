"""The start of a project's own image, said for one that has its files in another directory."""

from __future__ import annotations

import pytest

from runner.detect.command_elsewhere import as_it_lies_here, without_init
from runner.detect.listing import Listing

SERVICE = Listing(("app.py", "boot.sh", "a/run.sh", "b/run.sh", "docker/entrypoint.sh"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/opt/shop/boot.sh"], ["./boot.sh"]),
        (["/opt/shop/a/run.sh", "web"], ["./a/run.sh", "web"]),
        (["/usr/local/bin/entrypoint.sh"], ["./docker/entrypoint.sh"]),
        (["bash", "/entrypoint.sh"], ["bash", "docker/entrypoint.sh"]),
        (["python3", "/opt/shop/app.py", "/data"], ["python3", "app.py", "/data"]),
        (["/opt/venv/bin/gunicorn", "app:app"], ["gunicorn", "app:app"]),
        (["/opt/shop/.venv/bin/python", "app.py"], ["python", "app.py"]),
        (["/bin/sh", "-c", "cd /opt && ./x"], ["/bin/sh", "-c", "cd /opt && ./x"]),
        (["gunicorn", "-c", "/gunicorn.conf"], ["gunicorn", "-c", "/gunicorn.conf"]),
        ([], []),
    ],
)
def test_files_of_the_project_are_named_from_its_root(words: list[str], said: list[str]) -> None:
    assert as_it_lies_here(words, "/opt/shop", SERVICE) == (said, "")


@pytest.mark.parametrize(
    ("words", "unknown"),
    [
        (["/start.sh"], "/start.sh"),
        (["/elsewhere/run.sh"], "/elsewhere/run.sh"),
        (["sh", "/start-reload.sh"], "/start-reload.sh"),
        (["/app/bin/python", "/app/bin/boot.sh"], "/app/bin/boot.sh"),
    ],
)
def test_what_is_not_the_projects_is_named(words: list[str], unknown: str) -> None:
    assert as_it_lies_here(words, "/opt/shop", SERVICE)[1] == unknown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/usr/bin/tini", "--", "./boot.sh"], ["./boot.sh"]),
        (["tini", "-g", "--", "python", "app.py"], ["python", "app.py"]),
        (["dumb-init", "gunicorn", "app:app"], ["gunicorn", "app:app"]),
        (["python", "--", "app.py"], ["python", "--", "app.py"]),
        (["tini", "--"], ["tini", "--"]),
        ([], []),
    ],
)
def test_an_init_program_is_not_of_the_start(words: list[str], said: list[str]) -> None:
    assert without_init(words) == said
