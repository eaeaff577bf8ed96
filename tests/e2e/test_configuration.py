"""Which variants an experiment asks for, through Hydra itself on the project's own configs."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, cast

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.plugins.launcher import Launcher
from hydra.types import RunMode
from omegaconf import OmegaConf

from runner.model.errors import ConfigError
from runner.model.levels import FACTORS
from runner.model.paths import CachePaths
from runner.sweep.app import composer
from runner.sweep.hydra_side import HydraSide
from runner.sweep.plan import PlannedVariant
from runner.sweep.process import Process
from runner.sweep.progress import SilentSweep
from runner.sweep.sweep import Sweep


def planned(*overrides: str) -> list[PlannedVariant]:
    """What the sweeper plans for these arguments, a search path among them."""
    with composer():
        loader = GlobalHydra.instance().config_loader()
        master = loader.load_configuration(
            "config", list(overrides), RunMode.MULTIRUN, validate_sweep_overrides=False
        )
        params: Any = OmegaConf.to_container(master.hydra.sweeper.params)
        sweep = Sweep(
            HydraSide(loader, master, cast(Launcher, None)),
            Process(SilentSweep(), CachePaths(Path("/nowhere"))),
        )
        return sweep.planned(list(master.hydra.overrides.task), params)


@pytest.fixture(scope="module")
def progression() -> list[PlannedVariant]:
    """The progression's steps, with one override for all of them."""
    return planned("experiment=progression", "mirror.index_url=https://mirror.example/simple")


def names(variant: PlannedVariant) -> dict[str, str]:
    return variant.config.levels().names()


def test_the_progression_is_a_path_in_which_each_step_keeps_what_came_before(
    progression: list[PlannedVariant],
) -> None:
    steps = progression
    assert [step.step for step in steps] == list(range(len(steps)))
    for before, after in itertools.pairwise(steps):
        differing = {key for key in FACTORS if names(before)[key] != names(after)[key]}
        assert differing == set(after.changed), after.name
        assert differing, after.name


def test_the_progression_goes_in_the_order_of_the_post_and_beyond(
    progression: list[PlannedVariant],
) -> None:
    steps = progression
    order = [step.name for step in steps]
    assert order[:9] == [
        "as_found",
        "locked",
        "without_pandas",
        "scoped",
        "dockerignored",
        "alpine",
        "purged",
        "merged",
        "multi_stage",
    ]
    assert len(order) > 9
    figures = [step.original_bytes for step in steps if step.original_bytes]
    assert figures == [2_300_000_000, 1_800_000_000, 155_700_000, 105_000_000]


def test_an_override_holds_in_every_step_of_a_path(progression: list[PlannedVariant]) -> None:
    assert {step.config.mirror.index_url for step in progression} == {
        "https://mirror.example/simple"
    }


def test_an_override_that_the_path_would_hide_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"base=slim would have no effect.*as_found, alpine"):
        planned("experiment=progression", "base=slim")


def test_a_sweep_names_each_variant_by_what_differs() -> None:
    found = planned("base=full,slim", "cache=purge", "run.seed=3")
    assert [row.name for row in found] == ["base=full cache=purge", "base=slim cache=purge"]
    assert all(row.step is None for row in found)


def test_a_sweep_over_images_and_builders_names_them_as_they_were_given() -> None:
    found = planned("builder=buildkit,classic", "base.image=here.example:5000/a:1,b:1")
    assert [row.name for row in found] == [
        "base.image=here.example:5000/a:1 builder=buildkit",
        "base.image=b:1 builder=buildkit",
        "base.image=here.example:5000/a:1 builder=classic",
        "base.image=b:1 builder=classic",
    ]
    assert [row.config.base.image for row in found[:2]] == ["here.example:5000/a:1", "b:1"]


@pytest.mark.parametrize(
    ("override", "levels"),
    [
        ("base=choice(slim,alpine)", ["slim", "alpine"]),
        ("base=glob([s*,a*])", ["alpine", "slim"]),
        ("project.port=range(8000,8003)", ["slim", "slim", "slim"]),
        ("base=sort(slim,alpine)", ["alpine", "slim"]),
    ],
)
def test_hydra_s_sweep_syntax(override: str, levels: list[str]) -> None:
    assert [row.config.base.level for row in planned(override)] == levels


def test_an_interval_is_for_sweepers_that_optimise() -> None:
    with pytest.raises(ConfigError, match=r"interval has no end.*hydra/sweeper=optuna"):
        planned("run.build_timeout_s=interval(100,103)")


def write(folder: Path, name: str, text: str) -> str:
    """A file of a user's configuration directory; the override that names the directory."""
    file = folder / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return f"hydra.searchpath=['file://{folder}']"


