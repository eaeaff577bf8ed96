"""The copy of a user's project that a comparison builds from: who may enter it, and its end."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.commands import HERE, UNWATCHED, Running
from tests.e2e.conftest import Machine
from tests.e2e.killing import kill_with_watchdog, work_copies

QUICKLY = """\
FROM python:3.11-slim
WORKDIR /srv
COPY page page
EXPOSE 8000
CMD ["python", "-m", "page.app"]
"""
HANGS = f"{QUICKLY}RUN sleep 500\n"
MODES = {"secret.txt": 0o600, "tool.sh": 0o750, "page": 0o710}


def make_project(folder: Path) -> Path:
    project = folder / "shop"
    shutil.copytree(HERE / "page" / "repository" / "backend" / "page", project / "page")
    (project / "Dockerfile").write_text(HANGS)
    for name in ("secret.txt", "tool.sh"):
        (project / name).write_text("x\n")
    for name, mode in MODES.items():
        (project / name).chmod(mode)
    return project


def begun(machine: Machine, arguments: Sequence[str]) -> Running:
    """A comparison in the middle of its first build."""
    running = machine.command.start(*arguments)
    running.wait_for(
        "the build that hangs",
        lambda: any(line.startswith("Dockerfile") for line in running.said.splitlines()),
    )
    running.wait_for("its work copy", lambda: work_copies(machine.cache))
    return running


@pytest.mark.parametrize("how", ["main", "main and watchdog"])
def test_a_work_copy_is_closed_to_others_and_gone_after_a_kill(
    machine: Machine, provider: str, how: str
) -> None:
    path = "experiment.path=[{name:slim,about:plain,set:{base:slim}}]"
    sets = (path, UNWATCHED, provider, "scenarios=[cold]")
    arguments = ("compare", "shop", *(part for word in sets for part in ("--set", word)))
    project = make_project(machine.command.folder)
    running = begun(machine, arguments)
    (copy,) = work_copies(machine.cache)
    (root,) = copy.glob("*/repository")
    for folder in (copy, root.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name, mode in MODES.items():
        assert stat.S_IMODE((root / name).stat().st_mode) == mode
    if how == "main":
        running.process.kill()
        running.wait()
        running.wait_for("no work copy", lambda: not copy.exists(), while_it_runs=False)
    else:
        kill_with_watchdog(running)
        assert (root / "secret.txt").is_file(), "nobody is left who could remove it"
    (project / "Dockerfile").write_text(QUICKLY)

    machine.command.run(*arguments)

    assert work_copies(machine.cache) == []
    for name, mode in MODES.items():
        assert stat.S_IMODE((project / name).stat().st_mode) == mode
