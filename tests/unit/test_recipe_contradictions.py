"""Each contradiction in full: both levels, why they cannot both be, and what to choose."""

from __future__ import annotations

import pytest

from runner.model.engine import BuilderName
from runner.model.errors import ConstraintError
from runner.model.levels import Cache, Levels, Prune, Purge
from runner.model.project import Project
from runner.recipe.constraints import check
from tests.unit.levels_from_yaml import load_level, load_levels, load_project

BUILDKIT, CLASSIC = BuilderName.buildkit, BuilderName.classic
MOUNT = (
    "cache=mount contradicts builder=classic: only BuildKit has cache mounts (choose "
    "builder=buildkit or another cache level)"
)


def said(levels: Levels, project: Project | None = None, builder: BuilderName = BUILDKIT) -> str:
    with pytest.raises(ConstraintError) as caught:
        check(levels, project or load_project(), builder)
    return str(caught.value)


def test_what_only_buildkit_has() -> None:
    assert said(load_levels(cache="mount"), builder=CLASSIC) == MOUNT
    check(load_levels(layers="squashed"), load_project(), CLASSIC)


def test_a_set_of_dependencies_that_the_installer_cannot_read() -> None:
    assert said(load_levels(deps="stale", installer="poetry")) == (
        "deps=stale contradicts installer=poetry: this set is not in poetry's lock file (choose "
        "pip or uv)"
    )
    project = load_project()
    project.dependency_files = []
    assert said(load_levels(installer="poetry"), project) == (
        "installer=poetry contradicts project=famous_ner: poetry needs dependency_files "
        "(pyproject.toml, poetry.lock), and the project names none"
    )
    project.dependencies["locked"].requirements = ""
    assert said(load_levels(installer="uv"), project) == (
        "deps=locked contradicts installer=uv: the project gives no requirements file for this set "
        "(choose poetry)"
    )
    project.dependencies = {}
    assert said(load_levels(), project) == (
        "deps=locked contradicts project=famous_ner: its dependencies are none"
    )


PRUNED: dict[str, tuple[dict[str, str], dict[str, object], str]] = {
    "one stage": (
        {"prune": "trimmed"}, {},
        "prune=trimmed contradicts stages=single: deleting on top of a base saves nothing, the "
        "pruned interpreter needs a stage of its own (choose multi)",
    ),
    "nothing kept": (
        {"stages": "multi"}, {"keep": ["x"]},
        "prune=mine contradicts trace=false: keep adds to a trace (set trace)",
    ),
    "on a base": (
        {"stages": "multi", "bytecode": "none"}, {"trace": True},
        "prune=mine contradicts own_root=false: the traced files need a root of their own (set "
        "own_root)",
    ),
    "bytecode": (
        {"stages": "multi"}, {"trace": True, "own_root": True},
        "prune=mine contradicts bytecode=write: Python asks for the source of bytecode without "
        "opening it: a trace misses it (choose bytecode=none)",
    ),
}  # fmt: skip
NOT_OWN = (
    "prune=mine contradicts own_root=false: deleting on top of a base saves nothing (set own_root, "
    "or name nothing to leave out)"
)
NAMED = (
    "prune=mine contradicts itself: with trace, what is opened decides what is kept (name nothing "
    "to leave out, set shell=false, and name the rest in keep)"
)


@pytest.mark.parametrize("case", PRUNED)
def test_what_cannot_be_pruned_so(case: str) -> None:
    names, values, text = PRUNED[case]
    levels = load_levels(**names)
    if values:
        levels.prune = Prune(level="mine", about="x", shell=False)
        for key, value in values.items():
            setattr(levels.prune, key, value)
    assert said(levels) == text


@pytest.mark.parametrize(
    "left_out",
    [{"stdlib": ["x"]}, {"patterns": ["x"]}, {"zip_stdlib": True}, {"strip": True}],
    ids=lambda left_out: next(iter(left_out)),
)
def test_what_is_left_out_needs_a_root_of_its_own_and_no_trace(left_out: dict[str, object]) -> None:
    levels = load_levels(stages="multi", bytecode="none")
    levels.prune = Prune(level="mine", about="x", shell=False, **left_out)  # type: ignore[arg-type]
    assert said(levels) == NOT_OWN
    levels.prune.own_root = True
    check(levels, load_project(), BUILDKIT)
    levels.prune.trace = True
    if "strip" in left_out:
        check(levels, load_project(), BUILDKIT)
    else:
        assert said(levels) == NAMED
        levels.prune = Prune(level="mine", about="x", own_root=True, trace=True, shell=True)
        assert said(levels) == NAMED


@pytest.mark.parametrize("layers", ["merged", "squashed"])
def test_a_late_purge_and_one_layer_cannot_both_be(layers: str) -> None:
    text = (
        f"cache=purge_late contradicts layers={layers}: a later layer for the removal, and one "
        "layer for everything, cannot both be"
    )
    assert said(load_levels(cache="purge_late", layers=layers)) == text
    levels, project = load_levels(cache="purge_late", layers=layers, stages="multi"), load_project()
    check(levels, project, BUILDKIT)
    project.system_packages.apt = ["x"]
    assert said(levels, project) == text


@pytest.mark.parametrize("other", [{"no_cache_flags": True}, {"purge": Purge.same_layer}])
def test_a_mount_is_not_emptied(other: dict[str, object]) -> None:
    levels = load_levels()
    levels.cache = Cache(level="both", about="x", mount=True, **other)  # type: ignore[arg-type]
    assert said(levels) == (
        "cache=both contradicts itself: mount keeps the caches outside the image, so "
        "no_cache_flags and purge would only empty them"
    )


def test_a_mirror_has_an_address_and_an_installer_that_asks_it() -> None:
    assert said(load_levels(mirror="custom")) == (
        "mirror=custom contradicts its empty URLs: give at least one of mirror.index_url, "
        "mirror.apt_url, mirror.apk_url"
    )
    levels = load_levels(installer="poetry")
    url = "https://mirror.example/simple"
    levels.mirror = load_level("mirror", "custom", index_url=url)  # type: ignore[assignment]
    assert said(levels) == (
        "mirror=custom contradicts installer=poetry: poetry takes its index from pyproject.toml "
        "alone (choose pip or uv)"
    )
    for key in ("index_url", "apt_url", "apk_url"):
        levels = load_levels()
        levels.mirror = load_level("mirror", "custom", **{key: url})  # type: ignore[assignment]
        check(levels, load_project(), BUILDKIT)
