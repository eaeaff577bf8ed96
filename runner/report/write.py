"""Tables and figures of a result folder, written from its records alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from runner.analysis.frame import variant_frame
from runner.analysis.progression import is_path, progression
from runner.analysis.setting import Setting, setting
from runner.model.paths import ResultPaths
from runner.model.record import Record
from runner.report.recommendation import Verdict, recommendation_markdown
from runner.report.tables import summary_csv, summary_markdown
from runner.store.atomic import write_bytes

REASONS = "recommendation.md"
"""What the page beside the recommended Dockerfile is called."""


def write_report(results: ResultPaths, records: Iterable[Record]) -> list[Path]:
    """Write tables/ and figures/; returns the files. Raises `StoreError` where it cannot.

    The same records give the same bytes, in whatever order they come.
    """
    held = list(records)
    frame, where = variant_frame(held), setting(held)
    files = {
        results.tables / "summary.csv": summary_csv(frame).encode(),
        results.tables / "summary.md": summary_markdown(frame, where).encode(),
    }
    for name, content in figures(frame, where).items():
        files[results.figures / name] = content
    for path, content in files.items():
        write_bytes(path, content)
    return list(files)


def write_recommendation(
    results: ResultPaths, verdict: Verdict, records: Iterable[Record], files: Mapping[str, str]
) -> None:
    """Write recommended/: the reasons, and what the chosen image is built from; files of an earlier
    choice go. Raises `StoreError` where it cannot."""
    held = list(records)
    page = recommendation_markdown(verdict, summary_markdown(variant_frame(held), setting(held)))
    texts = {**files, REASONS: page}
    for name, text in texts.items():
        write_bytes(results.recommended / name, text.encode())
    for path in results.recommended.iterdir():
        if path.name not in texts and path.is_file():
            path.unlink()


def figures(frame: pd.DataFrame, where: Setting) -> dict[str, bytes]:
    """File name → bytes of each figure that suits the records."""
    from runner.report.figures.bars import draw
    from runner.report.figures.progression import progression_chart
    from runner.report.figures.sizes import sizes_chart
    from runner.report.figures.style import render

    path = is_path(frame)
    chart = progression_chart(progression(frame), where) if path else sizes_chart(frame, where)
    name = "progression" if path else "sizes"
    figure = draw(chart)
    return {f"{name}.{kind}": render(figure, kind, chart.title) for kind in ("svg", "png")}
