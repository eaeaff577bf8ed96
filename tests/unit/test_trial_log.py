"""The build log: whole or as it was before, and without credentials."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from runner.model.engine import BaseImage, BuildFailure, BuildResult, BuildStep
from runner.model.errors import StoreError
from runner.model.levels import Levels, Provider
from runner.model.project import Check, Project
from runner.model.variant import Recipe, Variant
from runner.trial.log import write_log
from runner.trial.plan import TrialPlan

PLAN = TrialPlan(
    variant=Variant("slim", Levels(), Recipe("FROM x\n", "", ".", "")),
    variant_id="0123456789ab",
    experiment="test",
    project=Project("page", "a page", "page", "page", port=8000, check=Check()),
    repository=Path("repository"),
    base=BaseImage("x", "", "", Provider.archive, (), ""),
)
BUILT = BuildResult(
    image_id="",
    duration_s=1.5,
    steps=(BuildStep("RUN pip install -i https://me:s3cret@index/", 0.25, 1.25),),
    log=("Looking in indexes: https://me:s3cret@index/", "name \udcff"),
    failure=BuildFailure("RUN pip", "cannot reach https://me:s3cret@index/", 1),
)


def test_it_has_steps_output_and_failure_and_no_credentials(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "slim.log"
    write_log(log, PLAN, [("cold", BUILT)])
    text = log.read_text()
    assert text.splitlines()[0] == "slim (0123456789ab), trial 0"
    assert "== cold: 1.50 s" in text
    assert "1.00 s  RUN pip install -i https://***@index/" in text
    assert "failed in RUN pip: cannot reach https://***@index/" in text
    assert "s3cret" not in text


def test_a_write_that_fails_leaves_the_log_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "logs" / "slim.log"
    write_log(log, PLAN, [("cold", BUILT)])
    before = log.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="no space left"):
        write_log(log, PLAN, [("cold", BUILT), ("noop", replace(BUILT, failure=None))])
    assert log.read_bytes() == before
    assert list(log.parent.iterdir()) == [log]