def test_an_experiment_as_hydra_users_write_them(tmp_path: Path) -> None:
    search = write(
        tmp_path,
        "experiment/own_bases",
        "# @package _global_\ndefaults:\n  - override /base: alpine\n  - override /cache: purge\n"
        "hydra: {sweeper: {params: {base: 'slim,alpine', stages: multi}}}\ntags: [mine]\n",
    )
    found = planned(search, "experiment=own_bases")
    assert [row.name for row in found] == [
        "base=slim cache=purge stages=multi",
        "base=alpine cache=purge stages=multi",
    ]
    assert {row.config.experiment.name for row in found} == {"own_bases"}
    assert {row.config.run.results for row in found} == {"results/own_bases"}
    assert found[0].config.tags == ["mine"]
    (one,) = planned(search, "experiment=own_bases", "base=full")
    assert one.name == "base=full cache=purge stages=multi", "the command line comes first"


@pytest.mark.parametrize("sweep", ["", "hydra: {sweeper: {params: {stages: 'single,multi'}}}\n"])
def test_a_list_of_levels_in_a_file_does_not_stand_for_the_last_of_them(
    tmp_path: Path, sweep: str
) -> None:
    search = write(
        tmp_path,
        "experiment/two",
        f"# @package _global_\ndefaults:\n  - override /base: [slim, alpine]\n{sweep}",
    )
    with pytest.raises(ConfigError, match=r"base=\[slim,alpine\] in a defaults list: .*grid: "):
        planned(search, "experiment=two")
    assert len(planned(search, "experiment=two", "base=full")) == (2 if sweep else 1)


def test_an_experiment_of_levels_alone_is_not_called_defaults(tmp_path: Path) -> None:
    search = write(
        tmp_path,
        "experiment/mine",
        "# @package _global_\ndefaults:\n  - override /base: alpine\n",
    )
    assert [row.name for row in planned(search, "experiment=mine")] == ["base=alpine"]


def test_an_experiment_that_sets_keys_is_not_called_defaults(tmp_path: Path) -> None:
    write(tmp_path, "experiment/common", "# @package _global_\nbuilder: classic\n")
    search = write(
        tmp_path,
        "experiment/mine",
        "# @package _global_\ndefaults:\n  - common\n  - override /cache: purge\n"
        "base: {image: 'python:3.12-slim'}\nproject: {check: {timeout_s: 9}}\nrun: {trials: 2}\n",
    )
    (row,) = planned(search, "experiment=mine")
    assert row.config.base.image == "python:3.12-slim"
    assert row.changed == {
        "base.image": "python:3.12-slim",
        "cache": "purge",
        "builder": "classic",
        "project.check.timeout_s": "9.0",
    }
    first, second = planned(search, "experiment=mine", "base=slim,alpine")
    assert {item.changed["base.image"] for item in (first, second)} == {"python:3.12-slim"}
    assert first.name != second.name
    (other,) = planned(search, "experiment=mine", "base.image=debian:12")
    assert other.changed["base.image"] == "debian:12"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sub/deep/mine", "# @package _global_\nbase: {image: 'python:3.12-slim'}\n"),
        ("mine", "# @package base\nimage: python:3.12-slim\n"),
        ("mine", "# @package _global_.base\nimage: python:3.12-slim\n"),
        ("mine", "# @package _global_\ndefaults: [sub: common]\n"),
        ("mine", "# @package _global_\ndefaults: [/experiment/sub: common]\n"),
        ("mine", "# @package _global_\ndefaults: [/mine/common]\n"),
        ("mine", "# @package _global_\ndefaults: [sub/common@_here_]\n"),
    ],
)
def test_keys_of_an_experiment_are_in_its_name_however_they_come(
    tmp_path: Path, name: str, text: str
) -> None:
    """From a sub-directory, by another package, by any entry of a defaults list."""
    common = "# @package _global_\nbase: {image: 'python:3.12-slim'}\n"
    write(tmp_path, "experiment/sub/common", common)
    write(tmp_path, "mine/common", common)
    search = write(tmp_path, f"experiment/{name}", text)
    (row,) = planned(search, f"experiment={name}")
    assert row.name == "base.image=python:3.12-slim"


def test_what_files_set_to_its_usual_value_is_not_in_a_name(tmp_path: Path) -> None:
    search = write(
        tmp_path,
        "experiment/mine",
        "# @package _global_\nbase: {image: 'python:3.11-slim'}\nbuilder: buildkit\n",
    )
    (row,) = planned(search, "experiment=mine")
    assert row.name == "defaults"
    usual, other = planned(search, "experiment=mine", "base=slim,alpine")
    assert usual.name == "base=slim"
    assert other.name == "base=alpine base.image=python:3.11-slim"


