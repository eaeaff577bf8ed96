"""Which Dockerfiles are worth building for a project's own one."""

from __future__ import annotations

from runner.compare.candidates import (
    ABOUTS,
    ALONE,
    TOGETHER,
    candidates,
    refused,
    with_ignore,
)
from runner.dockerfile.edits.registry import EDITS
from runner.dockerfile.facts import Facts, Manifest
from runner.ecosystems.installers import INSTALLERS

FACTS = Facts(INSTALLERS, manifests=(Manifest(("requirements.txt",), "pip"),))
TUTORIAL = (
    "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
    'CMD ["python", "app.py"]\n'
)


def test_the_source_comes_first_as_it_is() -> None:
    first = candidates("Dockerfile", TUTORIAL, FACTS, "its own")[0]
    assert (first.name, first.text, first.levels) == ("Dockerfile", TUTORIAL, {})


def test_no_text_is_built_twice_and_each_differs_from_the_source() -> None:
    found = candidates("Dockerfile", TUTORIAL, FACTS, "its own")
    texts = [item.text for item in found]
    assert len(set(texts)) == len(texts) >= 6


def test_what_nothing_applies_to_is_built_as_it_is_alone() -> None:
    assert len(candidates("Dockerfile", "FROM scratch\nCOPY x /x\n", FACTS, "")) == 1


def test_a_candidate_says_which_edits_changed_it_and_why_others_did_not() -> None:
    found = {item.name: item for item in candidates("D", TUTORIAL, FACTS, "")}
    together = found["D+together"]
    assert dict(together.levels) == {"order": "deps_first", "cache": "purge"}
    assert dict(together.reasons)["recommends=none"].startswith("no apt-get install")
    assert "dependencies installed before the sources" in together.about


def test_every_improvement_that_is_offered_exists_and_is_described() -> None:
    for factor, level in [*ALONE, *TOGETHER.items()]:
        assert level in EDITS[factor]
        assert f"{factor}={level}" in ABOUTS


def test_reasons_are_given_for_what_does_not_apply() -> None:
    reasons = dict(refused(TUTORIAL, FACTS))
    assert "toolchain=purged" in reasons
    assert "base=slim" not in reasons


def test_a_better_ignore_file_is_tried_alone_and_with_all_that_comes_together() -> None:
    plain = candidates("D", TUTORIAL, FACTS, "its own")
    found = with_ignore(plain, "data\n")
    assert found[0] == plain[0]
    assert [item.text for item in found if item.name != "D+ignore=unneeded"] == [
        item.text for item in plain
    ]
    brings = {item.name for item in found if item.dockerignore is not None}
    several = {item.name for item in plain if len(item.levels) > 1}
    assert brings == several | {"D+ignore=unneeded"}
    together = next(item for item in found if item.name == "D+together")
    assert together.levels["ignore"] == "unneeded"
    assert "leaves out what no build of it needs" in together.about


def test_of_go_the_cache_of_compiled_packages_comes_first() -> None:
    """Without it every build after an edit compiles all of them, and a budget may end before."""
    text = "FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\nCMD /app\n"
    facts = Facts(INSTALLERS, manifests=(Manifest(("go.mod", "go.sum"), "go"),))
    names = [item.name for item in candidates("c++/D", text, facts, "its own")]
    assert names[:3] == ["c++/D", "c++/D+together_mount", "c++/D+together_multi"]
    python = [item.name for item in candidates("D", TUTORIAL, FACTS, "its own")]
    assert python[:2] == ["D", "D+together_multi"]
