"""Lines for a .dockerignore: what is left out, and what never is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.cli.main import main
from runner.dockerfile.document import Document
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable
from runner.ecosystems.installers import INSTALLERS
from runner.recipe.context import list_context
from runner.recipe.unneeded import UNREACHED_BYTES, IgnoreLine, unneeded, with_lines

FACTS = Facts(INSTALLERS)
ALL = "FROM python:3.11\nCOPY . .\n"
BIG = UNREACHED_BYTES


def write(root: Path, *paths: str, large: tuple[str, ...] = ()) -> Path:
    """A tree of small files, and of some that are worth a line."""
    for path in [*paths, *large]:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x" * (BIG if path in large else 10))
    return root


def found(
    root: Path, dockerfile: str, ignore: str = "", **texts: str
) -> dict[str, IgnoreLine] | str:
    """The lines by pattern, or why there are none."""
    told = {name.replace("_", "."): text for name, text in texts.items()}
    entries = list_context(root, ignore)
    lines = unneeded(Document(dockerfile), FACTS, entries, ignore, told)
    if isinstance(lines, NotApplicable):
        return lines.reason
    after = with_lines(ignore, lines)
    again = unneeded(Document(dockerfile), FACTS, list_context(root, after), after, told)
    assert isinstance(again, NotApplicable), again
    return {line.pattern: line for line in lines}


def patterns(root: Path, dockerfile: str, ignore: str = "", **texts: str) -> set[str]:
    lines = found(root, dockerfile, ignore, **texts)
    return set() if isinstance(lines, str) else set(lines)


def test_what_tools_leave_is_left_out_by_size(tmp_path: Path) -> None:
    write(tmp_path, "app/main.py", "app/__pycache__/a.pyc", ".idea/x", large=(".git/pack",))
    lines = found(tmp_path, ALL)
    assert not isinstance(lines, str)
    assert list(lines) == ["**/.git", "**/.idea", "**/__pycache__"]
    assert (lines["**/.git"].bytes, lines["**/.git"].files) == (BIG, 1)


def test_nothing_to_leave_out_is_said(tmp_path: Path) -> None:
    write(tmp_path, "app/main.py", ".git/HEAD")
    assert found(tmp_path, ALL, ".git\n") == "nothing is sent that is known to be unneeded"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject_toml", '[build-system]\nrequires = ["setuptools_scm"]\n'),
        ("package_json", '{"scripts": {"build": "git rev-parse HEAD > version"}}'),
        ("Makefile", "VERSION := $(shell git describe --tags)\n"),
    ],
)
def test_a_build_that_reads_the_history_keeps_it(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, ".git/HEAD", "app.py")
    assert patterns(tmp_path, ALL) == {"**/.git"}
    assert patterns(tmp_path, ALL, **{name: text}) == set()


@pytest.mark.parametrize(
    "line",
    ["COPY .git /src/.git", "RUN cp -r .git /x", 'RUN ["git", "describe"]', "CMD cat .git/HEAD"],
)
def test_what_the_dockerfile_names_stays(tmp_path: Path, line: str) -> None:
    write(tmp_path, ".git/HEAD")
    assert patterns(tmp_path, f"{ALL}{line}\n") == set()


def test_what_an_exception_keeps_stays(tmp_path: Path) -> None:
    write(tmp_path, ".git/HEAD", ".idea/x", large=("data/x",))
    ignore = "*\n!.git\n!.idea\n!data\n"
    assert patterns(tmp_path, "FROM a\nCOPY src /src\n", ignore) == set()


def test_packages_are_left_out_where_they_are_installed_anew(tmp_path: Path) -> None:
    write(tmp_path, "node_modules/a/x.js", "server.js")
    assert patterns(tmp_path, "FROM node:22\nCOPY . .\n") == set()
    install = "FROM node:22\nCOPY . .\nRUN npm ci && node_modules/.bin/tsc\n"
    assert patterns(tmp_path, install) == {"**/node_modules"}
    assert patterns(tmp_path, f"{install}COPY node_modules /app/node_modules\n") == set()
    stage = f"{install}FROM node:22\nCOPY --from=0 /app/node_modules /app/node_modules\n"
    assert patterns(tmp_path, stage) == {"**/node_modules"}


def test_a_virtual_environment_is_left_out_whatever_it_is_called(tmp_path: Path) -> None:
    write(tmp_path, "my [env]/pyvenv.cfg", "my [env]/lib/x.py", "app.py")
    assert patterns(tmp_path, ALL) == {"my \\[env\\]"}
    assert patterns(tmp_path, f'{ALL}CMD ["/app/my [env]/bin/python"]\n') == set()


def test_what_no_copy_reaches_is_left_out_if_it_is_large(tmp_path: Path) -> None:
    write(tmp_path, "src/a.py", "notes/a", large=("data/a", "src/big", "film.mp4"))
    assert patterns(tmp_path, "FROM a\nCOPY src /src\n") == {"data", "film.mp4"}
    for anything in (
        "COPY . /",
        "COPY ./ /",
        "COPY $DIR /",
        "COPY *.mp4 data* /",
        "RUN --mount=type=bind,target=/src ls",
        "ONBUILD COPY data /",
        "ADD . /",
    ):
        assert patterns(tmp_path, f"FROM a\nCOPY src /src\n{anything}\n") == set()


def test_another_dockerfile_of_the_context_keeps_what_it_copies(tmp_path: Path) -> None:
    write(tmp_path, "src/a.py", large=("data/a", "film.mp4"))
    one = "FROM a\nCOPY src /src\n"
    assert patterns(tmp_path, one, dev_Dockerfile="FROM a\nCOPY data /\n") == {"film.mp4"}
    assert patterns(tmp_path, one, dev_Dockerfile="FROM a\nCOPY . /\n") == set()


PARTS = st.sampled_from(["a", "b", ".git", "x.pyc", "node_modules", "#c", "!d", "*", "é [x]"])
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(PATHS, min_size=1, max_size=8), st.sampled_from(["a", "b", ".", "a/b"]))
def test_what_is_copied_and_has_no_known_name_is_still_sent(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str], source: str
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for path in paths:
        if not any((root / above).is_file() for above in Path(path).parents):
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                place.write_bytes(b"x" * BIG)
    dockerfile = f"FROM node\nCOPY {source} /x\nRUN npm ci\n"
    lines = unneeded(Document(dockerfile), FACTS, list_context(root, ""), "", {})
    before = {entry.path for entry in list_context(root, "")}
    after = before
    if not isinstance(lines, NotApplicable):
        text = with_lines("", lines)
        after = {entry.path for entry in list_context(root, text)}
        assert after < before
    for path in before - after:
        known = {".git", "node_modules"} & set(path.split("/")) or path.endswith(".pyc")
        assert known or (source != "." and path.split("/")[0] != source.split("/")[0])


def test_the_command_shows_and_writes_the_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "app.py", large=(".git/pack",))
    dockerfile, ignore = tmp_path / "Dockerfile", tmp_path / ".dockerignore"
    dockerfile.write_text("FROM python:3.11\nCOPY app.py /\nRUN pip install x\n")
    ignore.write_text("dist")
    given = ["edit", str(dockerfile), "ignore=unneeded"]
    assert main(given) == 0
    out, err = capsys.readouterr()
    assert out.startswith("dist\n**/.git\n")
    assert "**/.git leaves out 100.0 kB (version control)" in err
    assert main([*given, "--diff"]) == 0
    patch = capsys.readouterr().out
    subprocess.run(["patch", str(ignore)], input=patch, text=True, check=True, capture_output=True)
    assert ignore.read_text() == out
    ignore.write_text("dist")
    assert main([*given, "--write"]) == 0
    assert ignore.read_text() == out
    capsys.readouterr()
    assert main([*given, "cache=flags", "--write"]) == 0
    assert "changes nothing" in capsys.readouterr().err
    assert "--no-cache-dir" in dockerfile.read_text()
    assert main([*given, "cache=flags"]) == 2


def test_the_context_may_lie_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "app.py", ".git/HEAD", "docker/x")
    dockerfile = tmp_path / "docker" / "prod.Dockerfile"
    dockerfile.write_text(ALL)
    given = ["edit", str(dockerfile), "ignore=unneeded", "--context", str(tmp_path), "--write"]
    assert main(given) == 0
    assert "**/.git\n" in (tmp_path / ".dockerignore").read_text()
    own = tmp_path / "docker" / "prod.Dockerfile.dockerignore"
    own.write_text("app.py\n")
    assert main(given) == 0
    assert own.read_text().startswith("app.py\n**/.git\n")
    assert main([*given[:-3], "--context", "nowhere", "--diff"]) == 2
    assert "nowhere: there is no such directory" in capsys.readouterr().err
