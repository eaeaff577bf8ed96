"""Workers of gunicorn that each make the tables or the first rows of a new database, all at once:
the one that comes second fails, and the server with it, until it is started again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.model.project import Project
from runner.model.record import Failure

VARIABLE, ONE_LOAD = "GUNICORN_CMD_ARGS", "--preload"
"""With it, gunicorn loads the application once, before there are workers."""
_MADE = re.compile(r"UNIQUE constraint failed|[Dd]uplicate (?:key value|entry)|\balready exists\b")
_WORKERS = re.compile(r"Worker failed to boot")


def with_one_load(project: Project, failures: Sequence[Failure]) -> tuple[Project, list[str]]:
    """The project whose check has gunicorn load it once, and what is said of it; the project itself
    and nothing where that is so already, or no workers were in each other's way."""
    words = [x.words for x in failures if x.step.startswith("check")]
    check = project.check
    raced = any(_MADE.search(text) and _WORKERS.search(text) for text in words)
    if not raced or VARIABLE in check.environment:
        return project, []
    said = (
        f"variable of the check {VARIABLE}={ONE_LOAD}: its workers make the same rows or tables of"
        " a new database at once, and one of them fails: start gunicorn with --preload"
    )
    environment = {**check.environment, VARIABLE: ONE_LOAD}
    return replace(project, check=replace(check, environment=environment)), [said]
