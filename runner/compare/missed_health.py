"""A health path that was guessed from the sources and that the service does not know: it answers
there with "not found", or leads elsewhere, and `/` is asked in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.detect.project import lenient
from runner.model.project import Project, Proof
from runner.model.record import Failure
from runner.trial.watch import ANSWERED

_MISSED = re.compile(rf"{ANSWERED} with status (30[12378]|40[145])\b")
"""Statuses by which a service says that it is there, and that this is no path of its health."""


def with_root_asked(
    project: Project, failures: Sequence[Failure], is_said: bool
) -> tuple[Project, list[str]]:
    """The project whose check asks `/` in place of a guessed path that its service does not know,
    and what is said of it; the project itself and nothing where another thing failed, and where its
    owner has said the path (`is_said`)."""
    path = project.check.health_path
    if is_said or project.check.proof is not Proof.http or path == "/":
        return project, []
    step = f"check: GET {path}"
    missed = [_MISSED.search(x.message) for x in failures if x.step == step]
    status = next((match[1] for match in missed if match), "")
    if not status:
        return project, []
    asked = lenient("/")
    check = replace(
        project.check, health_path=asked["health_path"], healthy_below=asked["healthy_below"]
    )
    said = f"health GET /: it answers GET {path}, which is in its sources, with status {status}"
    return replace(project, check=check), [said]
