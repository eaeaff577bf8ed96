"""`dockbench report`: the same records give the same bytes, and every fault one clear error."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli import report
from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.model.record import Record, to_json
from runner.report.write import write_report
from tests.unit.records import failing, path_records, record

FILES = (
    "tables/summary.csv",
    "tables/summary.md",
    "figures/progression.svg",
    "figures/progression.png",
)


def store(root: Path, records: list[Record]) -> Path:
    """Write the records as a bench leaves them."""
    folder = ResultPaths(root).records
    folder.mkdir(parents=True)
    for number, held in enumerate(records):
        (folder / f"{number:03}.json").write_bytes(to_json(held))
    return root


def call(*arguments: str) -> int:
    """`dockbench report …`."""
    parser = argparse.ArgumentParser()
    report.add_parser(parser.add_subparsers())
    options = parser.parse_args(["report", *arguments])
    exit_code: int = options.run(options)
    return exit_code


def start(root: Path, home: Path, **environment: str) -> subprocess.Popen[bytes]:
    """The command in a process of its own, with little more than the given environment."""
    home.mkdir()
    (home / "matplotlibrc").write_text(environment.pop("RC", ""))
    code = "import sys; from tests.unit.test_report_write import call; sys.exit(call(sys.argv[1]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "MPLCONFIGDIR": str(home)}
        | environment,
    )


def test_the_same_records_give_the_same_bytes_everywhere(tmp_path: Path) -> None:
    records = path_records(7)
    roots = [store(tmp_path / "a", records), store(tmp_path / "b", records[::-1])]
    running = [
        start(roots[0], tmp_path / "h", PYTHONHASHSEED="1", TZ="UTC", LANG="C.UTF-8"),
        start(
            roots[1],
            tmp_path / "i",
            PYTHONHASHSEED="2",
            TZ="Asia/Tokyo",
            LANG="de_DE.UTF-8",
            SOURCE_DATE_EPOCH="1",
            RC="font.family: serif\nsavefig.dpi: 50\naxes.facecolor: red\nsvg.fonttype: none\n",
        ),
    ]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
    for name in FILES:
        first, second = (root / name for root in roots)
        assert first.read_bytes() == second.read_bytes(), name
        assert first.stat().st_size > 500


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    results = ResultPaths(tmp_path)
    written = write_report(results, path_records(3))
    assert sorted(path.relative_to(tmp_path).as_posix() for path in written) == sorted(FILES)
    before = {path: path.read_bytes() for path in written}
    write_report(results, reversed(path_records(3)))
    assert {path: path.read_bytes() for path in written} == before
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(written)


def test_a_figure_carries_no_date_version_or_path(tmp_path: Path) -> None:
    write_report(ResultPaths(tmp_path), path_records(2))
    svg = (tmp_path / "figures/progression.svg").read_text()
    assert "<dc:date>" not in svg
    assert "Matplotlib" not in svg
    assert "<text" not in svg
    assert b"Software" not in (tmp_path / "figures/progression.png").read_bytes()


def test_a_grid_gets_its_own_figure(tmp_path: Path) -> None:
    written = write_report(ResultPaths(tmp_path), [record("a"), record("b")])
    assert {path.name for path in written} == {
        "summary.csv",
        "summary.md",
        "sizes.svg",
        "sizes.png",
    }


def test_report_prints_the_table_and_names_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = store(tmp_path / "r", path_records(2))
    assert call(str(root)) == 0
    out, err = capsys.readouterr()
    assert "as_found" in out
    assert err.splitlines() == [str(root / name) for name in FILES]


def test_json_alone_on_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = path_records(2)
    assert call(str(store(tmp_path / "r", [records[0], failing(records[1])])), "--json", "-") == 1
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert err == ""
    assert [row["name"] for row in document["rows"]] == ["as_found", "locked"]
    assert document["rows"][0]["unpacked_bytes"] == 2193400000
    assert document["rows"][1]["unpacked_bytes"] is None


def test_json_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "rows.json"
    assert call(str(store(tmp_path / "r", path_records(1))), "--json", str(target)) == 0
    assert len(json.loads(target.read_text())["rows"]) == 1
    assert str(target) in capsys.readouterr().err


def test_a_missing_folder_no_records_and_a_broken_record_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such folder"):
        call(str(tmp_path / "absent"))
    with pytest.raises(StoreError, match="no records"):
        call(str(tmp_path))
    root = store(tmp_path / "r", path_records(1))
    (root / "records" / "zzz.json").write_text('{"schema": 1, "name"')
    with pytest.raises(StoreError, match=r"zzz\.json"):
        call(str(root))
    assert not (root / "tables").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    root = store(tmp_path / "r", path_records(1))
    (root / "tables").write_text("a file, not a folder")
    with pytest.raises(StoreError, match="tables"):
        call(str(root))
