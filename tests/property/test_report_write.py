"""`dockbench report`: the same records give the same bytes, and every fault one clear error."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runner.analysis.findings import find
from runner.cli import report
from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.model.record import Record, to_json
from runner.model.variant import variant_name
from runner.report import write
from runner.report.write import write_report
from tests.unit.records import failing, path_records, record

FILES = (
    "tables/summary.csv",
    "tables/summary.md",
    "tables/summary.tex",
    "tables/samples.csv",
    "tables/effects.csv",
    "tables/comparisons.csv",
    "figures/progression.svg",
    "figures/progression.png",
    "report.html",
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


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report of four steps."""
    root = store(tmp_path_factory.mktemp("written"), path_records(4))
    write_report(ResultPaths(root), find(path_records(4)))
    return root


def elsewhere(root: Path, home: Path) -> None:
    """The command as another user on another machine would run it."""
    home.mkdir()
    (home / "matplotlibrc").write_text(
        "font.family: serif\nsavefig.dpi: 50\naxes.facecolor: red\nsvg.fonttype: none\n"
    )
    code = (
        "import sys; from tests.property.test_report_write import call; sys.exit(call(sys.argv[1]))"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "MPLCONFIGDIR": str(home),
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
        "LANG": "de_DE.UTF-8",
        "SOURCE_DATE_EPOCH": "1",
    }
    checkout = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(root)]
    subprocess.run(command, cwd=checkout, env=environment, check=True, timeout=120)


def test_the_same_records_give_the_same_bytes_everywhere(written: Path, tmp_path: Path) -> None:
    other = store(tmp_path / "other", path_records(4)[::-1])
    elsewhere(other, tmp_path / "home")
    for name in FILES:
        assert (other / name).read_bytes() == (written / name).read_bytes(), name
        assert (other / name).stat().st_size > (500 if "comparisons" not in name else 50)


def test_writing_again_changes_nothing_and_leaves_nothing_else(written: Path) -> None:
    before = {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}
    paths = write_report(ResultPaths(written), find(reversed(path_records(4))))
    assert [path.relative_to(written).as_posix() for path in paths] == list(FILES)
    assert {path: path.read_bytes() for path in written.rglob("*") if path.is_file()} == before


def test_a_figure_carries_no_date_version_or_font(written: Path) -> None:
    svg = (written / "figures/progression.svg").read_text()
    assert "<dc:date>" not in svg
    assert "Matplotlib" not in svg
    assert svg.count("<text") > 10, "text is text, to be found, read out and copied"
    root = ElementTree.fromstring(svg)
    namespace = "{http://www.w3.org/2000/svg}"
    title, description = (root.find(namespace + name) for name in ("title", "desc"))
    assert title is not None
    assert title.text == "2.19 GB → 1.28 GB, 1.71× smaller (scoped)"
    assert description is not None
    assert "as_found: 2.19 GB; locked: " in (description.text or "")
    assert "prefers-color-scheme:dark" in svg
    assert b"Software" not in (written / "figures/progression.png").read_bytes()


def test_a_figure_has_no_ground_of_its_own(written: Path) -> None:
    svg = ElementTree.fromstring((written / "figures/progression.svg").read_text())
    (whole,) = (found for found in svg.iter() if found.get("id") == "patch_1")
    assert [path.get("style") for path in whole] == ["fill: none"]


def test_tables_are_there_before_a_figure_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that whoever has no patience, or no room, for the figure has the numbers."""

    def cut_short(*_: object) -> dict[str, bytes]:
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "figures", cut_short)
    with pytest.raises(KeyboardInterrupt):
        write_report(ResultPaths(tmp_path), find(path_records(4)))
    there = {path.name for path in (tmp_path / "tables").iterdir()}
    assert there == {Path(name).name for name in FILES if name.startswith("tables/")}
    assert not (tmp_path / "figures").exists()


def test_what_is_written_of_a_grid_of_four_overrides(tmp_path: Path) -> None:
    """Every row under a name of its own that leads to its Dockerfile, no line of prose that has to
    be scrolled, every number's heading explained, and nowhere where the project lies."""
    axes = {
        "base": ("slim", "alpine"),
        "installer": ("pip", "uv"),
        "cache": ("keep", "purge"),
        "project.folder": ("/home/me/secret place/shop", "/srv/other/shop2"),
    }
    records = []
    for number, values in enumerate(itertools.product(*axes.values())):
        chosen = dict(zip(axes, values, strict=True))
        levels = {key: value for key, value in chosen.items() if "." not in key}
        made = record(variant_name(chosen), own_mb=60 + number, levels=levels, changed=chosen)
        made = replace(made, experiment="grid", variant_id=f"{number:012x}")
        assert made.sizes is not None
        made = replace(made, sizes=replace(made.sizes, wasted_bytes=number))
        records.append(made)
        (tmp_path / "dockerfiles" / made.variant_id).mkdir(parents=True)
    files = write_report(ResultPaths(tmp_path), find(records))

    for path in files:
        assert b"/home/me" not in path.read_bytes(), path
        assert b"/srv/other" not in path.read_bytes(), path
    lines = (tmp_path / "tables" / "summary.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| [")]
    assert len({line.partition("]")[0] for line in rows}) == len(records) == 16
    for made in records:
        assert sum(f"](../dockerfiles/{made.variant_id}/) |" in line for line in rows) == 1
    assert max(len(line) for line in lines if line[:1] not in ("|", "*")) <= 110
    assert any(line.startswith("- wasted: bytes stored in one layer that") for line in lines)


def test_a_grid_gets_its_own_figure(tmp_path: Path) -> None:
    written = write_report(ResultPaths(tmp_path), find([record("a"), record("b")]))
    names = {Path(name).name.replace("progression", "sizes") for name in FILES}
    assert {path.name for path in written} == names


def test_report_prints_the_table_names_the_files_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, rows = store(tmp_path / "r", path_records(2)), tmp_path / "rows.json"
    assert call(str(root), "--json", str(rows)) == 0
    out, err = capsys.readouterr()
    assert "as_found" in out
    assert err.splitlines() == [*(str(root / name) for name in FILES), str(rows)]
    assert len(json.loads(rows.read_text())["rows"]) == 2


def test_json_alone_on_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = path_records(2)
    assert call(str(store(tmp_path / "r", [records[0], failing(records[1])])), "--json", "-") == 1
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert err == ""
    assert [row["name"] for row in document["rows"]] == ["as_found", "locked"]
    assert document["rows"][0]["unpacked_bytes"] == 2193400000
    assert document["rows"][1]["unpacked_bytes"] is None


def test_a_missing_folder_no_records_and_a_broken_record_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such directory"):
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
