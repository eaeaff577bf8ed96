"""How variants are named, ordered, left out and refused: no Hydra composes here.

What Hydra makes of the project's own configuration is tested in tests/e2e/test_configuration.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from omegaconf import OmegaConf

from runner.model.errors import ConfigError
from runner.model.levels import FACTORS, OwnLevel
from runner.model.variant import group_of
from runner.sweep.choices import (
    default_levels,
    is_excluded,
    refuse_hidden_overrides,
    shown,
    split_override,
)
from runner.sweep.config import Config, Experiment, Job, ListedVariant, PathStep
from runner.sweep.plan import PlannedVariant, expand, planned, short_names
from tests.unit.levels_from_yaml import DEFAULTS, load_levels, load_project


class Composer:
    """Stands for Hydra: remembers which overrides each configuration was composed from."""

    def __init__(self, experiment: Experiment | None = None) -> None:
        self.asked: list[list[str]] = []
        self.experiment = experiment or Experiment("x", "y")

    def compose(self, overrides: list[str]) -> Config:
        self.asked.append(list(overrides))
        chosen = dict(map(split_override, overrides))
        levels = load_levels(**{key: chosen[key] for key in FACTORS if chosen.get(key) in KNOWN})
        config = Config(**vars(levels), experiment=self.experiment, project=load_project())
        for key, value in chosen.items():
            if key in FACTORS and value not in KNOWN:
                getattr(config, key).level = value
            elif key.startswith("job."):
                setattr(config.job, key.removeprefix("job."), OmegaConf.create([value])[0])
            elif "." in key:
                group, _, name = key.partition(".")
                setattr(getattr(config, group), name, value)
        if "job.step" in chosen:
            config.job.step = int(chosen["job.step"])
        if "job.varied" in chosen:
            config.job.varied = chosen["job.varied"].strip("[]").split(",")
        return config


KNOWN = {"slim", "full", "alpine", "keep", "purge", "flags", "trimmed", "locked", "multi", "single"}


def path(*changes: dict[str, str]) -> Experiment:
    return Experiment(
        "path",
        "about",
        path=[PathStep(f"step{i}", "about", dict(change)) for i, change in enumerate(changes)],
    )


def variants(
    experiment: Experiment, *overrides: str, varied: tuple[str, ...] = ()
) -> list[PlannedVariant]:
    composer = Composer(experiment)
    first = composer.compose(list(overrides))
    return expand(first, overrides, composer.compose, lambda text: [text], varied).variants


def named(*overrides: str) -> str:
    (variant,) = variants(Experiment("x", "y"), *overrides)
    return variant.name


def test_the_defaults_are_those_of_the_configuration() -> None:
    assert default_levels() == {**DEFAULTS, "project": "famous_ner", "experiment": "variants"}


def test_a_variant_is_named_by_what_makes_it_differ_from_the_defaults() -> None:
    (variant,) = variants(Experiment("x", "y"), "+base=full", "builder=buildkit", "run.seed=1")
    assert variant.name == "base=full builder=buildkit"
    assert variant.changed == {"base": "full", "builder": "buildkit"}
    assert variant.step is None


def test_the_levels_that_were_composed_make_the_name_and_not_the_command_line() -> None:
    """An experiment file that sets levels is no `defaults`, whoever did not ask for them."""
    assert named("base=slim") == "defaults"
    composed = Config(**vars(load_levels(base="alpine")), project=load_project())
    assert planned(composed, []).name == "base=alpine"


def test_a_factor_of_the_user_s_is_in_the_name() -> None:
    composed = Config(**vars(load_levels()), project=load_project())
    composed.own = {"optimise": OwnLevel("high", "as much as it can")}
    assert planned(composed, ["+optimise=high"]).name == "optimise=high"
    assert planned(composed, ["+optimise=high"]).about == "as much as it can"


@pytest.mark.parametrize("key", ["builder", "project.command", "base.image"])
def test_what_else_makes_a_variant_differ_is_in_its_name_too(key: str) -> None:
    """Two variants of one name would have one row."""
    assert named("base=full", f"{key}=buildkit").startswith(f"base=full {key}=buildkit")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "null"),
        ("/home/me/shop", "shop"),
        (["a", "/b/c"], "[a,c]"),
        ({"a": 1}, "{a:1}"),
        ("a:1", "a:1"),
        ("/", "/"),
    ],
)
def test_an_absolute_path_stays_out_of_names(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_path_that_is_crossed_with_a_factor_has_a_name_for_each_row() -> None:
    experiment = path({"cache": "keep"}, {"cache": "purge"})
    rows = [
        row.name
        for base in ("slim", "alpine")
        for row in variants(experiment, f"base={base}", varied=("base",))
    ]
    assert rows == ["step0 base=slim", "step1 base=slim", "step0 base=alpine", "step1 base=alpine"]
    (first, _) = variants(experiment, "base=alpine", varied=("base",))
    assert first.varied == {"base": "alpine"}
    assert first.changed == {"cache": "keep", "base": "alpine"}
    assert [row.name for row in variants(experiment, "base=alpine")] == ["step0", "step1"]


def test_a_grid_is_a_product_less_what_its_rules_exclude() -> None:
    grid = {"base": ["slim", "alpine"], "cache": ["keep", "purge"]}
    experiment = Experiment(
        "grid", "about", grid=grid, exclude=[{"base": "alpine", "cache": "keep"}]
    )
    names = [row.name for row in variants(experiment)]
    assert names == ["base=slim cache=keep", "base=slim cache=purge", "base=alpine cache=purge"]


def test_an_override_narrows_a_grid() -> None:
    experiment = Experiment("grid", "about", grid={"base": ["slim", "full"], "cache": ["keep"]})
    assert [row.name for row in variants(experiment, "base=full")] == ["base=full cache=keep"]


def test_rules_judge_what_was_composed() -> None:
    config = Config(**vars(load_levels(base="alpine")), project=load_project())
    assert is_excluded(config, [{"base.family": "alpine"}])
    assert is_excluded(config, [{"base": ["slim", "alpine"], "stages": "single"}])
    assert not is_excluded(config, [{"base": "alpine", "stages.multi": True}])
    with pytest.raises(ConfigError, match=r"bass: there is no such key.*did you mean base"):
        is_excluded(config, [{"bass": "slim"}])


def test_rules_that_leave_nothing_are_refused() -> None:
    experiment = Experiment("x", "y", grid={"base": ["slim"]}, exclude=[{"base": "slim"}])
    with pytest.raises(ConfigError, match="leaves nothing of 1"):
        variants(experiment)


def test_the_variants_of_a_list_are_independent_of_each_other() -> None:
    entries = [
        ListedVariant("one", "", {"base": "full"}),
        ListedVariant("two", "", {"cache": "keep"}),
    ]
    found = variants(Experiment("x", "y", list=entries))
    assert [(row.name, row.step) for row in found] == [("one", None), ("two", None)]
    assert [row.config.names()["base"] for row in found] == ["full", "slim"]


def test_a_path_of_which_no_step_is_chosen_is_no_single_variant() -> None:
    config = Composer(path({"base": "full"})).compose([])
    with pytest.raises(ConfigError, match=r"lists 1 variants, and a single job is none of them"):
        planned(config, [])
    config.job = Job(step=0)
    with pytest.raises(ConfigError, match="leave --run"):
        planned(config, ["job.step=0"])
    assert planned(config, ["base=full", "job.step=0"]).name == "step0"


def test_what_all_variants_have_in_common_is_left_out_of_short_names() -> None:
    found = variants(Experiment("x", "y", grid={"cache": ["keep", "purge"]}), "base=full")
    assert short_names(found) == ["cache=keep", "cache=purge"]
    assert short_names(found[:1]) == ["base=full cache=keep"]
    assert short_names(variants(path({"base": "full"}, {"cache": "keep"}))) == ["step0", "step1"]


def test_a_path_and_a_grid_in_one_experiment_are_refused() -> None:
    with pytest.raises(ConfigError, match="has a path and a grid"):
        Config(experiment=Experiment("x", "y", [PathStep("a", "b", {})], {"base": ["slim"]}))


def test_several_levels_of_one_factor_are_refused_with_what_to_write() -> None:
    with pytest.raises(ConfigError, match=r"for a variant of each, write base=slim,alpine$"):
        variants(Experiment("x", "y"), "base=[slim, alpine]")


def test_a_hidden_override_is_refused_naming_the_steps_that_hide_it() -> None:
    steps = path({"base": "full"}, {"deps": "locked"}, {"base": "slim"}).path
    refuse_hidden_overrides(steps, ["cache=keep", "base.provider=standin"])
    with pytest.raises(ConfigError, match=r"base=slim would have no effect.* step0, step2"):
        refuse_hidden_overrides(steps, ["base=slim"])


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("base=slim", "base", "slim"),
        ("+mirror.index_url=https://x/?a=b", "mirror.index_url", "https://x/?a=b"),
        ("++run.seed=1", "run.seed", "1"),
    ],
)
def test_an_override_is_split_at_its_first_equals_sign(text: str, key: str, value: str) -> None:
    assert split_override(text) == (key, value)


@pytest.mark.parametrize(
    ("key", "group"), [("base", "base"), ("base.image", "base"), ("base@x", "base")]
)
def test_the_group_of_a_key(key: str, group: str) -> None:
    assert group_of(key) == group