def test_keys_that_this_machines_file_sets_are_in_the_names(tmp_path: Path) -> None:
    search = write(tmp_path, "local/default", "# @package _global_\nbuilder: classic\n")
    (row,) = planned(search)
    assert row.name == "builder=classic"
    assert {row.changed["builder"] for row in planned(search, "base=slim,alpine")} == {"classic"}


def test_a_grid_and_a_list_of_a_file(tmp_path: Path) -> None:
    search = write(
        tmp_path,
        "experiment/grid",
        "name: grid\nabout: a grid\ngrid: {base: [slim, alpine], cache: 'keep,purge'}\n"
        "exclude: [{base.family: alpine, cache: keep}]\n",
    )
    assert [row.name for row in planned(search, "experiment=grid")] == [
        "base=slim cache=keep",
        "base=slim cache=purge",
        "base=alpine cache=purge",
    ]
    search = write(
        tmp_path,
        "experiment/listed",
        "name: listed\nlist:\n  - {name: small, set: {base: alpine}}\n  - {name: usual}\n",
    )
    found = planned(search, "experiment=listed")
    assert [(row.name, row.config.base.level) for row in found] == [
        ("small", "alpine"),
        ("usual", "slim"),
    ]


def test_a_factor_of_the_user_s_own(tmp_path: Path) -> None:
    write(tmp_path, "optimise/off", "level: off_\nabout: as it is\n")
    search = write(
        tmp_path,
        "optimise/high",
        "level: high\nabout: no assertions\nenvironment: {PYTHONOPTIMIZE: '2'}\n"
        "build_args: {WHEEL_FLAGS: -O2}\n",
    )
    found = planned(search, "+optimise=high,off")
    assert [row.name for row in found] == ["optimise=high", "optimise=off_"]
    assert found[0].config.own["optimise"].environment == {"PYTHONOPTIMIZE": "2"}
    assert found[0].config.names()["optimise"] == "high"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("level: high\nabout: x\nenvironmnt: {A: b}\n", "optimise/high.yaml: .*environmnt"),
        ("level: high\nabout: x\nenvironment: 3\n", "optimise/high.yaml: "),
        ("about: x\n", "optimise: there is no such key"),
    ],
)
def test_a_wrong_factor_of_the_user_s_own_is_refused(tmp_path: Path, text: str, says: str) -> None:
    search = write(tmp_path, "optimise/high", text)
    with pytest.raises(ConfigError, match=says):
        planned(search, "+optimise=high")


def test_settings_of_this_machine_need_not_be_there(tmp_path: Path) -> None:
    search = write(
        tmp_path, "local/default", "# @package _global_\nrun: {trials: 7}\ntags: [desk]\n"
    )
    (found,) = planned(search)
    assert (found.config.run.trials, found.config.tags) == (7, ["desk"])
    assert found.name == "defaults"


def test_a_path_crossed_with_a_factor_has_every_row(tmp_path: Path) -> None:
    search = write(
        tmp_path,
        "experiment/short",
        "name: short\npath:\n  - {name: one, about: a, set: {cache: keep}}\n"
        "  - {name: two, about: b, set: {cache: purge}}\n",
    )
    found = planned(search, "experiment=short", "installer=pip,uv")
    assert [row.name for row in found] == [
        "one installer=pip",
        "two installer=pip",
        "one installer=uv",
        "two installer=uv",
    ]
    assert [row.step for row in found] == [0, 1, 0, 1]
    assert [row.varied for row in found[::2]] == [{"installer": "pip"}, {"installer": "uv"}]


def test_no_override_at_all_is_the_default_variant() -> None:
    (variant,) = planned()
    assert variant.name == "defaults"
    assert all(names(variant).values())


def test_a_path_whose_step_names_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="base=solid"):
        planned("experiment.path=[{name: one, about: x, set: {base: solid}}]")


def test_a_path_with_a_name_used_twice_is_refused() -> None:
    step = "{name: one, about: x, set: {base: slim}}"
    with pytest.raises(ConfigError, match="'one' is used twice"):
        planned(f"experiment.path=[{step}, {step}]")


@pytest.mark.parametrize(
    "name", ["../../x", "''", "/etc", "a/../b", ".", "'a\\b'", "'a*'", "'a\udcffb'"]
)
def test_the_name_of_an_experiment_leads_nowhere_else(name: str) -> None:
    with pytest.raises(ConfigError, match="not the name of a directory below results"):
        planned(f"experiment.name={name}")
