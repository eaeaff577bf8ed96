"""report.html: one page with tables and figures in it, that needs no network and runs no script."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape

from runner.analysis.effects import Effect, effects
from runner.analysis.findings import Findings
from runner.model.text import link_target, one_line, printable
from runner.report import formats
from runner.report.comparison import READING, comparison_table, warning_lines
from runner.report.footnotes import (
    constant_lines,
    failure_line,
    levels_on_show,
    notes,
    reading_lines,
)
from runner.report.phrases import TIME_HEADINGS, headline_text
from runner.report.provenance import setting_lines
from runner.report.table import Column, Table
from runner.report.tables import Places, summary_table

STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}
.wide{overflow-x:auto}table{border-collapse:collapse}
th,td{padding:.25em .7em;text-align:left;border-bottom:1px solid #8884;vertical-align:top}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.failed td{color:#c0392b}figure{margin:1em 0}img{max-width:100%;height:auto}
pre{overflow-x:auto;padding:.5em;border:1px solid #8884}ul{padding-left:1.2em}
"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Whatever gets into the page, a browser loads and runs nothing."""


def report_html(
    found: Findings,
    figures: Mapping[str, tuple[bytes, str]],
    places: Places | None = None,
    reference: str = "",
) -> str:
    """The page; `figures` are SVG by name, each with its description."""
    title = " and ".join(found.setting.experiments) or "dockbench"
    said = headline_text(found.headline)
    heading, compared = comparison_table(found, reference)
    summary = summary_table(found)
    first = [_place(step.variant_id, places or {}) for step in found.steps]
    headings = [column.heading for column in summary.columns]
    body = [
        f"<h1>{_text(said or title)}</h1>",
        f"<p>Experiment {_text(title)}.</p>",
        *(_figure(svg, description) for svg, description in figures.values()),
        _section("Summary", _table(summary, first)),
        _section(heading, _table(compared) + _list([READING])) if compared else "",
        _section("To look at", _list(warning_lines(found))),
        _section("Failed", _failures(found)),
        _section("What each level did", _table(effects_table(effects(found)))),
        _section("How to read it", _list(reading_lines(found.steps, headings))),
        _section("Levels", _list(f"{n}: {about}" for n, about in levels_on_show(found).items())),
        _section("Notes", _list([*constant_lines(found.setting), *notes(found.setting)])),
        _section("Measured on", _list(setting_lines(found.setting))),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


EFFECT_COLUMNS = (
    Column("metric", numeric=False),
    Column("factor", numeric=False),
    Column("level", numeric=False),
    Column("effect"),
    Column("from"),
    Column("to"),
    Column("method", numeric=False),
)
EFFECT_METRICS = {
    "unpacked_bytes": "unpacked",
    "compressed_bytes": "compressed",
    "source_repush_bytes": "source repush",
    "deps_repush_bytes": "deps repush",
    **TIME_HEADINGS,
}


def effects_table(found: Iterable[Effect]) -> Table:
    """The effects, in words and units."""
    rows = tuple(
        (
            EFFECT_METRICS.get(one.metric, one.metric),
            one.factor,
            one.level,
            *(_amount(one.metric, value) for value in (one.effect, one.low, one.high)),
            one.method,
        )
        for one in found
    )
    return Table(EFFECT_COLUMNS, rows, (True,) * len(rows))


def _amount(metric: str, value: float | None) -> str:
    if value is None:
        return formats.ABSENT
    if metric.endswith("_bytes"):
        return ("+" if value > 0 else "") + formats.size(round(value))
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{formats.duration(abs(value))}"


def _place(variant_id: str, places: Places) -> str:
    place = places.get(variant_id)
    return "" if place is None else escape(f"{link_target(place)}/")


def _figure(svg: bytes, description: str) -> str:
    data = b64encode(svg).decode()
    return (
        f'<figure><img src="data:image/svg+xml;base64,{data}" alt="{_text(description)}"></figure>'
    )


def _table(table: Table, links: list[str] | None = None) -> str:
    if not table.rows:
        return ""
    head = "".join(
        f'<th scope="col"{_kind(column)}>{_text(column.heading)}</th>' for column in table.columns
    )
    rows = []
    for place, (row, ok) in enumerate(zip(table.rows, table.ok, strict=True)):
        cells = [_text(cell) for cell in row]
        if links and links[place]:
            cells[0] = f'<a href="{links[place]}">{cells[0]}</a>'
        shown = "".join(
            f"<td{_kind(column)}>{cell}</td>"
            for cell, column in zip(cells, table.columns, strict=True)
        )
        rows.append(f"<tr>{shown}</tr>" if ok else f'<tr class="failed">{shown}</tr>')
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>'
        + "\n".join(rows)
        + "</tbody></table></div>"
    )


def _kind(column: Column) -> str:
    return ' class="n"' if column.numeric else ""


def _failures(found: Findings) -> str:
    parts = []
    for step in found.steps:
        if not step.ok:
            tail = "\n".join(printable(line) for line in step.log_tail.splitlines())
            parts.append(f"<p>{_text(failure_line(step))}</p>")
            parts.append(f"<pre>{escape(tail)}</pre>" if tail else "")
    return "".join(parts)


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _section(title: str, content: str) -> str:
    return f"<h2>{_text(title)}</h2>\n{content}" if content else ""


def _text(text: str) -> str:
    return escape(one_line(text))
