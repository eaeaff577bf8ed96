"""A trial that fails by what an earlier step did not install, on a real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.analysis.causes import likely_cause
from runner.engine.docker.engine import DockerEngine
from runner.model.record import Status, from_json, to_json
from tests.engine.trials import GOOD, SERVE, plan_of, run, write_project

SAID = "ERROR: No matching distribution found for flask==99"
STEP = f"RUN echo '{SAID}'; test -e /flask; rm -rf /root/.cache"
NEEDED = "echo \"ModuleNotFoundError: No module named 'flask'\" >&2; exit 1"


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (f"RUN {NEEDED}\n{SERVE}", Status.build_failed),
        (f'CMD ["sh", "-c", "{NEEDED.replace(chr(34), chr(92) + chr(34))}"]\n',
         Status.check_failed),
    ],
)  # fmt: skip
def test_what_an_earlier_step_did_not_install(
    engine: DockerEngine, tiny: str, tmp_path: Path, rest: str, status: Status, builder: str
) -> None:
    write_project(tmp_path, f"ARG BASE_IMAGE\nFROM ${{BASE_IMAGE}}\n{STEP}\n{rest}")
    record = run(engine, plan_of(engine, tmp_path, tiny), tmp_path, builder)
    assert record.status is status
    assert record.failure is not None
    assert record.failure.hidden is not None
    assert record.failure.hidden.message == SAID
    assert STEP in record.failure.hidden.step
    assert likely_cause(record.failure).startswith("pip failed in an earlier step, which went on")
    assert from_json(to_json(record)) == record


def test_an_image_that_passes_without_it_has_a_note(
    engine: DockerEngine, tiny: str, tmp_path: Path
) -> None:
    write_project(tmp_path, GOOD.replace("COPY", f"{STEP}\nCOPY", 1))
    record = run(engine, plan_of(engine, tmp_path, tiny), tmp_path)
    assert record.status is Status.ok
    assert (
        f"pip failed in a step of the build, which went on ({SAID}): the image may lack what that"
        " installs"
    ) in record.notes
