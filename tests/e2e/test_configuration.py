"""Which variants an experiment asks for, through Hydra itself on the project's own configs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.model.errors import ConfigError
from runner.model.levels import FACTORS
from runner.sweep.app import Job, plain_request, run_by_hydra, run_jobs, run_plain
from runner.sweep.plan import PlannedVariant, plan
from tests.e2e.commands import PAGE

Planner = Callable[..., list[list[PlannedVariant]]]


@pytest.fixture
def planned() -> Planner:
    """Overrides → the planned variants of each job."""

    def run(*overrides: str) -> list[list[PlannedVariant]]:
        jobs: list[list[PlannedVariant]] = []

        def job(job: Job) -> None:
            jobs.append(plan(job.config, job.overrides, job.compose))

        run_jobs(overrides, job)
        return jobs

    return run


@pytest.fixture(scope="module")
def progression() -> list[PlannedVariant]:
    """The progression's steps, with one override for all of them."""
    jobs: list[list[PlannedVariant]] = []
    run_jobs(
        ["experiment=progression", "mirror.index_url=https://mirror.example/simple"],
        lambda job: jobs.append(plan(job.config, job.overrides, job.compose)),
    )
    return jobs[0]


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


def test_an_override_that_the_path_would_hide_is_refused(planned: Planner) -> None:
    with pytest.raises(ConfigError, match=r"base=slim would have no effect.*as_found, alpine"):
        planned("experiment=progression", "base=slim")


def test_a_sweep_names_each_variant_by_what_was_overridden(planned: Planner) -> None:
    jobs = planned("-m", "base=full,slim", "cache=purge", "run.seed=3")
    assert [job[0].name for job in jobs] == ["base=full cache=purge", "base=slim cache=purge"]
    assert all(job[0].step is None for job in jobs)


def test_a_sweep_over_images_and_builders_names_them_as_they_were_given(planned: Planner) -> None:
    jobs = planned("-m", "builder=buildkit,classic", "base.image=here.example:5000/a:1,b:1")
    assert [job[0].name for job in jobs] == [
        "base.image=here.example:5000/a:1 builder=buildkit",
        "base.image=b:1 builder=buildkit",
        "base.image=here.example:5000/a:1 builder=classic",
        "base.image=b:1 builder=classic",
    ]
    assert [job[0].config.base.image for job in jobs[:2]] == ["here.example:5000/a:1", "b:1"]


def test_composed_once_is_what_hydra_s_command_line_composes() -> None:
    """With a level of the user's own, and one that Hydra itself has to resolve."""
    arguments = [*PAGE, "base=quick", "cache=purge", "run.results=${hydra:runtime.choices.base}"]
    found: list[tuple[object, ...]] = []

    def job(job: Job) -> None:
        seeded = job.compose([*job.overrides, "run.build_timeout_s=9"])
        found.append((job.config, job.overrides, job.resolved_yaml, seeded))

    request = plain_request(arguments)
    assert request is not None
    assert run_plain(*request, job)
    run_by_hydra(arguments, job)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "words",
    [["-m", "base=full,slim"], ["hydra.job.name=mine"], ["--config-dir", "/nowhere"], ["--cfg"]],
    ids=" ".join,
)
def test_what_takes_hydra_s_command_line_is_left_to_it(words: list[str]) -> None:
    assert plain_request(words) is None


def test_an_experiment_that_is_a_sweep_by_itself(planned: Planner, tmp_path: Path) -> None:
    experiment = tmp_path / "experiment" / "bases.yaml"
    experiment.parent.mkdir()
    experiment.write_text(
        "# @package _global_\nexperiment: {name: bases, about: every base}\n"
        "hydra: {mode: MULTIRUN, sweeper: {params: {base: 'slim,alpine'}}}\n"
    )
    jobs = planned("--config-dir", str(tmp_path), "experiment=bases")
    assert [job[0].config.base.level for job in jobs] == ["slim", "alpine"]


def test_no_override_at_all_is_the_default_variant(planned: Planner) -> None:
    ((variant,),) = planned()
    assert variant.name == "defaults"
    assert all(names(variant).values())


def test_a_path_whose_step_names_a_level_that_does_not_exist_is_refused(planned: Planner) -> None:
    with pytest.raises(ConfigError, match="base=solid"):
        planned("experiment.path=[{name: one, about: x, set: {base: solid}}]")


def test_a_path_with_a_name_used_twice_is_refused(planned: Planner) -> None:
    step = "{name: one, about: x, set: {base: slim}}"
    with pytest.raises(ConfigError, match="'one' is used twice"):
        planned(f"experiment.path=[{step}, {step}]")
