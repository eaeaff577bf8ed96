"""Dockerfiles that a reader of the edits found them wrong for."""

from __future__ import annotations

import dataclasses

import pytest

from runner.compare.copied_words import exists
from runner.compare.replaced import lost
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.dockerfile.facts import BaseConfig, Facts, Manifest
from runner.ecosystems.installers import INSTALLERS

FACTS = Facts(
    INSTALLERS,
    (Manifest(("requirements.txt",), "pip"), Manifest(("backend/requirements.txt",), "pip")),
    base=BaseConfig(),
)


def edited(text: str, **levels: str) -> str:
    result = apply(Document(text), levels, FACTS).document
    assert apply(result, levels, FACTS).document.text == result.text
    return result.text


@pytest.mark.parametrize(
    ("removal", "left"),
    [
        (
            "rm -rf \\\n    /var/lib/apt/lists/* /root/.cache \\\n    /tmp/*",
            "rm -rf \\\n    /tmp/*",
        ),
        ("rm -rf /tmp/* \\\n    /var/lib/apt/lists/* /root/.cache", "rm -rf /tmp/*"),
        ("find /tmp /root/.cache -delete", "find /tmp /root/.cache -delete"),
    ],
)
def test_what_else_is_removed_stays_where_caches_are_mounts(removal: str, left: str) -> None:
    install = "apt-get update && apt-get install -y gcc && pip install x"
    text = f"FROM python:3.12\nRUN {install} && {removal}\n"
    assert edited(text, cache="mount").endswith(f"pip install x && {left}\n")


def test_a_file_in_a_directory_of_the_system_takes_nothing_of_that_along() -> None:
    text = (
        "FROM python:3.12\nWORKDIR /etc/app\nCOPY nginx.conf /etc/\nCOPY . .\n"
        'RUN pip install -r requirements.txt\nCMD ["python", "a.py"]\n'
    )
    split = edited(text, stages="multi")
    assert "COPY --from=build /etc /etc" not in split
    assert "COPY --from=build /etc/app /etc/app\nCOPY nginx.conf /etc/\n" in split


@pytest.mark.parametrize("where", ["/app/static", "static"])
def test_a_directory_that_is_made_with_the_packages_comes_along(where: str) -> None:
    text = (
        f"FROM python:3.12\nWORKDIR /app\nCOPY requirements.txt .\n"
        f"RUN pip install -r requirements.txt && mkdir -p {where}\nCOPY . .\nCMD x\n"
    )
    assert "COPY --from=build /app /app\n" in edited(text, stages="multi")


def test_wheels_by_a_relative_path_are_not_told_to_be_removed_no_more() -> None:
    text = (
        "FROM python:3.12\nWORKDIR /app\n# the wheels\nCOPY wheels ./wheels/\n"
        "RUN pip install wheels/*.whl\nRUN rm -rf wheels\nCMD x\n"
    )
    mounted = edited(text, copies="mounted")
    assert "--mount=type=bind" in mounted
    assert not lost(Dockerfile(text), mounted)


def test_a_pattern_is_looked_for_in_no_time() -> None:
    assert not exists("*a" * 40 + "x.txt", ".", ["a" * 200])
    assert exists("src/*.txt", ".", ["src/a.txt/b"])
    assert not exists("*.txt", "c+(", ["c/a.txt"])
    assert exists("*.txt", "c+(", ["c+(/a.txt"])


def test_many_sources_of_a_copy_are_no_wheels() -> None:
    sources = " ".join(f"a{number}.whl" for number in range(20_000))
    text = f"FROM python:3.12\nCOPY {sources} /wheels/\nRUN pip install /wheels/*\n"
    assert edited(text, copies="mounted") == text


@pytest.mark.parametrize(
    ("run", "copied"),
    [
        ("cd backend && pip install -r requirements.txt", "COPY backend/requirements.txt backend/"),
        ("cd backend && pip install -r ../requirements.txt", ""),
        ("cd /app && pip install -r requirements.txt", "COPY requirements.txt ./"),
    ],
)
def test_a_manifest_is_that_of_the_directory_that_is_changed_to(run: str, copied: str) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN {run}\nCMD x\n"
    found = edited(text, order="deps_first")
    assert found == (
        text
        if not copied
        else text.replace(f"COPY . .\nRUN {run}\n", f"{copied}\nRUN {run}\nCOPY . .\n")
    )


@pytest.mark.parametrize("line", ["ENV B=${VERSION}", "LABEL v=$VERSION"])
def test_what_a_build_is_told_cannot_be_said_again(line: str) -> None:
    text = f'FROM python:3.12\nARG VERSION=1\n{line}\nCMD ["a"]\n'
    assert edited(text, squash="one_layer") == text
    known = dataclasses.replace(FACTS, base=BaseConfig())
    own = 'FROM python:3.12\nARG V=1\nENV V=2\nENV B=$V\nCMD ["a"]\n'
    assert "FROM scratch" in apply(Document(own), {"squash": "one_layer"}, known).document.text
    started = 'FROM python:3.12\nARG V=1\nCMD ["a", "$V"]\n'
    assert "FROM scratch" in apply(Document(started), {"squash": "one_layer"}, known).document.text


@pytest.mark.parametrize(
    ("workdir", "target", "copied"),
    [
        ("$HOME_OF/backend", "$HOME_OF", "COPY --from=build /$HOME_OF /$HOME_OF\n"),
        ("$HOME_OF", "$HOME_OF/", "COPY --from=build /$HOME_OF /$HOME_OF\n"),
        ("/srv/app/backend", "$HOME_OF", "COPY . $HOME_OF\n"),
    ],
)
def test_files_that_are_copied_to_a_variable_stay_in_the_image(
    workdir: str, target: str, copied: str
) -> None:
    text = (
        f"FROM python:3.12\nENV HOME_OF=/srv/app\nWORKDIR {workdir}\nCOPY . {target}\n"
        'RUN pip install -r requirements.txt\nCMD ["python", "a.py"]\n'
    )
    final = edited(text, stages="multi").rpartition("FROM ")[2]
    assert copied in final


@pytest.mark.parametrize("setting", ["ENV SUB=web", "ARG SUB=web", 'ENV A=b SUB="web/x"'])
def test_a_variable_that_holds_a_relative_path_is_one(setting: str) -> None:
    text = (
        f"FROM python:3.12\n{setting}\nWORKDIR /app\nWORKDIR $SUB\nCOPY . .\n"
        'RUN pip install -r requirements.txt\nCMD ["python", "a.py"]\n'
    )
    final = edited(text, stages="multi").rpartition("FROM ")[2]
    assert "COPY . .\n" in final or "COPY --from=build /app/$SUB /app/$SUB\n" in final
    assert " /$SUB" not in final
