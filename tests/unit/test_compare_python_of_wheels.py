"""The Python for which the packages that a project pins have compiled files."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import pytest

from runner.compare import python_of_wheels as module
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.pins import Pin, exact_versions
from runner.compare.python_of_wheels import (
    MOST_PINS,
    locked_versions,
    newest_release,
    python_of_wheels,
)
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing

HERE = f"manylinux_2_17_{platform.machine()}.manylinux2014_{platform.machine()}"


def index_page(*files: str, wanted: str = "") -> dict[str, Any]:
    return {"files": [{"filename": name, "requires-python": wanted} for name in files]}


COMPILED = index_page(
    "psycopg2-binary-2.9.9.tar.gz",
    *(f"psycopg2_binary-2.9.9-cp3{minor}-cp3{minor}-{HERE}.whl" for minor in (8, 9, 10, 11, 12)),
    "psycopg2_binary-2.9.9-cp313-cp313-win_amd64.whl",
    f"psycopg2_binary-2.9.10-cp313-cp313-{HERE}.whl",
)
PINS = [Pin("psycopg2-binary", "2.9.9")]


@pytest.mark.parametrize(
    ("name", "version", "page", "release"),
    [
        ("psycopg2-binary", "2.9.9", COMPILED, "3.12"),
        ("psycopg2-binary", "2.9.10", COMPILED, "3.13"),
        ("a", "1.0", index_page("a-1.0.tar.gz"), ""),
        ("a", "1.0", index_page("a-1.0-py2-none-any.whl"), ""),
        ("a", "1.0", index_page("a-1.0-py3-none-any.whl"), ""),
        ("a", "1.0", index_page("a-1.0-py3-none-any.whl", wanted="<3.12"), "3.11"),
        ("a", "1.0", index_page(f"a-1.0-cp38-abi3-{HERE}.whl"), ""),
        ("a", "1.0", index_page(f"a-1.0-cp37-cp37m-{HERE}.whl"), ""),
        ("a", "1.0", index_page("a-1.0-py3-none-any.whl", wanted="a b"), ""),
        ("a", "1.0", None, ""),
        ("a", "1.0", {"files": 5}, ""),
        ("a", "1.0", index_page("a-1.0-cp3x-abi3-any.whl", "a-1.0-cp3_8-abi3-any.whl"), ""),
        ("a", "1.0", index_page(f"a-1.0-cp310-cp310-{HERE}.whl" + "x" * 300), ""),
        ("a", "none", COMPILED, ""),
    ],
)
def test_one_package_says_which_it_is(name: str, version: str, page: Any, release: str) -> None:
    assert newest_release([Pin(name, version)], {name: page}, "3.14") == release


def test_musl_has_files_of_its_own() -> None:
    assert newest_release(PINS, {"psycopg2-binary": COMPILED}, "3.14", is_musl=True) == ""
    musl = f"psycopg2_binary-2.9.9-cp311-cp311-musllinux_1_1_{platform.machine()}.whl"
    pages = {"psycopg2-binary": {"files": [*COMPILED["files"], {"filename": musl}]}}
    assert newest_release(PINS, pages, "3.14", is_musl=True) == "3.11"


def test_a_page_that_is_not_known_says_nothing() -> None:
    pages = {"psycopg2-binary": COMPILED, "a": None}
    assert newest_release([*PINS, Pin("a", "1")], pages, "3.14") == ""


@pytest.mark.parametrize(
    ("marker", "releases"),
    [
        ("python_version < '3.10'", ["3.9"]),
        ("python_full_version >= '3.10'", ["3.10"]),
        ("sys_platform == 'win32'", []),
        ("os_name ~= 'posix'", []),
        ("'x' in extras", []),
        ("os_name == 'posix'", ["3.9", "3.10"]),
    ],
)
def test_a_marker_is_asked_for_each_release(marker: str, releases: list[str]) -> None:
    (pin,) = exact_versions([f"a==1; {marker}\n"])
    assert [x for x in ("3.9", "3.10") if pin.is_for(x)] == releases


def test_all_of_them_are_for_it() -> None:
    pages = {"psycopg2-binary": COMPILED, "a": index_page(f"a-1-cp310-cp310-{HERE}.whl")}
    assert newest_release([*PINS, Pin("a", "1")], pages, "3.14") == "3.10"
    pages["a"] = index_page("a-1-py3-none-any.whl", wanted=">=3.13")
    assert newest_release([*PINS, Pin("a", "1")], pages, "3.14") == ""


@pytest.mark.parametrize(
    ("base", "plain", "lines", "release"),
    [
        ("python:slim", False, "psycopg2-binary==2.9.9  # the driver\n", "3.12"),
        ("python:3.14", True, "psycopg2_binary==2.9.9\n", "3.12"),
        ("python:3.12", True, "psycopg2-binary==2.9.9\n", ""),
        ("python:3.14-slim", False, "psycopg2-binary==2.9.9\n", ""),
        ("node:lts AS w\nFROM python:3.14", False, "psycopg2-binary==2.9.9\n", ""),
        ("debian:12", False, "psycopg2-binary==2.9.9\n", ""),
        ("python", False, "psycopg2-binary>=2.9.9\n", ""),
        ("python", False, "psycopg2-binary==2.9.9; sys_platform == 'win32'\n", ""),
        ("python", False, "".join(f"a{n}==1\n" for n in range(MOST_PINS + 1)), ""),
    ],
)
def test_a_release_that_an_owner_has_chosen_stays(
    monkeypatch: pytest.MonkeyPatch, base: str, plain: bool, lines: str, release: str
) -> None:
    monkeypatch.setattr(module, "page", {"psycopg2-binary": COMPILED}.__getitem__)
    text = f"FROM {base}\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    listing = Listing(("requirements.txt",), {"requirements.txt": lines})
    own = OwnDockerfile("Dockerfile", Dockerfile(text), "", plain=plain)

    assert python_of_wheels(own, listing, Path("none")) == release


def test_an_index_that_does_not_answer_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise OSError("no such host")

    monkeypatch.setattr(module, "page", refuse)
    text = "FROM python\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    listing = Listing(("requirements.txt",), {"requirements.txt": "psycopg2-binary==2.9.9\n"})

    assert (
        python_of_wheels(OwnDockerfile("Dockerfile", Dockerfile(text), ""), listing, Path("none"))
        == ""
    )


@pytest.mark.parametrize("name", ["poetry.lock", "uv.lock"])
def test_a_lock_says_the_versions_where_no_requirements_file_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setattr(module, "page", {"psycopg2-binary": COMPILED}.__getitem__)
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / name).write_text(
        '[[package]]\nname = "psycopg2-binary"\nversion = "2.9.9"\ndescription = "a"\n'
        '\n[[package]]\nname = "x"\nversion = "1"\ndescription = "b"\ncategory = "dev"\n'
    )
    text = "FROM python:slim\nCOPY . .\nRUN poetry install\n"
    own = OwnDockerfile("api/Dockerfile", Dockerfile(text), "", context="api")

    assert locked_versions(tmp_path, "api") == PINS
    assert python_of_wheels(own, Listing(()), tmp_path) == "3.12"
    assert locked_versions(tmp_path, "..") == []
