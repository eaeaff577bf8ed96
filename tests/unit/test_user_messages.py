"""What a user reads where something is wrong: the true cause, and what to do about it."""

from __future__ import annotations

import errno
import io
import json
import os
import re
from pathlib import Path

import pytest
from rich.console import Console

from runner.analysis.budget import MinSize
from runner.cli.levels import levels_text
from runner.cli.main import main
from runner.compare.own_dockerfiles import own_dockerfiles
from runner.model.errors import StoreError
from runner.model.foreign import ForeignError, yaml_document
from runner.model.paths import ResultPaths
from runner.report.inspect.check import check_document, print_check
from runner.store.atomic import explained, require_writable
from runner.store.records import RecordStore
from tests.unit.anatomies import MB, document
from tests.unit.records import record


def test_yaml_that_is_broken_is_told_by_line_and_column_alone() -> None:
    with pytest.raises(ForeignError) as error:
        yaml_document("port: [8000\n")
    assert "at line 1, column 7" in str(error.value)
    assert "unicode" not in str(error.value)


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (errno.EACCES, "make the directory writable"),
        (errno.EROFS, "name a directory elsewhere"),
        (errno.ENOSPC, "free some"),
    ],
)
def test_what_cannot_be_written_says_what_would_help(number: int, way_out: str) -> None:
    said = str(explained(Path("results/x"), OSError(number, os.strerror(number))))
    assert way_out in said


def test_a_file_in_the_place_of_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    require_writable(tmp_path / "new" / "deeper")
    with pytest.raises(StoreError, match=r"file is a file: name another directory$"):
        require_writable(tmp_path / "file" / "results")
    assert not (tmp_path / "new").exists(), "nothing is made"


def test_out_is_refused_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.sweep.session.connect", lambda *_: pytest.fail("no engine"))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Dockerfile").write_text("FROM a\nEXPOSE 80\n")
    (tmp_path / "file").write_text("")
    shop, out = str(tmp_path / "shop"), str(tmp_path / "file" / "x")
    assert main(["compare", shop, "--out", out]) == 2
    assert "is a file: name another directory" in capsys.readouterr().err


def test_report_prints_the_table_where_it_can_write_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = ResultPaths(tmp_path)
    RecordStore(results).write(record("slim"))
    results.tables.write_text("a file where a directory would have to be")
    assert main(["report", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "slim" in said.out
    assert "cannot write" in said.err
    assert main(["report", str(tmp_path), "--json", "-"]) == 2
    assert json.loads(capsys.readouterr().out)["rows"][0]["name"] == "slim"


def test_every_rule_is_among_those_that_a_check_without_a_budget_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "app:latest"]) == 2
    said = capsys.readouterr().err
    for rule in ("max-size", "min-size", "max-own-size", "max-layers", "max-waste-percent"):
        assert f"--{rule}," in said
    assert "--baseline with --max-growth or --max-shrink" in said
    assert "--min-growth-bytes" not in said


def test_the_lower_limit_is_said_once() -> None:
    facts = document(60 * MB)
    check = check_document(facts, [MinSize("80MB").evaluate(facts)], None)
    screen = io.StringIO()
    print_check(check, Console(file=screen, width=100))
    assert screen.getvalue().count("at least") == 1


def test_the_status_of_the_engine_advises_nothing_that_this_user_cannot_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["engine", "status"]) == 0
    assert capsys.readouterr().out == "not running, and cannot run here: this user is not root\n"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert main(["engine", "status"]) == 0
    assert "`dockbench engine start`" in capsys.readouterr().out


def test_dockerfiles_from_elsewhere_have_names_of_their_own(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    for place in (shop, tmp_path / "a" / "x", tmp_path / "b" / "x"):
        place.mkdir(parents=True)
        (place / "Dockerfile").write_text("FROM a\n")
    named = [str(tmp_path / name / "x" / "Dockerfile") for name in "ab"]
    found = own_dockerfiles(shop, named)
    assert [item.name for item in found] == [
        "Dockerfile",
        "outside:x/Dockerfile",
        "outside:x/Dockerfile-2",
    ]
    assert [item.outside for item in found] == [False, True, True]
    assert "lies outside of the project" in found[1].seen


def test_help_lists_experiments_in_sub_directories_as_they_are_chosen(tmp_path: Path) -> None:
    mine = tmp_path / "experiment/sub/mine.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("# @package _global_\nexperiment: {about: one of mine}\n")
    shown = levels_text([tmp_path])
    assert re.search(r"^  sub/mine +one of mine$", shown, re.MULTILINE)
    assert re.search(r"^  progression  ", shown, re.MULTILINE)
