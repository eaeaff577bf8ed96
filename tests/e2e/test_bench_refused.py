"""Requests that cannot be: exit code 2, one line with key, value and choices, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.store.records import RecordStore
from tests.e2e.commands import PAGE, CommandLine
from tests.e2e.refusals import COMMANDS, LEVELS, REFUSED, write_level
from tests.unit.records import record


@pytest.fixture
def nowhere(tmp_path: Path) -> CommandLine:
    """A folder, and no engine: what is refused is refused before an engine is asked for."""
    environment = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "PATH": "/nowhere"}
    return CommandLine(tmp_path, environment, usual=("engine.prefer=existing",))


@pytest.mark.parametrize("what", COMMANDS)
def test_one_line_says_what_is_wrong_and_nothing_is_written(
    nowhere: CommandLine, what: str
) -> None:
    overrides, words = REFUSED[what]
    done = nowhere.bench(*overrides, expect=2)
    assert done.err == f"{done.error}\n"
    for word in words:
        assert word in done.error
    assert done.out == ""
    assert list(nowhere.folder.iterdir()) == []


def test_what_was_measured_before_stays(nowhere: CommandLine) -> None:
    results = nowhere.results("variants")
    finished = record("finished before")
    RecordStore(results.paths).write(finished)
    for what in ("an unknown level", "an unknown key", "contradictory builder"):
        nowhere.bench(*REFUSED[what][0], expect=2)
        results.assert_whole(1)
        assert results.records == [finished]


def test_a_wrong_level_of_the_user_s_own_is_named_by_its_file(
    nowhere: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    line, words = LEVELS["a key that a level cannot have"]
    configs = write_level(tmp_path_factory.mktemp("configs"), line)
    done = nowhere.run("bench", "--config-dir", str(configs), "base=own", expect=2)
    assert done.err == f"{done.error}\n"
    for word in words:
        assert word in done.error
    assert list(nowhere.folder.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [["bnech"], ["report"], ["report", "/nowhere"], ["engine", "restart"], ["doctor", "--quick"]],
    ids=" ".join,
)
def test_other_commands_refuse_in_one_line_too(nowhere: CommandLine, arguments: list[str]) -> None:
    done = nowhere.run(*arguments, expect=2)
    assert done.err == f"{done.error}\n"
    assert done.out == ""


def test_options_may_stand_among_the_overrides(nowhere: CommandLine) -> None:
    before = nowhere.run("bench", "--cfg", "job", *PAGE, "run.seed=7").out
    after = nowhere.run("bench", *PAGE, "run.seed=7", "--cfg", "job").out
    assert before == after
    assert "seed: 7" in before
