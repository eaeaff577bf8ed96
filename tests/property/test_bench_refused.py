"""What `bench` refuses: exit code 2, one line with key, value and choices, nothing written.

In one process, which spares the start of a command for each; the end-to-end tests have one of each
kind as a command.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from runner.cli.main import main
from tests.e2e.commands import PAGE
from tests.e2e.refusals import COMMANDS, LEVELS, REFUSED, write_level

OTHERS = {what: how for what, how in REFUSED.items() if what not in COMMANDS}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, and no engine: what is refused is refused before an engine is asked for."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setenv("PATH", "/nowhere")
    GlobalHydra.instance().clear()
    return folder


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a bench that must be refused says: one line, and nothing else."""
    assert main(["bench", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("dockbench: ")
    assert said.err.count("\n") == 1
    assert said.err.endswith("\n")
    return said.err


@pytest.mark.parametrize(("overrides", "words"), OTHERS.values(), ids=OTHERS.keys())
def test_one_line_says_what_is_wrong_and_nothing_is_written(
    nowhere: Path, capsys: pytest.CaptureFixture[str], overrides: list[str], words: list[str]
) -> None:
    said = refusal(capsys, *PAGE, "engine.prefer=existing", *overrides)
    for word in words:
        assert word in said
    assert list(nowhere.iterdir()) == []


@pytest.mark.parametrize(("line", "words"), LEVELS.values(), ids=LEVELS.keys())
def test_a_wrong_level_of_the_user_s_own_is_named_by_its_file(
    nowhere: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, line: str, words: list[str]
) -> None:
    configs = tmp_path / "configs"
    configs.mkdir()
    said = refusal(capsys, "--config-dir", str(write_level(configs, line)), "base=own")
    for word in words:
        assert word in said
    assert list(nowhere.iterdir()) == []
