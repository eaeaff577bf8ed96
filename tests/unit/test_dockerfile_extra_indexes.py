"""A second index of pip that may not answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.compare.elsewhere import Elsewhere
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.dockerfile.document import Document
from runner.dockerfile.extra_indexes import with_one_retry_of_pip

EXTRA = "--extra-index-url https://wheels.example/simple"
ONCE = "\nARG PIP_RETRIES=1"


@pytest.mark.parametrize(
    ("line", "in_files", "told"),
    [
        (f"RUN pip install {EXTRA} flask", False, True),
        (f"RUN python3 -m pip install {EXTRA.replace(' ', '=')} flask", False, True),
        ("ENV PIP_EXTRA_INDEX_URL=https://wheels.example/simple\nRUN pip install x", False, True),
        ("RUN pip install -r requirements.txt", True, True),
        ("RUN pip install -r requirements.txt", False, False),
        ("RUN echo pip", True, False),
        (f"RUN pip install --retries 9 {EXTRA} flask", False, False),
    ],
)
def test_pip_asks_again_only_once(line: str, in_files: bool, told: bool) -> None:
    text = f"FROM one AS base\nRUN true\nFROM two\n{line}\n"
    found = with_one_retry_of_pip(Document(text), in_files).text
    assert found == (text.replace("FROM two", f"FROM two{ONCE}") if told else text)
    assert with_one_retry_of_pip(Document(found), in_files).text == found


@pytest.mark.parametrize("named", [True, False])
def test_a_requirements_file_may_name_one(tmp_path: Path, named: bool) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.11\nRUN pip install -r requirements.txt\nCMD shop\n"
    )
    (tmp_path / "requirements.txt").write_text(f"{EXTRA}\nflask\n" if named else "flask\n")
    (own,) = own_dockerfiles(tmp_path, ())
    assert (Elsewhere.second_index in own.elsewhere) is named
