"""Packages that the service needs of the distribution are in the image, whatever its shape."""

from __future__ import annotations

import pytest

from runner.model.engine import BuilderName
from runner.model.errors import ConfigError, ConstraintError
from runner.model.project import Project, SystemPackages
from runner.recipe.constraints import check
from tests.unit.dockerfiles import kinds, of_kind, rendered
from tests.unit.levels_from_yaml import load_levels, load_project

APT = "apt-get update && apt-get install -y --no-install-recommends libpq5 tzdata"
APK = "apk add --no-cache libpq"


@pytest.fixture
def project() -> Project:
    """The sample project, had it a driver for PostgreSQL."""
    loaded = load_project()
    loaded.system_packages = SystemPackages(apt=["libpq5", "tzdata"], apk=["libpq"])
    return loaded


def last_stage(text: str) -> str:
    """The stage that becomes the image."""
    return text[text.rindex("\nFROM ") :]


@pytest.mark.parametrize(("base", "command"), [("slim", APT), ("alpine", APK)])
@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"layers": "merged"},
        {"toolchain": "kept"},
        {"toolchain": "purged"},
        {"stages": "multi"},
        {"stages": "multi", "toolchain": "purged"},
        {"stages": "multi", "layers": "merged", "toolchain": "kept"},
    ],
    ids=lambda shape: " ".join(f"{factor}={level}" for factor, level in shape.items()) or "single",
)
def test_they_are_installed_in_the_stage_that_becomes_the_image(
    project: Project, base: str, command: str, shape: dict[str, str]
) -> None:
    levels = load_levels(base=base, **shape)
    final = last_stage(rendered(levels, project).dockerfile)

    assert sum(command in run for run in of_kind(final, "RUN")) == 1


def test_without_any_every_recipe_is_as_it_was() -> None:
    for stages, layers in (("single", "split"), ("multi", "split"), ("multi", "squashed")):
        assert "apt-get" not in rendered(stages=stages, layers=layers).dockerfile


def test_they_are_there_before_the_toolchain_that_is_removed(project: Project) -> None:
    """What was installed before the mark is not removed with the toolchain."""
    (only,) = of_kind(rendered(load_levels(toolchain="purged"), project).dockerfile, "RUN")

    assert only.index("libpq5") < only.index("apt-mark showmanual") < only.index("libpq-dev")
    assert only.count("apt-get update") == 1


def test_apk_removes_the_toolchain_alone(project: Project) -> None:
    levels = load_levels(base="alpine", toolchain="purged")
    (only,) = of_kind(rendered(levels, project).dockerfile, "RUN")

    assert "apk add --no-cache libpq && apk add --virtual .build-deps --no-cache build-base" in only
    assert "apk del --no-network .build-deps" in only


def test_a_package_that_the_toolchain_names_too_is_named_once(project: Project) -> None:
    project.system_packages.apt = ["libpq-dev"]
    first = of_kind(rendered(load_levels(toolchain="kept"), project).dockerfile, "RUN")[0]

    assert first.count("libpq-dev") == 1


def test_a_mirror_is_set_up_once_in_each_stage(project: Project) -> None:
    levels = load_levels(stages="multi", toolchain="kept")
    levels.mirror.apt_url = "https://mirror.example/distributions"
    build, final = rendered(levels, project).dockerfile.split("\nFROM ${BASE_IMAGE}\n")

    assert build.count("mirror.example") == final.count("mirror.example") == 1


def test_their_caches_are_treated_as_the_level_says_in_the_last_stage(project: Project) -> None:
    def final(cache: str) -> str:
        return last_stage(rendered(load_levels(stages="multi", cache=cache), project).dockerfile)

    removal = "&& rm -rf /var/lib/apt/lists/*"
    assert removal in of_kind(final("purge"), "RUN")[0]
    assert "type=cache,id=dockbench-var-lib-apt-lists" in final("mount")
    assert removal not in final("mount")


@pytest.mark.parametrize("stages", ["single", "multi"])
def test_a_squashed_image_gets_them_with_all_the_rest(project: Project, stages: str) -> None:
    text = rendered(load_levels(stages=stages, layers="squashed"), project).dockerfile

    assert APT in of_kind(text.split("\nFROM scratch\n")[0], "RUN")[-1 if stages == "multi" else 0]
    assert kinds(last_stage(text)) == ["FROM", "COPY", *kinds(last_stage(text))[2:]]


@pytest.mark.parametrize(("prune", "keeps"), [("minimal", "links"), ("traced", "is opened")])
def test_a_root_of_its_own_takes_from_the_build_stage_what_is_needed(
    project: Project, prune: str, keeps: str
) -> None:
    recipe = rendered(load_levels(stages="multi", bytecode="none", prune=prune), project)
    build, final = recipe.dockerfile.split("\nFROM scratch\n")

    assert APT in of_kind(build, "RUN")[0]
    assert "libpq5" not in final
    (said,) = [note for note in recipe.notes if "project.system_packages" in note]
    assert keeps in said


def test_a_base_without_a_package_manager_is_noted(project: Project) -> None:
    recipe = rendered(load_levels(base="alpine"), project, manager="")

    assert "libpq" not in recipe.dockerfile
    assert recipe.notes == (
        "project.system_packages has no effect: this base has no package manager",
    )


@pytest.mark.parametrize(
    ("names", "builder", "reason"),
    [
        ({"layers": "merged", "cache": "purge_late"}, BuilderName.buildkit, "a later layer"),
    ],
)
def test_what_they_make_impossible_is_refused(
    project: Project, names: dict[str, str], builder: BuilderName, reason: str
) -> None:
    levels = load_levels(stages="multi", **names)
    check(levels, load_project(), builder)

    with pytest.raises(ConstraintError, match=reason):
        check(levels, project, builder)


@pytest.mark.parametrize("manager", ["apt", "apk"])
def test_a_name_that_is_no_package_is_refused(project: Project, manager: str) -> None:
    setattr(project.system_packages, manager, ["libpq5", "tzdata; reboot"])

    with pytest.raises(ConfigError) as caught:
        rendered(load_levels(), project)
    assert str(caught.value).startswith(
        f"project/famous_ner.yaml, or an override: system_packages.{manager}[1]:"
        " 'tzdata; reboot' is not valid"
    )


def test_a_toolchain_of_certain_versions_goes_too() -> None:
    levels = load_levels(toolchain="purged")
    levels.toolchain.apt = ["gcc=12.2", "libpq-dev=15"]
    (only,) = of_kind(rendered(levels).dockerfile, "RUN")
    assert "apt-mark showmanual" in only
    assert "apt-get purge -y --auto-remove" in only
