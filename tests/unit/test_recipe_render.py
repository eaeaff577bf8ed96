"""What each level writes into the Dockerfile."""

from __future__ import annotations

import dataclasses
import json

import pytest

from runner.dockerfile.facts import BaseConfig
from runner.model.engine import BuilderName
from runner.model.errors import ConfigError
from runner.model.levels import Prune, Toolchain
from runner.model.project import DependencySet
from runner.recipe.render import render
from tests.unit.dockerfiles import kinds, of_kind, parse, rendered
from tests.unit.levels_from_yaml import load_level, load_levels, load_project

TOOLCHAIN = "build-essential"


def runs(**names: str) -> list[str]:
    """The RUN instructions of these levels."""
    return of_kind(rendered(load_levels(**names)).dockerfile, "RUN")


def test_the_base_is_an_argument_with_the_real_reference_as_its_default() -> None:
    recipe = rendered(base="full")

    assert recipe.default_base == "python:3.11"
    assert [item.text for item in parse(recipe.dockerfile)][:2] == [
        "ARG BASE_IMAGE=python:3.11",
        "FROM ${BASE_IMAGE}",
    ]


@pytest.mark.parametrize("base", ["full", "slim", "alpine", "derived"])
def test_the_command_is_the_projects_in_json_form_on_every_base(base: str) -> None:
    last = parse(rendered(base=base).dockerfile)[-1]

    assert last.kind == "CMD"
    assert last.json
    assert list(last.words) == load_project().command


@pytest.mark.parametrize("deps", ["stale", "locked_dev", "locked", "trimmed"])
def test_pip_installs_the_requirements_of_the_chosen_set(deps: str) -> None:
    requirements = load_project().dependencies[deps].requirements

    assert runs(deps=deps)[-1].endswith(f" -r {requirements}")


@pytest.mark.parametrize(
    ("deps", "groups"),
    [("trimmed", "main"), ("locked", "main,dataframe"), ("locked_dev", "main,dataframe,dev")],
)
def test_poetry_installs_groups_of_the_lock_file(deps: str, groups: str) -> None:
    tool, install = runs(installer="poetry", deps=deps)

    assert "pip install" in tool
    assert "poetry==" in tool
    assert "poetry-plugin-pypi-mirror==" in tool, "else it asks the public index alone"
    assert install.startswith("RUN POETRY_VIRTUALENVS_CREATE=false poetry install ")
    assert f" --no-root --only {groups}" in install


def test_uv_installs_the_same_requirements_into_the_system() -> None:
    (install,) = runs(installer="uv", deps="trimmed")

    assert install.startswith("RUN pip install --no-cache-dir uv==")
    assert "&& uv pip install --system " in install
    assert " -r requirements/trimmed.txt && pip uninstall -y uv" in install


def test_the_repository_is_sent_whole_and_the_service_works_in_its_folder() -> None:
    recipe = rendered(context="repo", order="sources_first")
    text = recipe.dockerfile

    assert recipe.context == "."
    assert of_kind(text, "WORKDIR") == ["WORKDIR /app/backend"]
    assert of_kind(text, "COPY") == ["COPY . /app"]


def test_the_requirements_come_from_the_backends_folder_of_the_repository() -> None:
    assert of_kind(rendered(context="repo").dockerfile, "COPY") == [
        "COPY backend/requirements/locked.txt requirements/",
        "COPY . /app",
    ]


def test_the_backend_alone_is_sent_without_a_dockerignore() -> None:
    recipe = rendered(context="backend")

    assert recipe.context == "backend"
    assert recipe.dockerignore == ""
    assert of_kind(recipe.dockerfile, "WORKDIR") == ["WORKDIR /app"]


def test_the_dockerignore_holds_the_levels_lines_and_the_projects() -> None:
    lines = rendered(context="ignored").dockerignore.splitlines()

    assert "**/.git*" in lines
    assert lines[-len(load_project().ignore) :] == load_project().ignore


