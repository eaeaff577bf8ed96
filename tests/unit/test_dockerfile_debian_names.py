"""Packages by the name that the release of the stand-ins has for them."""

from __future__ import annotations

import pytest

from runner.dockerfile.debian_names import name_here, with_names_of_here, without_questions
from runner.dockerfile.document import Document


@pytest.mark.parametrize(
    ("package", "here"),
    [
        ("netcat", "netcat-traditional"),
        ("libcurl4t64", "libcurl4"),
        ("libglib2.0-0t64", "libglib2.0-0"),
        ("libssl1.1", "libssl3"),
        ("netcat-openbsd", "netcat-openbsd"),
        ("gcc", "gcc"),
        ("netcat=1.10-46", "netcat=1.10-46"),
    ],
)
def test_a_package_is_named_as_this_release_names_it(package: str, here: str) -> None:
    assert name_here(package) == here


def test_only_what_apt_installs_is_named_anew() -> None:
    text = (
        "FROM a\nRUN apt-get update && \\\n    # for the database\n"
        "    apt-get install -y 'netcat' curl libcurl4t64 && \\\n    netcat -z db 1; echo netcat\n"
        "RUN pip install netcat\nRUN apt-get remove netcat\n"
    )
    document, renamed = with_names_of_here(Document(text))
    assert document.text == (
        "FROM a\nRUN apt-get update && \\\n    # for the database\n"
        "    apt-get install -y netcat-traditional curl libcurl4 && \\\n"
        "    netcat -z db 1; echo netcat\n"
        "RUN pip install netcat\nRUN apt-get remove netcat\n"
    )
    assert renamed == {"netcat": "netcat-traditional", "libcurl4t64": "libcurl4"}


def test_shell_that_cannot_be_parsed_stays() -> None:
    text = "FROM a\nRUN apt-get install netcat && (\n"
    assert with_names_of_here(Document(text)) == (Document(text), {})


@pytest.mark.parametrize(
    ("run", "after"),
    [
        ("apt-get update && apt-get install htop", "apt-get update && apt-get install -y htop"),
        ("apt upgrade", "apt upgrade -y"),
        *(
            (x, x)
            for x in (
                "apt-get install -y htop",
                "apt-get -qqy install htop",
                "apt-get install -qq htop",
                "apt-get --assume-yes install htop",
                "apt-get update",
                "apt-cache install",
            )
        ),
    ],
)
def test_apt_asks_nothing(run: str, after: str) -> None:
    assert without_questions(Document(f"FROM a\nRUN {run}\n")).text == f"FROM a\nRUN {after}\n"
