"""What `dockbench clean` says had to stay."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from runner.cli.clean import show
from runner.engine.clean import CleanReport
from runner.engine.docker.embedded import EmbeddedEngine
from runner.engine.port import Engine

WHAT = "kept the engine's build cache, with the cache mounts dockbench-*"


def test_an_engine_that_is_not_ours_keeps_its_build_cache(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(cast(Engine, SimpleNamespace(address="unix:///theirs", is_private=False)), CleanReport())

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("unix:///theirs: removed 0 containers")
    assert lines[1].startswith(WHAT)


def test_the_embedded_engine_has_nothing_of_others(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    show(EmbeddedEngine(tmp_path), CleanReport())

    assert WHAT not in capsys.readouterr().err


def test_what_emptying_the_build_cache_freed_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    show(EmbeddedEngine(tmp_path), CleanReport(build_cache_bytes=14_430_000_000))

    assert capsys.readouterr().err.rstrip().endswith("0 networks, 14.43 GB of build cache")