def test_a_backend_at_the_root_of_the_repository_is_copied_as_it_is() -> None:
    project = dataclasses.replace(load_project(), backend=".")
    recipe = rendered(load_levels(context="repo"), project)

    assert recipe.context == "."
    assert of_kind(recipe.dockerfile, "COPY") == [
        "COPY requirements/locked.txt requirements/",
        "COPY . .",
    ]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("sources_first", ["WORKDIR", "COPY", "RUN", "EXPOSE", "CMD"]),
        ("deps_first", ["WORKDIR", "COPY", "RUN", "COPY", "EXPOSE", "CMD"]),
    ],
)
def test_order_decides_what_a_change_of_the_sources_invalidates(
    order: str, expected: list[str]
) -> None:
    assert kinds(rendered(order=order).dockerfile)[2:] == expected


def test_poetrys_files_are_copied_before_the_sources() -> None:
    text = rendered(installer="poetry").dockerfile

    assert of_kind(text, "COPY") == ["COPY pyproject.toml poetry.lock ./", "COPY . ."]


@pytest.mark.parametrize(
    ("installer", "flag"),
    [("pip", "--no-cache-dir"), ("uv", "--no-cache"), ("poetry", "--no-cache")],
)
def test_flags_tell_each_installer_to_keep_no_cache(installer: str, flag: str) -> None:
    own = " && uv pip install" if installer == "uv" else f"{installer} install"
    told, kept = (runs(installer=installer, cache=cache)[-1] for cache in ("flags", "keep"))

    assert f" {flag} " in told.partition(own)[2] + " "
    assert flag not in kept.partition(own)[2]
    assert "rm -rf" not in told + kept


def test_apk_keeps_no_index_when_told_so() -> None:
    assert "apk add --no-cache " in runs(base="alpine", toolchain="kept", cache="flags")[0]
    assert "apk add --update-cache " in runs(base="alpine", toolchain="kept", cache="keep")[0]


def test_purge_removes_in_the_same_run_what_that_run_fetched() -> None:
    toolchain, tool, install = runs(installer="poetry", toolchain="kept", cache="purge")

    assert toolchain.endswith("&& rm -rf /var/lib/apt/lists/*")
    assert tool.endswith("&& rm -rf ~/.cache/pip")
    assert install.endswith("&& rm -rf ~/.cache/pypoetry/cache ~/.cache/pypoetry/artifacts")


def test_purge_late_removes_everything_in_a_run_of_its_own_behind_the_last_one() -> None:
    found = runs(toolchain="kept", cache="purge_late")

    assert found[-1] == "RUN rm -rf /var/lib/apt/lists/* ~/.cache/pip"
    assert sum("rm -rf" in run for run in found) == 1


@pytest.mark.parametrize("installer", ["pip", "uv", "poetry"])
def test_cache_mounts_have_ids_of_our_own(installer: str) -> None:
    found = parse(rendered(installer=installer, toolchain="kept", cache="mount").dockerfile)
    mounts = [flag for item in found for flag in item.flags]

    assert {item.kind for item in found if item.flags} == {"RUN"}
    assert len([item for item in found if item.kind == "RUN" and not item.flags]) == 0
    assert all(flag.startswith("--mount=type=cache,id=dockbench-") for flag in mounts)
    assert all("sharing=locked" in flag for flag in mounts if "/apt" in flag)


def test_the_kept_toolchain_is_installed_with_its_package_lists_in_one_command() -> None:
    first = runs(toolchain="kept")[0]

    assert first.startswith("RUN apt-get update && apt-get install -y --no-install-recommends ")
    assert TOOLCHAIN in first


@pytest.mark.parametrize("layers", ["split", "merged"])
def test_the_purged_toolchain_is_installed_used_and_removed_in_one_run(layers: str) -> None:
    (only,) = runs(toolchain="purged", layers=layers)

    assert only.index(TOOLCHAIN) < only.index("pip install") < only.index("apt-get purge")


def test_apk_removes_the_toolchain_as_one_virtual_package() -> None:
    (only,) = runs(base="alpine", toolchain="purged")

    assert only.index("--virtual .build-deps") < only.index("pip install") < only.index("apk del")


def test_a_base_without_a_package_manager_gets_no_toolchain_and_a_note_says_so() -> None:
    recipe = rendered(base="alpine", toolchain="kept", manager="")

    assert recipe.dockerfile == rendered(base="alpine", toolchain="none", manager="").dockerfile
    merged = {"base": "alpine", "layers": "merged", "installer": "uv"}
    with_toolchain = rendered(load_levels(**merged, toolchain="purged"), manager="")
    without = rendered(load_levels(**merged, toolchain="none"), manager="")
    assert with_toolchain.dockerfile == without.dockerfile
    assert recipe.notes == ("toolchain=kept has no effect: this base has no package manager",)


