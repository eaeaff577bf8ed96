"""Requests that cannot be: exit code 2, one line with key, value and choices, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.commands import PAGE, CommandLine

REFUSED = {
    "an unknown level": (["base=debain"], ["base=debain", "alpine, derived, full, quick, slim"]),
    "an unknown factor": (["bass=slim"], ["bass", "did you mean base?"]),
    "an unknown key": (["base.imgae=x:1"], ["base.imgae", "did you mean image?", "standin"]),
    "a key made up with +": (["+run.frsh=true"], ["run.frsh", "did you mean fresh?"]),
    "an unknown experiment": (["experiment=progresion"], ["experiment=progresion", "progression"]),
    "an unknown project": (["project=page2"], ["project=page2", "famous_ner, page"]),
    "no number": (["run.build_timeout_s=soon"], ["run.build_timeout_s", "soon"]),
    "no yes or no": (["run.fresh=perhaps"], ["run.fresh", "perhaps"]),
    "none of the choices": (["builder=kaniko"], ["builder=kaniko", "buildkit, classic"]),
    "a time limit out of bounds": (["run.build_timeout_s=0"], ["run.build_timeout_s=0", "86400"]),
    "no patience": (["project.check.timeout_s=-5"], ["project.check.timeout_s=-5"]),
    "a port out of bounds": (["project.port=99999"], ["port", "99999", "65535"]),
    "an override without a value": (["run.fresh"], ["run.fresh", "EQUAL"]),
    "a value that cannot be read": (["base=["], ["base=["]),
    "contradictory levels": (["prune=trimmed"], ["prune=trimmed", "stages=single", "choose multi"]),
    "contradictory builder": (
        ["builder=classic", "cache=mount"],
        ["cache=mount", "builder=classic", "choose builder=buildkit"],
    ),
    "a step that contradicts itself": (
        ["experiment.path=[{name: odd, about: x, set: {prune: trimmed}}]"],
        ["step odd", "prune=trimmed", "stages=single"],
    ),
    "a step with an unknown level": (
        ["experiment.path=[{name: odd, about: x, set: {base: debain}}]"],
        ["base=debain", "slim"],
    ),
    "every combination refused": (
        ["-m", "prune=trimmed,minimal"],
        ["all 2 combinations", "prune=trimmed", "stages=single"],
    ),
    "one unknown level in a sweep": (["-m", "base=slim,debain"], ["base=debain", "slim"]),
    "an option that there is not": (["--frobnicate"], ["--frobnicate", "--help"]),
    "a configuration folder that is not there": (["--config-dir", "/nowhere"], ["/nowhere"]),
    "sources that are not there": (["project.folder=/nowhere"], ["project.folder=/nowhere"]),
    "no request file": (["project.check.request_file=no.json"], ["check.request_file=no.json"]),
    "an answer that is no JSON": (
        ["project.check.answer_file=README.md"],
        ["check.answer_file=README.md", "not JSON"],
    ),
    "an instruction in a value": (
        ["project.package='page\\nRUN true'"],
        ["package", "page"],
    ),
}


@pytest.fixture
def nowhere(tmp_path: Path) -> CommandLine:
    """A folder, and no engine: what is refused is refused before an engine is asked for."""
    environment = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "PATH": "/nowhere"}
    return CommandLine(tmp_path, environment, usual=("engine.prefer=existing",))


@pytest.mark.parametrize(("overrides", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_one_line_says_what_is_wrong_and_nothing_is_written(
    nowhere: CommandLine, overrides: list[str], words: list[str]
) -> None:
    done = nowhere.bench(*overrides, expect=2)
    assert done.err == f"{done.error}\n"
    for word in words:
        assert word in done.error
    assert done.out == ""
    assert list(nowhere.folder.iterdir()) == []


LEVELS = {
    "a key that a level cannot have": ("standn: slim", ["base/own.yaml", "base.standn", "standin"]),
    "a value that a key cannot have": ("provider: ftp", ["base/own.yaml", "ftp", "registry"]),
    "no YAML": ("standin: [", ["own.yaml", "line "]),
}


@pytest.mark.parametrize(("line", "words"), LEVELS.values(), ids=LEVELS.keys())
def test_a_wrong_level_of_the_user_s_own_is_named_by_its_file(
    nowhere: CommandLine, tmp_path_factory: pytest.TempPathFactory, line: str, words: list[str]
) -> None:
    level = tmp_path_factory.mktemp("configs") / "base" / "own.yaml"
    level.parent.mkdir()
    level.write_text(f"level: own\nabout: mine\nimage: a:1\n{line}\n")
    done = nowhere.run("bench", "--config-dir", str(level.parent.parent), "base=own", expect=2)
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
