"""What is found of an image's own HEALTHCHECK, on images of a few kilobytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.docker.engine import DockerEngine
from runner.trial.check import started
from runner.trial.healthcheck import PASSED, healthcheck
from tests.engine.contexts import build_image
from tests.engine.test_check_proofs import plan

SERVICE = "CMD (sleep 1; touch /tmp/late) & exec httpd -f -p 8000 -h /www"

GONE = "its program is not in the image, or cannot be started"


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("HEALTHCHECK --interval=1h CMD test -e /bin/sh", PASSED),
        ('HEALTHCHECK CMD ["test", "-e", "/bin/sh"]', PASSED),
        ("HEALTHCHECK CMD test -e /tmp/late", PASSED),
        ("HEALTHCHECK CMD curl -f http://localhost:8000/", f"exit code 127: {GONE}"),
        ('HEALTHCHECK CMD ["curl", "-f", "http://localhost:8000/"]', GONE),
        ("HEALTHCHECK CMD exit 3", "exit code 3"),
        ("HEALTHCHECK NONE", ""),
        ("", ""),
    ],
)
def test_what_is_found(engine: DockerEngine, tmp_path: Path, line: str, found: str) -> None:
    text = f"FROM dockbench/test:tiny\nRUN mkdir -p /www /tmp\n{line}\n{SERVICE}\n"
    image = build_image(engine, tmp_path, text, "dockbench/test:health").image_id
    with started(engine, image, plan()) as running:
        said = healthcheck(running)
    assert said == found