@pytest.mark.parametrize(
    ("manager", "toolchain", "has_strip", "noted"),
    [
        ("", "kept", False, "prune=trimmed removes no debug symbols: this base has no strip"),
        ("apk", "none", False, "; toolchain=kept brings it to the build stage"),
        ("apk", "kept", False, ""),
        ("apk", "none", True, ""),
    ],
)
def test_where_no_debug_symbols_are_removed_a_note_says_so(
    manager: str, toolchain: str, has_strip: bool, noted: str
) -> None:
    levels = load_levels(base="alpine", stages="multi", prune="trimmed", toolchain=toolchain)
    recipe = render(levels, load_project(), BuilderName.buildkit, manager, has_strip=has_strip)

    about_symbols = [note for note in recipe.notes if "debug symbols" in note]
    assert len(about_symbols) == bool(noted)
    assert "".join(about_symbols).endswith(noted)


def test_merged_layers_hold_every_command_in_one_run() -> None:
    split = runs(installer="poetry", toolchain="kept", layers="split")
    (merged,) = runs(installer="poetry", toolchain="kept", layers="merged")

    assert len(split) == 3
    assert all(command.removeprefix("RUN ") in merged for command in split)


@pytest.mark.parametrize("stages", ["single", "multi"])
def test_squashed_is_one_layer_with_what_the_base_is_configured_with(stages: str) -> None:
    levels, config = load_levels(layers="squashed", stages=stages), BaseConfig({"LANG": "C.UTF-8"})
    recipe = render(levels, load_project(), BuilderName.buildkit, "apt", config=config)
    last = recipe.dockerfile.split("\nFROM scratch\n")[1]

    assert of_kind("FROM x\n" + last, "COPY") == ["COPY --from=whole / /"]
    assert 'ENV LANG="C.UTF-8"' in last
    assert "WORKDIR /app" in last
    assert list(parse("FROM x\n" + last)[-1].words) == load_project().command


def test_multi_copies_the_environment_and_the_app_onto_the_base_again() -> None:
    text = rendered(stages="multi", toolchain="kept", installer="poetry", cache="flags").dockerfile
    build, final = text.split("\nFROM ${BASE_IMAGE}\n")

    assert "FROM ${BASE_IMAGE} AS build" in build
    assert "ENV VIRTUAL_ENV=/opt/venv" in build
    assert "poetry install" in build
    assert kinds("FROM x\n" + final)[1:] == ["ENV", "WORKDIR", "EXPOSE", "COPY", "COPY", "CMD"]
    assert of_kind("FROM x\n" + final, "COPY") == [
        "COPY --from=build /opt/venv /opt/venv",
        "COPY . .",
    ]


def test_what_the_build_stage_leaves_behind_is_not_removed_there() -> None:
    recipe = rendered(stages="multi", toolchain="purged", cache="purge")

    assert "purge" not in recipe.dockerfile
    assert "rm -rf" not in recipe.dockerfile
    assert recipe.notes == (
        "toolchain=purged changes nothing: no compiler is installed in the stages of the image",
        "cache=purge changes nothing: no RUN in the stages of the image leaves a cache",
    )


@pytest.mark.parametrize("stages", ["single", "multi"])
@pytest.mark.parametrize("installer", ["pip", "uv", "poetry"])
def test_no_byte_code_is_said_before_the_first_pip(stages: str, installer: str) -> None:
    text = rendered(bytecode="none", stages=stages, installer=installer).dockerfile

    assert text.index("PYTHONDONTWRITEBYTECODE=1") < text.index("pip ")
    assert "--compile" not in text
    assert all(
        "--no-compile" in run
        for run in of_kind(text, "RUN")
        if " pip " in run and " install " in run and "uv pip" not in run
    )


@pytest.mark.parametrize(
    ("installer", "flag"), [("uv", "--compile-bytecode"), ("poetry", "--compile")]
)
def test_installers_that_write_no_byte_code_by_themselves_are_told_to(
    installer: str, flag: str
) -> None:
    assert f" {flag}" in runs(installer=installer, bytecode="write")[-1]
    assert "PYTHONDONTWRITEBYTECODE" not in rendered(installer=installer).dockerfile


