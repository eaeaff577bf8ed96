"""Configuration files that somebody passed on: a level never sets Hydra itself.

Each case is a directory that a user names, with a file in it that makes Hydra call what leaves a
trace, if it is taken. An experiment that the user names may: that the trap works is shown there.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hydra.core.global_hydra import GlobalHydra

from runner.cli.main import main

TRAP = """\
import os
from pathlib import Path
def _sprung(*_, **__):
    Path(os.environ["DOCKBENCH_CANARY"]).touch()
class Trap:
    def __init__(self, **_):
        _sprung()
    def __getattr__(self, _):
        return _sprung
"""
CALLBACK = "callbacks: {x: {_target_: dockbench_trap.Trap}}"
GLOBAL = "# @package _global_\n"
LEVEL = "level: own\nabout: mine\n"
BASE = f"{LEVEL}image: 'a:1'\n"

LEVELS: dict[str, tuple[str, dict[str, str], str]] = {
    "a callback in a base": (
        "base=own",
        {"base/own": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"},
        "hydra.callbacks",
    ),
    "a callback in a factor": (
        "cache=own",
        {"cache/own": f"{GLOBAL}cache: {{level: own, about: x}}\nhydra: {{{CALLBACK}}}\n"},
        "hydra.callbacks",
    ),
    "a callback in a project": (
        "project=own",
        {"project/own": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"},
        "hydra.callbacks",
    ),
    "a callback in a factor of the user's": (
        "+optimise=own",
        {"optimise/own": f"{GLOBAL}optimise: {{level: own, about: x}}\nhydra: {{{CALLBACK}}}\n"},
        "hydra.callbacks",
    ),
    "the package of Hydra": (
        "base=own",
        {"base/own": f"# @package hydra\n{CALLBACK}\n"},
        "@package hydra",
    ),
    "a package in Hydra's": (
        "base=own",
        {"base/own": "# @package hydra.callbacks.x\n_target_: dockbench_trap.Trap\n"},
        "@package hydra.callbacks.x",
    ),
    "a package behind other lines": (
        "base=own",
        {"base/own": f"\n  # @package   hydra\n{CALLBACK}\n"},
        "@package hydra",
    ),
    "a package by way of the global one": (
        "base=own",
        {"base/own": f"# @package _global_.hydra\n{CALLBACK}\n"},
        "@package _global_.hydra",
    ),
    "a package given by a defaults list": (
        "base=own",
        {
            "base/own": f"defaults:\n  - /trap@hydra.callbacks.x: one\n{BASE}",
            "trap/one": "_target_: dockbench_trap.Trap\n",
        },
        "defaults: /trap@hydra.callbacks.x/one",
    ),
    "an override of a group of Hydra's": (
        "base=own",
        {
            "base/own": f"defaults:\n  - override /hydra/callbacks: trap\n{BASE}",
            "hydra/callbacks/trap": "x: {_target_: dockbench_trap.Trap}\n",
        },
        "defaults: override /hydra/callbacks/trap",
    ),
    "a group of Hydra's": (
        "base=own",
        {
            "base/own": f"defaults:\n  - /hydra/callbacks@_global_.hydra.callbacks: trap\n{BASE}",
            "hydra/callbacks/trap": "x: {_target_: dockbench_trap.Trap}\n",
        },
        "defaults: /hydra/callbacks",
    ),
    "an experiment by a defaults list": (
        "base=own",
        {
            "base/own": f"{GLOBAL}defaults:\n  - /experiment@_global_: trap\nbase: {{level: x}}\n",
            "experiment/trap": f"{GLOBAL}hydra: {{{CALLBACK}}}\n",
        },
        "defaults: /experiment@_global_/trap",
    ),
    "settings of the machine by a defaults list": (
        "base=own",
        {
            "base/own": f"{GLOBAL}defaults:\n  - /local@_global_: trap\nbase: {{level: x}}\n",
            "local/trap": f"{GLOBAL}hydra: {{{CALLBACK}}}\n",
        },
        "defaults: /local@_global_/trap",
    ),
    "a file of no group": (
        "base=own",
        {
            "base/own": f"{GLOBAL}defaults:\n  - /trap\nbase: {{level: x}}\n",
            "trap": f"hydra: {{{CALLBACK}}}\n",
        },
        "defaults: /trap",
    ),
    "a file out of the directory": (
        "base=own",
        {
            "base/own": f"{GLOBAL}defaults:\n  - /base/../../elsewhere/trap\nbase: {{level: x}}\n",
            "../elsewhere/trap": f"{GLOBAL}hydra: {{{CALLBACK}}}\n",
        },
        "defaults: /base/../../elsewhere/trap",
    ),
    "a level in a list of several": (
        "base=own",
        {
            "base/own": f"defaults:\n  - /hydra/callbacks: [none, trap]\n{BASE}",
            "hydra/callbacks/none": "{}\n",
            "hydra/callbacks/trap": "x: {_target_: dockbench_trap.Trap}\n",
        },
        "defaults: /hydra/callbacks/none",
    ),
    "an optional entry": (
        "base=own",
        {
            "base/own": f"defaults:\n  - optional /hydra/callbacks: trap\n{BASE}",
            "hydra/callbacks/trap": "x: {_target_: dockbench_trap.Trap}\n",
        },
        "defaults: optional /hydra/callbacks/trap",
    ),
    "an interpolated entry": (
        "base=own",
        {
            "base/own": f"defaults:\n  - /hydra/${{cache}}: trap\n{BASE}",
            "hydra/flags/trap": "x: {_target_: dockbench_trap.Trap}\n",
        },
        "defaults: /hydra/${cache}/trap",
    ),
    "a handler of logs": (
        "base=own",
        {
            "base/own": f"{GLOBAL}hydra: {{job_logging: {{handlers: {{x: {{(): dockbench_trap.Trap"
            "}}}}\n"
        },
        "hydra.job_logging",
    ),
    "variables of the environment": (
        "base=own",
        {"base/own": f"{GLOBAL}hydra: {{job: {{env_set: {{PATH: /nowhere}}}}}}\n"},
        "hydra.job",
    ),
    "a search path": (
        "base=own",
        {"base/own": f"{GLOBAL}hydra: {{searchpath: [file:///nowhere]}}\n"},
        "hydra.searchpath",
    ),
    "a directory of results": (
        "base=own",
        {"base/own": f"{GLOBAL}hydra: {{sweep: {{dir: /nowhere}}}}\n"},
        "hydra.sweep",
    ),
    "a level that is deeper down": (
        "base=deep/own",
        {"base/deep/own": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"},
        "hydra.callbacks",
    ),
    "a level that nobody asked for": (
        "base=slim",
        {"base/own": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"},
        "hydra.callbacks",
    ),
    "a package behind a blank that is none": (
        "base=own",
        {"base/own": f"# @package \u00a0hydra\n{CALLBACK}\n"},
        "@package hydra",
    ),
    "a package behind a line separator": (
        "base=own",
        {"base/own": f"# @x y\u2028# @package hydra\n{CALLBACK}\n"},
        "@package hydra",
    ),
    "a package behind many line ends": (
        "base=own",
        {"base/own": "\r\n" * 400 + f"# @package hydra\r\n{CALLBACK}\n"},
        "@package hydra",
    ),
    "a package with the global one in its middle": (
        "base=own",
        {"base/own": f"# @package a_global_.hydra\n{CALLBACK}\n"},
        "@package a_global_.hydra",
    ),
    "a package that is cut out of a longer word": (
        "base=own",
        {"base/own": f"# @package _global_Xhydra\n{CALLBACK}\n"},
        "@package _global_Xhydra",
    ),
    "such a word in a defaults list": (
        "base=own",
        {
            "base/own": f"defaults:\n  - /trap/a@_global_Xhydra.callbacks.x: one\n{BASE}",
            "trap/a/one": "_target_: dockbench_trap.Trap\n",
        },
        "defaults: /trap/a@_global_Xhydra.callbacks.x/one",
    ),
    "such a word in the name of a directory below": (
        "base=own",
        {
            "base/own": f"defaults:\n  - _global_Xhydra/callbacks/x: one\n{BASE}",
            "base/_global_Xhydra/callbacks/x/one": "_target_: dockbench_trap.Trap\n",
        },
        "defaults: _global_Xhydra/callbacks/x/one",
    ),
    "a package that a group completes": (
        "base=own",
        {
            "base/own": f"defaults:\n  - /dra/callbacks@hy_group_.x: one\n{BASE}",
            "dra/callbacks/one": "_target_: dockbench_trap.Trap\n",
        },
        "defaults: /dra/callbacks@hy_group_.x/one",
    ),
    "a group of Hydra's by a longer way": (
        "base=own",
        {
            "base/own": f"{GLOBAL}defaults:\n  - /./hydra/callbacks: trap\nbase: {{level: x}}\n",
            "hydra/callbacks/trap": f"{GLOBAL}hydra: {{{CALLBACK}}}\n",
        },
        "defaults: /./hydra/callbacks/trap",
    ),
    "a file of no group by a longer way": (
        "base=own",
        {
            "base/own": f"{GLOBAL}defaults:\n  - /./trap\nbase: {{level: x}}\n",
            "trap": f"{GLOBAL}hydra: {{{CALLBACK}}}\n",
        },
        "defaults: /./trap",
    ),
    "a bomb of aliases": (
        "base=own",
        {
            "base/own": "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
                for before, after in itertools.pairwise("abcdefghij")
            )
        },
        "more than 20000 values",
    ),
    "a tag of Python": ("base=own", {"base/own": "image: !!python/name:os.system\n"}, "tag"),
}
"""What is tried: how the level is asked for, the files, and what the line names."""


class Place(NamedTuple):
    """A working directory, a configuration directory, and the file that a trap leaves."""

    here: Path
    configs: Path
    canary: Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """No engine is in sight, and what the traps are made of can be imported."""
    found = Place(tmp_path / "here", tmp_path / "configs", tmp_path / "sprung")
    found.here.mkdir()
    found.configs.mkdir()
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "dockbench_trap.py").write_text(TRAP)
    monkeypatch.chdir(found.here)
    monkeypatch.syspath_prepend(str(modules))
    monkeypatch.setenv("DOCKBENCH_CANARY", str(found.canary))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    GlobalHydra.instance().clear()
    yield found
    sys.modules.pop("dockbench_trap", None)


def write(place: Place, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = place.configs / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line of a bench that is refused."""
    assert main(["bench", *arguments, "engine.prefer=existing"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    return said


@pytest.mark.parametrize(("asked", "files", "names"), LEVELS.values(), ids=LEVELS.keys())
def test_a_level_sets_nothing_of_hydra(
    place: Place,
    capsys: pytest.CaptureFixture[str],
    asked: str,
    files: dict[str, str],
    names: str,
) -> None:
    write(place, files)
    said = refused(capsys, "--config-dir", str(place.configs), asked)
    assert not place.canary.exists()
    assert names in said
    assert str(place.configs / next(iter(files))) in said, "the file is named"
    assert list(place.here.iterdir()) == []


@pytest.mark.parametrize(
    "naming",
    [
        ["hydra.searchpath=['file://{0}']"],
        ["hydra.searchpath=[{0}]"],
        ["--config-dir", "{1}", "--config-name", "mine"],
        ["--config-dir", "{1}", "--config-name", "mine.yaml"],
        ["--config-dir", "{1}", "--config-name", "filled"],
    ],
    ids=[
        "a search path",
        "a plain path",
        "the user's main configuration",
        "it with its ending",
        "a path with a variable",
    ],
)
def test_a_directory_is_looked_through_however_it_is_named(
    place: Place,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    naming: list[str],
) -> None:
    write(place, {"base/own": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"})
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.yaml").write_text(
        f"defaults: [config, _self_]\nhydra: {{searchpath: ['file://{place.configs}']}}\n"
    )
    (other / "filled.yaml").write_text(
        "defaults: [config, _self_]\nhydra: {searchpath: ['file://${oc.env:DOCKBENCH_CONFIGS}']}\n"
    )
    monkeypatch.setenv("DOCKBENCH_CONFIGS", str(place.configs))
    words = [word.format(place.configs, other) for word in naming]
    said = refused(capsys, *words, "base=own")
    assert not place.canary.exists()
    assert "hydra.callbacks" in said


def test_a_link_is_followed_as_hydra_follows_it(
    place: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "own.yaml").write_text(f"{GLOBAL}hydra: {{{CALLBACK}}}\n")
    (place.configs / "base").symlink_to(outside)
    (outside / "again").symlink_to(outside)
    assert "hydra.callbacks" in refused(capsys, "--config-dir", str(place.configs), "base=own")
    assert not place.canary.exists()


def test_a_directory_out_of_whose_name_hydra_reads_a_package_is_named(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "base/own": f"defaults:\n  - /a_global_Xhydra/callbacks/x: one\n{BASE}",
        "a_global_Xhydra/callbacks/x/one": "_target_: dockbench_trap.Trap\n",
    }
    write(place, files)
    said = refused(capsys, "--config-dir", str(place.configs), "base=own")
    assert not place.canary.exists()
    assert f"{place.configs / 'a_global_Xhydra'}: " in said


def test_a_trusted_directory_of_a_second_name_is_looked_through_again(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    write(place, {"experiment/own": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"})
    (place.configs / "stages").symlink_to("experiment")
    said = refused(capsys, "--config-dir", str(place.configs), "stages=own")
    assert not place.canary.exists()
    assert str(place.configs / "stages" / "own.yaml") in said


def test_a_level_of_a_terabyte_is_not_read(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.configs / "base").mkdir()
    with (place.configs / "base" / "own.yaml").open("wb") as file:
        file.truncate(1 << 40)
    said = refused(capsys, "--config-dir", str(place.configs), "base=own")
    assert "not a regular file of at most 256 KiB" in said


def test_a_pipe_in_place_of_a_level_hangs_nothing(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.configs / "base").mkdir()
    os.mkfifo(place.configs / "base" / "own.yaml")
    assert "not a regular file" in refused(capsys, "--config-dir", str(place.configs), "base=own")


def test_an_experiment_that_the_user_names_may_set_hydra(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """And so the trap works: this is what naming a directory allows."""
    write(place, {"experiment/mine": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"})
    main(["bench", "--config-dir", str(place.configs), "experiment=mine", "engine.prefer=existing"])
    assert place.canary.exists()
    assert "no Docker engine answers" in capsys.readouterr().err


PROJECT = {
    "app.py": "from flask import Flask\napp = Flask(__name__)\n",
    "requirements.txt": "flask\ngunicorn\n",
}
ONE = "experiment.path=[{name: slim, about: plain, set: {base: slim}}]"
"""One alternative is composed in less than all of them take."""
INSIDE = {
    "its own configs": {"configs/config.yaml": f"hydra: {{{CALLBACK}}}\n"},
    "a directory named conf": {"conf/config.yaml": f"hydra: {{{CALLBACK}}}\n"},
    "a config beside its code": {"config.yaml": f"hydra: {{{CALLBACK}}}\n"},
    "settings of the machine": {"configs/local/default.yaml": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"},
    "leftovers of Hydra": {".hydra/config.yaml": f"hydra: {{{CALLBACK}}}\n"},
    "a plugin of Hydra": {
        "hydra_plugins/trap.py": "import dockbench_trap\ndockbench_trap.Trap()\n"
    },
    "an experiment": {"configs/experiment/variants.yaml": f"{GLOBAL}hydra: {{{CALLBACK}}}\n"},
}


@pytest.mark.parametrize("files", INSIDE.values(), ids=INSIDE.keys())
@pytest.mark.parametrize("command", ["compare", "bench"])
def test_nothing_below_a_project_is_taken_as_configuration(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: dict[str, str],
    command: str,
) -> None:
    for name, text in {**PROJECT, **files}.items():
        path = place.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    arguments = {
        "compare": [".", "--out", "../results", "--set", "engine.prefer=existing", "--set", ONE],
        "bench": [f"project.folder={place.here}", "project.repository=.", "engine.prefer=existing"],
    }[command]
    assert main([command, *arguments]) == 2
    capsys.readouterr()
    assert not place.canary.exists()


def test_a_description_of_a_project_sets_nothing_of_hydra(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in PROJECT.items():
        (place.here / name).write_text(text)
    (place.here / "dockbench.yaml").write_text(f"hydra: {{{CALLBACK}}}\n")
    assert main(["compare", ".", "--out", "../results"]) == 2
    assert "hydra" in capsys.readouterr().err
    assert not place.canary.exists()
