"""How the variants of a path or of one set of overrides are named, ordered and refused.

What Hydra makes of the project's own configuration is tested in tests/e2e/test_configuration.py.
"""

from __future__ import annotations

import pytest

from runner.model.errors import ConfigError
from runner.model.variant import group_of
from runner.sweep.config import Config, Experiment, PathStep
from runner.sweep.plan import plan, refuse_hidden_overrides, split_override


class Composer:
    """Stands for Hydra: remembers which overrides each configuration was composed from."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def compose(self, overrides: list[str]) -> Config:
        self.asked.append(overrides)
        return Config()


def path(*changes: dict[str, str]) -> Config:
    steps = [PathStep(f"step{i}", "about", dict(change)) for i, change in enumerate(changes)]
    return Config(experiment=Experiment("path", "about", steps))


def test_without_a_path_there_is_one_variant_named_by_what_makes_it_differ() -> None:
    overrides = ["+base=slim", "cache.mount=true", "run.seed=1"]
    (variant,) = plan(Config(experiment=Experiment("x", "y")), overrides, Composer().compose)
    assert variant.name == "base=slim cache.mount=true"
    assert variant.changed == {"base": "slim", "cache.mount": "true"}
    assert variant.step is None


def named(*overrides: str) -> str:
    (variant,) = plan(Config(experiment=Experiment("x", "y")), overrides, Composer().compose)
    return variant.name


@pytest.mark.parametrize("key", ["builder", "project", "project.command"])
def test_what_else_makes_a_variant_differ_is_in_its_name_too(key: str) -> None:
    """Two variants of one name would have one row."""
    assert named("base=slim", f"{key}=one") == f"base=slim {key}=one"
    assert named("base=slim", f"{key}=two") == f"base=slim {key}=two"


@pytest.mark.parametrize("spelled", ["a:1", "a\\:1", "'a:1'", '"a:1"'])
def test_the_name_does_not_depend_on_how_a_value_is_spelled(spelled: str) -> None:
    assert named(f"base.image={spelled}") == "base.image=a:1"


def test_a_hidden_override_is_refused_naming_the_steps_that_hide_it() -> None:
    steps = path({"base": "full"}, {"deps": "locked"}, {"base": "slim"}).experiment.path
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