@pytest.mark.parametrize("prune", ["trimmed", "minimal"])
@pytest.mark.parametrize("base", ["slim", "alpine"])
def test_the_own_root_starts_from_scratch_with_the_package_alone(base: str, prune: str) -> None:
    text = rendered(base=base, stages="multi", prune=prune, context="repo").dockerfile
    build, final = text.split("\nFROM scratch\n")

    assert of_kind("FROM x\n" + final, "COPY") == [
        "COPY --from=build /rootfs /",
        "COPY backend/famous_ner famous_ner",
    ]
    assert kinds(build).count("FROM") == (2 if prune == "trimmed" else 1)


def test_trimmed_leaves_out_only_what_the_build_finds_that_nothing_needs() -> None:
    recipe = rendered(base="slim", stages="multi", prune="trimmed", context="repo")
    assert "COPY backend/famous_ner /sources/" in recipe.dockerfile
    assert "COPY --from=imports /unneeded.py /imports.txt /\n" in recipe.dockerfile
    assert "unneeded.py remove /rootfs /imports.txt" in recipe.dockerfile
    assert "uninstall" not in recipe.dockerfile
    assert "rm -rf \\\n        config-*" not in recipe.dockerfile
    assert list(recipe.files) == ["unneeded.dockbench.py"]


def test_what_the_command_starts_counts_as_imported() -> None:
    project = dataclasses.replace(load_project(), command=["python", "-u", "-m", "idlelib", "-m"])
    levels = load_levels(base="slim", stages="multi", prune="trimmed")
    assert " --also idlelib > " in rendered(levels, project=project).dockerfile


def test_the_own_root_leaves_out_what_the_level_names() -> None:
    levels = load_levels(stages="multi")
    levels.prune = Prune(
        level="mine",
        about="a level of my own",
        own_root=True,
        stdlib=["curses"],
        patterns=["*.pyi"],
    )
    text = rendered(levels).dockerfile

    assert "rm -rf \\\n        curses\n" in text
    assert "-name '*.pyi'" in text
    assert "strip" not in text
    assert "zipfile" not in text


def test_a_shell_is_kept_or_not() -> None:
    with_shell = rendered(base="alpine", stages="multi", prune="trimmed").dockerfile
    without = rendered(base="alpine", stages="multi", prune="minimal").dockerfile

    assert "busybox --install" in with_shell
    assert "busybox" not in without


def test_a_mirror_is_where_every_installer_looks() -> None:
    levels = load_levels(installer="uv", toolchain="kept")
    levels.mirror = load_level(
        "mirror",
        "custom",
        index_url="http://mirror.example:8080/simple/",
        apt_url="https://mirror.example/distributions/",
    )  # type: ignore[assignment]
    text = rendered(levels).dockerfile

    assert "PIP_INDEX_URL=http://mirror.example:8080/simple \\\n" in text
    assert "PIP_TRUSTED_HOST=mirror.example \\\n" in text
    assert "UV_INDEX_URL=http://mirror.example:8080/simple\n" in text
    sed = "sed -E -i 's#https?://[^/ ]+#https://mirror.example/distributions#'"
    assert sed in of_kind(text, "RUN")[0]
    assert of_kind(text, "RUN")[0].index(sed) < of_kind(text, "RUN")[0].index("apt-get update")


def test_a_mirror_is_not_known_to_the_image_of_a_later_stage() -> None:
    levels = load_levels(stages="multi")
    levels.mirror.index_url = "https://mirror.example/simple"
    build, final = rendered(levels).dockerfile.split("\nFROM ${BASE_IMAGE}\n")

    assert "mirror.example" in build
    assert "mirror.example" not in final


def test_a_mirror_for_apk_replaces_the_hosts_of_its_repositories() -> None:
    levels = load_levels(base="alpine", toolchain="kept")
    levels.mirror.apk_url = "https://mirror.example"

    assert "/etc/apk/repositories && apk add " in of_kind(rendered(levels).dockerfile, "RUN")[0]


def test_a_mirror_that_nothing_uses_is_noted() -> None:
    levels = load_levels()
    levels.mirror.apt_url = "https://mirror.example"

    assert rendered(levels).notes == (
        "mirror=official: apt_url has no effect: nothing is installed with apt",
    )


