"""The commands of a recipe in full: what package managers and installers are told."""

from __future__ import annotations

import pytest

from runner.model.levels import Family, Levels
from runner.model.project import DependencySet, Project, SystemPackages
from runner.recipe.caches import APK, APT_ARCHIVES, APT_LISTS, PIP, POETRY, UV
from runner.recipe.commands import (
    Step,
    add_packages,
    add_tool,
    install,
    make_venv,
    remove_toolchain,
    system_packages,
    toolchain_packages,
    usual_manager,
)
from tests.unit.levels_from_yaml import load_level, load_levels

APT_SOURCES = r"""find /etc/apt \( -name '*.list' -o -name '*.sources' \)
-exec sed -E -i 's#https?://[^/ ]+#https://mirror.example#' '{}' +"""
APT_INSTALL = "apt-get install -y --no-install-recommends\n"


def with_mirror(levels: Levels, **urls: str) -> Levels:
    levels.mirror = load_level("mirror", "custom", **urls)  # type: ignore[assignment]
    return levels


def test_each_family_has_its_usual_manager_and_names_packages_for_it() -> None:
    assert usual_manager(Family.alpine) == "apk"
    assert {usual_manager(family) for family in Family if family is not Family.alpine} == {"apt"}
    levels, project = load_levels(toolchain="kept"), Project(name="x")
    project.system_packages = SystemPackages(apt=["libpq5"], apk=["libpq"])
    assert toolchain_packages(levels, "apt")[0] == "build-essential"
    assert toolchain_packages(levels, "apk")[0] == "build-base"
    assert system_packages(project, "apt") == ["libpq5"]
    assert system_packages(project, "apk") == ["libpq"]
    assert toolchain_packages(levels, "dnf") == system_packages(project, "") == []


def test_what_apt_removes_again_is_all_that_was_not_there_before_or_is_kept() -> None:
    levels = load_levels()
    assert add_packages(levels, "apt", ["libpq5"], ["gcc", "make"]).commands == (
        "apt-get update",
        f"{APT_INSTALL}libpq5",
        "apt-mark showmanual > /tmp/manual",
        f"{APT_INSTALL}gcc\nmake",
    )
    assert add_packages(levels, "apt", [], ["gcc"]).commands[1].startswith("apt-mark showmanual")
    assert add_packages(levels, "apt", ["libpq5"]).commands[1:] == (f"{APT_INSTALL}libpq5",)
    assert remove_toolchain("apt").commands == (
        "apt-mark auto '.*' > /dev/null",
        "xargs apt-mark manual < /tmp/manual > /dev/null",
        "apt-get purge -y --auto-remove",
        "rm /tmp/manual",
    )


def test_what_apk_removes_again_is_one_virtual_package() -> None:
    assert add_packages(load_levels(), "apk", ["libpq"], ["gcc", "make"]).commands == (
        "apk add --no-cache\nlibpq",
        "apk add --no-cache --virtual .build-deps\ngcc\nmake",
    )
    assert remove_toolchain("apk").commands == ("apk del --no-network .build-deps",)


def test_what_fills_a_cache_names_it() -> None:
    for manager, caches in (("apt", (APT_ARCHIVES, APT_LISTS)), ("apk", (APK,))):
        assert add_packages(load_levels(), manager, ["x"]).caches == caches
        assert remove_toolchain(manager).caches == caches
    held = DependencySet(requirements="r.txt", poetry=True)
    for installer, cache in (("pip", PIP), ("uv", UV), ("poetry", POETRY)):
        step = install(load_levels(installer=installer), held, "", venv=False)
        assert (step.caches, step.installs_dependencies) == ((cache,), True)
        tool = add_tool(load_levels(installer=installer))
        assert tool is None if installer == "pip" else tool is not None and tool.caches == (PIP,)


def test_a_mount_is_filled_although_the_image_or_the_manager_would_not() -> None:
    levels = load_levels(cache="mount")
    assert add_packages(levels, "apt", ["x"]).commands[:2] == (
        "rm -f /etc/apt/apt.conf.d/docker-clean",
        "apt-get update",
    )
    assert add_packages(levels, "apk", ["x"]).commands == (
        f"apk add --update-cache --cache-dir {APK.path}\nx",
    )


def test_a_mirror_replaces_scheme_and_host_in_the_sources_of_its_manager_alone() -> None:
    levels = with_mirror(load_levels(), apt_url="https://mirror.example/")
    assert add_packages(levels, "apt", ["x"]).commands[0] == APT_SOURCES
    assert add_packages(levels, "apk", ["x"]).commands == ("apk add --no-cache\nx",)
    levels = with_mirror(load_levels(), apk_url="https://mirror.example/")
    assert add_packages(levels, "apk", ["x"]).commands[0] == (
        "sed -E -i 's#https?://[^/ ]+#https://mirror.example#' /etc/apk/repositories"
    )
    assert add_packages(levels, "apt", ["x"]).commands[0] == "apt-get update"


def test_the_environment_has_no_pip_of_its_own() -> None:
    assert make_venv() == Step(("python -m venv --without-pip /opt/venv",))


FLAGS = {"cache": "flags", "bytecode": "none"}
MOUNT = {"cache": "mount", "bytecode": "write"}
KEEP = {"cache": "keep", "bytecode": "none"}


@pytest.mark.parametrize(
    ("installer", "levels", "folder", "venv", "command"),
    [
        ("pip", FLAGS, "", False, "pip install --no-cache-dir --no-compile -r r.txt"),
        ("pip", MOUNT, "a b", True, "pip --python /opt/venv/bin/python install -r 'a b/r.txt'"),
        ("uv", FLAGS, "", False, "uv pip install --system --no-cache -r r.txt"),
        ("uv", KEEP, "", False, "uv pip install --system -r r.txt"),
        ("uv", {**MOUNT, **{"bytecode": "none"}}, "", False,
         "uv pip install --system --link-mode=copy -r r.txt"),
        ("uv", {**KEEP, **{"bytecode": "write"}}, "", False,
         "uv pip install --system --compile-bytecode -r r.txt"),
        ("uv", MOUNT, "a b", True,
         "uv pip install --python /opt/venv/bin/python --link-mode=copy --compile-bytecode\n"
         "-r 'a b/r.txt'"),
        ("poetry", FLAGS, "", False,
         "POETRY_VIRTUALENVS_CREATE=false poetry install\n"
         "--no-interaction --no-root --only main,web --no-cache"),
        ("poetry", MOUNT, "a b", True,
         "VIRTUAL_ENV=/opt/venv poetry install\n"
         "--no-interaction --no-root --only main,web --directory 'a b' --compile"),
    ],
)  # fmt: skip
def test_each_installer_is_told_where_to_and_what_to_keep(
    installer: str, levels: dict[str, str], folder: str, venv: bool, command: str
) -> None:
    held = DependencySet(requirements="r.txt", poetry=True, poetry_groups=["web"])
    step = install(load_levels(installer=installer, **levels), held, folder, venv)
    assert step.commands == (command,)


def test_an_installer_that_the_base_lacks_is_installed_with_pip() -> None:
    assert add_tool(load_levels(installer="pip")) is None
    uv = add_tool(load_levels(installer="uv", cache="flags", bytecode="none"))
    assert uv is not None
    start = "pip install --no-cache-dir --no-compile uv=="
    assert uv.commands[0].startswith(start)
    poetry = add_tool(load_levels(installer="poetry", cache="keep", bytecode="write"))
    assert poetry is not None
    assert poetry.commands[0].startswith("pip install poetry==")
    assert " poetry-plugin-pypi-mirror==" in poetry.commands[0]
