"""Tables and figures of a results directory, written from its records alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.analysis.findings import Findings
from runner.analysis.steps import Step
from runner.model.paths import ResultPaths, variant_directory
from runner.model.redact import redacted
from runner.report.adoption import PULL_REQUEST, pull_request
from runner.report.data_tables import comparisons_csv, effects_csv, samples_csv
from runner.report.figure_cache import DrawnFigures
from runner.report.figures.chart import Chart
from runner.report.figures.progression import progression_chart
from runner.report.figures.sizes import sizes_chart
from runner.report.figures.time_chart import TimeChart, times_chart
from runner.report.html import report_html
from runner.report.latex import summary_tex
from runner.report.recommendation import Verdict, recommendation_markdown
from runner.report.tables import summary_csv, summary_markdown
from runner.store.atomic import write_bytes
from runner.store.directories import open_directory
from runner.store.recommended import replace_files

REASONS = "recommendation.md"
"""What the page next to the recommended Dockerfile is called."""
"""What the summary for a pull request is called."""


def write_report(
    results: ResultPaths,
    found: Findings,
    drawn: DrawnFigures | None = None,
    reference: str = "",
) -> list[Path]:
    """Write tables/, then figures/, then the page; returns the files. Raises `StoreError` where it
    cannot, `ConfigError` for a reference that there is not.

    The same records give the same bytes, in whatever order they come. With `drawn`, figures that
    lie there already are left; without, they are always drawn.
    """
    places = dockerfile_places(results, found.steps)
    tables = {
        "summary.csv": summary_csv(found.frame),
        "summary.md": summary_markdown(found, places, reference),
        "summary.tex": summary_tex(found),
        "samples.csv": samples_csv(found),
        "effects.csv": effects_csv(found),
        "comparisons.csv": comparisons_csv(found, reference),
    }
    files = [results.tables / name for name in tables]
    for path, text in zip(files, tables.values(), strict=True):
        write_bytes(path, text.encode(), results.root)
    drawings, shown = [], {}
    for name, chart in charts_of(found).items():
        svg, *others = _write_figures(results, name, chart, drawn)
        drawings += [svg, *others]
        with open_directory(results.figures, results.root) as directory:
            shown[name] = (directory.read(svg.name), chart.printable().description)
    page = report_html(found, shown, places, reference)
    write_bytes(results.page, page.encode(), results.root)
    return [*files, *drawings, results.page]


def _write_figures(
    results: ResultPaths, name: str, chart: Chart | TimeChart, drawn: DrawnFigures | None
) -> list[Path]:
    """The chart's files, SVG first; those that are there as they would be drawn are left."""
    there = drawn.lie_in(results, chart) if drawn else []
    if not there:
        content = figures(name, chart)
        if drawn:
            drawn.remember(chart, content)
        there = [results.figures / file for file in content]
        for path, data in zip(there, content.values(), strict=True):
            write_bytes(path, data, results.root)
    return sorted(there, key=lambda path: path.suffix != ".svg")


def dockerfile_places(results: ResultPaths, steps: Iterable[Step]) -> dict[str, str]:
    """`variant_id` → the directory of its Dockerfile, relative to the result directory, for those
    that are there."""
    names = {
        step.variant_id: variant_directory(step.number, step.name, step.variant_id)
        for step in steps
    }
    return {
        variant_id: f"dockerfiles/{name}"
        for variant_id, name in names.items()
        if results.dockerfiles(name).is_dir()
    }


def write_recommendation(
    results: ResultPaths, verdict: Verdict, found: Findings, files: Mapping[str, str]
) -> None:
    """Write recommended/: the reasons, a summary for a pull request, and what the chosen image is
    built from; files of an earlier choice go. Raises `StoreError` where it cannot."""
    table = summary_markdown(found, dockerfile_places(results, found.steps))
    page = recommendation_markdown(verdict, table)
    texts = {**files, REASONS: page}
    if summary := pull_request(verdict, found.setting):
        texts[PULL_REQUEST] = summary
    replace_files(results, {name: redacted(text) for name, text in texts.items()})


def charts_of(found: Findings) -> dict[str, Chart | TimeChart]:
    """The charts that suit the records, by what their files are called: sizes first, then times
    where they were repeated."""
    name, sizes = (
        ("progression", progression_chart(found)) if found.path else ("sizes", sizes_chart(found))
    )
    times = times_chart(found)
    return {name: sizes} if times is None else {name: sizes, "times": times}


def figures(name: str, chart: Chart | TimeChart) -> dict[str, bytes]:
    """File name → bytes of the chart, drawn."""
    from runner.report.figures.bars import draw
    from runner.report.figures.render import render
    from runner.report.figures.times import draw_times

    figure = draw(chart) if isinstance(chart, Chart) else draw_times(chart)
    words = chart.printable()
    return {
        f"{name}.{kind}": render(figure, kind, words.title, words.description)
        for kind in ("svg", "png")
    }