def test_an_empty_toolchain_of_ones_own_installs_nothing() -> None:
    levels = load_levels()
    levels.toolchain = Toolchain(level="mine", about="nothing", apk=["gcc"], remove=True)

    assert rendered(levels).dockerfile == rendered().dockerfile


def test_paths_with_spaces_are_copied_in_json_form_and_quoted_for_the_shell() -> None:
    project = load_project()
    project.backend = "the backend"
    project.dependencies["locked"].requirements = "my requirements.txt"
    text = rendered(load_levels(context="repo"), project).dockerfile
    copies = [item for item in parse(text) if item.kind == "COPY"]

    assert copies[0].json
    assert list(copies[0].words) == ["the backend/my requirements.txt", "./"]
    assert of_kind(text, "WORKDIR") == ["WORKDIR /app/the backend"]
    assert of_kind(text, "RUN")[0].endswith(" -r 'my requirements.txt'")


def test_any_text_can_be_an_argument_of_the_command() -> None:
    words = ["gunicorn", "a b", 'quote"', "$HOME", "`x`", "line\nbreak", "back\\slash\\", "é ☃"]
    project = dataclasses.replace(load_project(), command=words)
    last = rendered(load_levels(), project).dockerfile.splitlines()[-1]

    assert last.startswith("CMD ")
    assert json.loads(last.removeprefix("CMD ")) == words


def test_files_that_the_requirements_name_are_copied_with_them() -> None:
    project = load_project()
    project.dependencies["locked"] = DependencySet("requirements/web.txt", ["requirements/db.txt"])

    copied = of_kind(rendered(load_levels(), project).dockerfile, "COPY")
    assert copied[0] == "COPY requirements/web.txt requirements/db.txt requirements/"


@pytest.mark.parametrize(
    "levels",
    [
        {},
        {"stages": "multi"},
        {"stages": "multi", "order": "sources_first", "installer": "uv", "cache": "purge"},
        {"stages": "multi", "prune": "trimmed"},
    ],
    ids=str,
)
def test_the_environment_is_set_where_the_service_runs_and_nowhere_else(
    levels: dict[str, str],
) -> None:
    project = dataclasses.replace(load_project(), environment={"APP_MODE": "in production"})

    stages = rendered(load_levels(**levels), project).dockerfile.split("\nFROM ")[1:]
    assert 'APP_MODE="in production"' in stages[-1]
    assert "APP_MODE" not in "".join(stages[:-1])


def test_a_squashed_image_has_the_environment_too() -> None:
    project = dataclasses.replace(load_project(), environment={"APP_MODE": "in production"})
    text = rendered(load_levels(layers="squashed"), project).dockerfile
    assert 'APP_MODE="in production"' in text.split("\nFROM scratch\n")[1]


def test_the_path_to_the_interpreter_is_not_the_projects() -> None:
    project = dataclasses.replace(load_project(), environment={"PATH": "/bin"})

    with pytest.raises(ConfigError, match=r"environment: 'PATH' is not valid; .* other than PATH"):
        rendered(load_levels(), project)


@pytest.mark.parametrize(("name", "value"), [("A\nB", "x"), ("A=B", "x"), ("", "x"), ("A", "\0")])
def test_a_variable_for_the_check_has_a_name_and_a_value(name: str, value: str) -> None:
    project = load_project()
    given = dataclasses.replace(project.check, environment={name: value})

    with pytest.raises(ConfigError, match=r"check\.environment.* is not valid; it must be"):
        rendered(load_levels(), dataclasses.replace(project, check=given))


def test_the_same_levels_give_the_same_recipe() -> None:
    assert rendered(stages="multi", prune="minimal") == rendered(stages="multi", prune="minimal")


def test_the_classic_builder_gets_the_same_dockerfile_without_any_mount() -> None:
    levels = load_levels(stages="multi", prune="trimmed")
    classic = rendered(levels, builder=BuilderName.classic)

    assert classic == rendered(levels)
    assert "--mount" not in classic.dockerfile


@pytest.mark.parametrize("value", ["in production", "\xa00", "a\u3000b", "a;b"])
def test_the_value_of_a_variable_is_one_word_to_docker(value: str) -> None:
    project = dataclasses.replace(load_project(), environment={"APP_MODE": value})
    words = [item.words for item in parse(rendered(project=project).dockerfile)]
    assert ("APP_MODE", f'"{value}"') in [pair[:2] for pair in words]
