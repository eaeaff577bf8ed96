"""`dockbench bench` does what Hydra's documentation says of an application; no engine is needed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.e2e.commands import CONFIGS, DOCKBENCH, PAGE, CommandLine

NO_ENGINE = ("engine.prefer=existing",)


@pytest.fixture
def nowhere(tmp_path: Path) -> CommandLine:
    """An empty directory, and no engine in sight."""
    return CommandLine(tmp_path, {"DOCKER_HOST": "unix:///nowhere/docker.sock"}, NO_ENGINE)


def test_the_configuration_of_a_job_is_shown_as_it_is_and_resolved(nowhere: CommandLine) -> None:
    plain = yaml.safe_load(nowhere.run("bench", "--cfg", "job", "base=alpine").out)
    assert plain["base"]["level"] == "alpine"
    assert plain["run"]["results"] == "results/${directory_name:${experiment.name}}"
    shown = nowhere.run("bench", "--cfg", "job", "--resolve", "experiment=progression").out
    assert yaml.safe_load(shown)["run"]["results"] == "results/progression"
    part = nowhere.run("bench", "--cfg", "job", "--package", "run", "run.seed=7").out
    assert part.startswith("# @package run\n")
    assert yaml.safe_load(part)["seed"] == 7
    assert list(nowhere.folder.iterdir()) == []


def test_hydra_s_own_configuration_is_shown(nowhere: CommandLine) -> None:
    hydra = yaml.safe_load(nowhere.run("bench", "--cfg", "hydra").out)["hydra"]
    assert hydra["mode"] == "MULTIRUN"
    assert hydra["sweeper"]["_target_"] == "hydra_plugins.dockbench.DockbenchSweeper"
    assert {"hydra", "base"} <= yaml.safe_load(nowhere.run("bench", "--cfg", "all").out).keys()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("plugins", "DockbenchSweeper"),
        ("searchpath", "main"),
        ("defaults", "base/slim"),
        ("defaults-tree", "base: slim"),
        ("config", "slim"),
        ("all", "DockbenchSweeper"),
    ],
)
def test_information(nowhere: CommandLine, kind: str, says: str) -> None:
    assert says in nowhere.run("bench", "--info", kind).out


def test_the_help_of_hydra_lists_what_there_is(nowhere: CommandLine) -> None:
    said = nowhere.run("bench", "--hydra-help").out
    assert "hydra/sweeper: basic, dockbench" in said
    assert "joblib" not in said, "it is not installed"
    assert nowhere.run("bench", "--version").out.startswith("Hydra ")


def test_help_shows_the_user_s_own_levels(nowhere: CommandLine, tmp_path: Path) -> None:
    own = tmp_path / "mine"
    for name, text in {
        "base/mine": "level: mine\nabout: an image of ours\n",
        "optimise/high": "level: high\nabout: as much as it can\n",
        "cache/broken": "about: [\n",
    }.items():
        path = own / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    said = nowhere.run("bench", "--config-dir", str(own), "--help").out
    assert "  mine           an image of ours" in said
    assert "optimise:\n  high           as much as it can" in said
    assert "  broken\n" in said
    assert "  slim           the official Python image without compilers (Debian)" in said


def test_a_main_configuration_of_the_user_s_own(nowhere: CommandLine, tmp_path: Path) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    (own / "ours.yaml").write_text("defaults: [config, _self_]\nrun: {seed: 42}\n")
    named = ("--config-dir", str(own), "--config-name", "ours")
    shown = yaml.safe_load(nowhere.run("bench", "--cfg", "job", *named).out)
    assert shown["run"]["seed"] == 42
    assert shown["base"]["level"] == "slim"


def test_settings_of_this_machine_are_read_where_they_are(
    nowhere: CommandLine, tmp_path: Path
) -> None:
    local = tmp_path / "mine" / "local" / "default.yaml"
    local.parent.mkdir(parents=True)
    local.write_text("# @package _global_\ntags: [desk]\n")
    shown = nowhere.run("bench", "--cfg", "job", "--config-dir", str(tmp_path / "mine")).out
    assert yaml.safe_load(shown)["tags"] == ["desk"]


def complete(line: str, folder: Path, shell: str = "bash") -> list[str]:
    """What a shell is answered at the end of a line."""
    done = subprocess.run(
        [DOCKBENCH, "-sc", f"query={shell}"],
        cwd=folder,
        env={**os.environ, "COMP_LINE": line},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dockbench ", {"bench", "compare", "inspect"}),
        ("dockbench bench base=", {"base=slim", "base=alpine"}),
        ("dockbench bench -m cache=keep experiment=", {"experiment=progression"}),
        ("dockbench bench run.tr", {"run.trials="}),
        (f"dockbench bench --config-dir {CONFIGS} base=", {"base=quick", "base=slim"}),
        ("dockbench bench --frobnicate base=", set()),
        ("dockbench inspect ", set()),
        ("", {"bench"}),
    ],
)
def test_completion(tmp_path: Path, line: str, words: set[str]) -> None:
    found = set(complete(line, tmp_path))
    assert words <= found
    assert bool(words) == bool(found)


def test_a_shell_completes_after_the_script_that_we_print(tmp_path: Path) -> None:
    script = f"""
    PATH={Path(DOCKBENCH).parent}:$PATH
    eval "$(dockbench bench -sc install=bash)"
    complete -p dockbench
    COMP_LINE="dockbench bench base=al" COMP_CWORD=2
    hydra_bash_completion
    echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "base=alpine"
    assert "-F hydra_bash_completion dockbench" in done.stdout


def test_callbacks_of_an_experiment_are_called(nowhere: CommandLine, tmp_path: Path) -> None:
    """It is the user's own: docs/security.md says what naming one allows."""
    callback = "+hydra.callbacks.processes"
    done = nowhere.bench(
        f"{callback}._target_=tests.e2e.processes.NoteProcesses",
        f"{callback}.directory={tmp_path / 'jobs'}",
        expect=2,
    )
    assert "no Docker engine answers" in done.error
    assert (tmp_path / "jobs" / "multirun").exists()


def test_verbose_shows_what_is_logged(nowhere: CommandLine) -> None:
    quiet = nowhere.bench(expect=2)
    assert "DEBUG" not in quiet.err
    loud = nowhere.bench("hydra.verbose=true", expect=2)
    assert "[runner.sweep.sweep][DEBUG]" in loud.err
    named = nowhere.bench("hydra.verbose=[hydra]", expect=2)
    assert "runner.sweep.sweep" not in named.err


def test_a_single_job_of_a_path_says_which_one_it_would_be(nowhere: CommandLine) -> None:
    done = nowhere.run("bench", *PAGE, "experiment=steps", "--run", *NO_ENGINE, expect=2)
    assert "lists 3 variants, and a single job is none of them" in done.err


def test_a_dry_run_needs_no_engine_and_writes_nothing(nowhere: CommandLine) -> None:
    done = nowhere.run("bench", "experiment=progression", "--dry-run", "run.trials=3", *NO_ENGINE)
    heading, *steps, total = done.out.splitlines()
    assert heading == "in this order in the first of 3 rounds, in others in each of the rest:"
    assert [step.split()[0] for step in steps] == [str(place) for place in range(1, 14)]
    assert any(re.fullmatch(r" *\d+  alpine +0 of 3 trials done", step) for step in steps)
    assert total.startswith("39 builds")
    assert list(nowhere.folder.iterdir()) == []
