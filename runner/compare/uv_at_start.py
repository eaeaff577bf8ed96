"""`uv run` as what an image starts, where the build left out what it would install: development
dependencies at each start, from a package index that the container of a check does not reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.analysis.causes_of_packages import installed_at_start
from runner.model.project import Project
from runner.model.record import Failure

VARIABLE = "UV_NO_SYNC"
"""With it, `uv run` takes the environment as it is."""


def with_no_sync(project: Project, failures: Sequence[Failure]) -> tuple[Project, list[str]]:
    """The project whose check has uv install nothing, and what is said of it; the project itself
    and nothing where that is so already, or no container has tried to."""
    started = [x for x in failures if x.step.startswith("check")]
    lines = (x.words for x in started)
    name = next(filter(None, map(installed_at_start, lines)), "")
    check = project.check
    if not name or VARIABLE in check.environment:
        return project, []
    said = (
        f"variable of the check {VARIABLE}=1: `uv run` would install {name} at each start of the"
        f" container, which the build left out: say ENV {VARIABLE}=1 in the Dockerfile"
    )
    environment = {**check.environment, VARIABLE: "1"}
    return replace(project, check=replace(check, environment=environment)), [said]
