"""Figures are left as they are only where they are, byte for byte, what would be drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from runner.analysis.findings import find
from runner.model.paths import CachePaths, ResultPaths
from runner.report import figure_cache, write
from runner.report.figure_cache import DrawnFigures, drawing_digest
from runner.report.figures.chart import Bar, Chart
from tests.unit.records import path_records

BAR = Bar("slim", "a smaller base", 40, 2)
CHART = Chart("title", "subtitle", (BAR,), "", "base layers", ("Machine: a",))
OTHERS: dict[str, Any] = {"bars": (BAR, BAR), "footer": (), "title": "other"}


class Folder:
    """A result folder whose figures are drawn by a stand-in that counts."""

    def __init__(self, root: Path) -> None:
        self.results = ResultPaths(root / "results")
        self.cache = CachePaths(root / "cache")
        self.drawings = 0

    def figures(self, name: str, chart: Chart) -> dict[str, bytes]:
        """Stands in for the drawing itself."""
        self.drawings += 1
        return {f"{name}.svg": b"<svg>" + chart.title.encode(), f"{name}.png": b"\x89PNG"}

    def bench(self, steps: int = 2) -> list[Path]:
        """The end of a bench."""
        return write.write_report(self.results, find(path_records(steps)), DrawnFigures(self.cache))

    def note(self) -> Path:
        """What the cache holds about the figures."""
        (path,) = (self.cache.root / "drawn").iterdir()
        return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """One after its first bench."""
    made = Folder(tmp_path)
    monkeypatch.setattr(write, "figures", made.figures)
    made.bench()
    return made


def test_a_second_bench_draws_nothing_and_names_the_same_files(folder: Folder) -> None:
    before = {path: path.read_bytes() for path in folder.results.root.rglob("*") if path.is_file()}
    assert set(folder.bench()) == set(before)
    assert folder.drawings == 1
    assert {path: path.read_bytes() for path in before} == before


def missing(folder: Folder) -> None:
    """One of the files is gone."""
    (folder.results.figures / "progression.png").unlink()


def damaged(folder: Folder) -> None:
    """One of the files was edited."""
    (folder.results.figures / "progression.svg").write_bytes(b"<svg>mine")


def forgotten(folder: Folder) -> None:
    """The cache is gone."""
    folder.note().unlink()


def unreadable(folder: Folder) -> None:
    """What the cache holds is cut short."""
    folder.note().write_bytes(folder.note().read_bytes()[:-9])


def empty(folder: Folder) -> None:
    """The cache knows no file."""
    folder.note().write_text("{}")


@pytest.mark.parametrize("harm", [missing, damaged, forgotten, unreadable, empty])
def test_what_is_not_as_drawn_is_drawn_again(
    folder: Folder, harm: Callable[[Folder], None]
) -> None:
    before = {path: path.read_bytes() for path in folder.results.figures.iterdir()}
    harm(folder)
    folder.bench()
    assert folder.drawings == 2
    assert {path: path.read_bytes() for path in folder.results.figures.iterdir()} == before
    folder.bench()
    assert folder.drawings == 2


def test_other_records_are_drawn(folder: Folder) -> None:
    folder.bench(steps=3)
    assert folder.drawings == 2


def test_a_report_trusts_no_figure_that_is_there(folder: Folder) -> None:
    write.write_report(folder.results, find(path_records(2)))
    assert folder.drawings == 2


def test_a_cache_that_cannot_be_written_only_costs_time(folder: Folder) -> None:
    folder.cache = CachePaths(folder.results.tables / "summary.md")
    for drawings in (2, 3):
        folder.bench()
        assert folder.drawings == drawings


@pytest.mark.parametrize("name", [field.name for field in fields(Chart)])
def test_every_word_of_a_chart_counts(name: str) -> None:
    change = {name: OTHERS.get(name, "other")}
    assert drawing_digest(replace(CHART, **change)) != drawing_digest(CHART)


@pytest.mark.parametrize("name", [field.name for field in fields(Bar)])
def test_every_part_of_a_bar_counts(name: str) -> None:
    change: dict[str, Any] = {name: "other" if isinstance(getattr(BAR, name), str) else 7}
    assert drawing_digest(replace(CHART, bars=(replace(BAR, **change),))) != drawing_digest(CHART)


def test_code_and_libraries_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = {drawing_digest(CHART)}
    monkeypatch.setattr(figure_cache, "__version__", "0.0.0")
    seen.add(drawing_digest(CHART))
    for library in figure_cache.LIBRARIES:
        with monkeypatch.context() as patch:
            patch.setattr(figure_cache, "version", lambda name, other=library: str(name == other))
            seen.add(drawing_digest(CHART))
    (tmp_path / "figures").mkdir()
    monkeypatch.setattr(figure_cache, "__file__", str(tmp_path / "drawn.py"))
    seen.add(drawing_digest(CHART))
    (tmp_path / "figures" / "style.py").write_text('INK = "#000000"\n')
    seen.add(drawing_digest(CHART))
    assert len(seen) == 4 + len(figure_cache.LIBRARIES)
