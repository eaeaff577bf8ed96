"""Names that records bring with them are data in every table, page and figure.

The canary: a control character, a tag, a link or a formula that comes out as what it is.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from runner.analysis.findings import find
from runner.analysis.recommend import Alternative, recommend
from runner.model.record import Failure, Record
from runner.report.data_tables import effects_csv, samples_csv
from runner.report.html import report_html
from runner.report.latex import summary_tex
from runner.report.recommendation import Verdict, recommendation_markdown
from runner.report.tables import summary_csv, summary_markdown
from runner.report.terminal import print_summary
from runner.report.write import charts_of, figures
from tests.unit.records import failing, record

NAMES = [
    "a\0b\x0bc\x1b[31md",
    "\x9b31m \x7f \x85",
    "\u202egnp.exe \u2066x\u2069 \u200f",
    "<script>alert(1)</script>",
    "]]> --> <!-- &lt; & \" '",
    "[x](javascript:alert(1)) ![i](http://a/b.png)",
    "`code` *bold* _it_ | cell | ~s~ <b> \\",
    "=cmd|' /C calc'!A0",
    "+1+1", "-2", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", " =1",
    "# title", "1. item", "- item", "> quote", "```", "::error::x", "$x^2$", "\ud800 \udcff",
    "x" * 3000,
]  # fmt: skip
ANY = st.text(st.characters(), max_size=30) | st.sampled_from(NAMES)


def hostile(name: str) -> list[Record]:
    """Two variants of which every text is hostile; one failed."""
    first = replace(
        record(
            f"a{name}", about=name, notes=(name,), changed={"base": name}, base=name,
            variant_id="a" * 12,
        ),
        levels={"base": name, "cache": "keep", name: name}, experiment=name, abouts={"base": name},
    )  # fmt: skip
    second = failing(replace(first, name=name, variant_id="b" * 12, levels={"base": "slim"}))
    return [first, replace(second, failure=Failure(name, name, 1, (name, name)))]


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would calculate the cell (numbers are none)."""
    return bool(re.match(r"\s*[=+\-@]", cell)) and not re.fullmatch(r"-?[\d.]+(e[-+]\d+)?", cell)


def invisible(text: str) -> list[str]:
    """Characters that move a cursor, change direction or are not there at all."""
    return [
        character
        for character in text
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character != "\n"
    ]


@settings(max_examples=30, deadline=None)
@given(ANY)
def test_no_cell_of_the_csv_is_a_formula(name: str) -> None:
    text = summary_csv(find(hostile(name)).frame)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 2
    cells = [cell for row in rows for cell in (*row.keys(), *row.values())]
    assert not [cell for cell in cells if is_formula(cell)]
    assert not invisible("".join(cells))
    assert {row["unpacked_bytes"] for row in rows} == {"106300000", ""}, "numbers stay numbers"


@settings(max_examples=30, deadline=None)
@given(ANY)
def test_markdown_shows_every_name_and_obeys_none(name: str) -> None:
    records = hostile(name)
    places = {"a" * 12: f"dockerfiles/{name}"}
    page = summary_markdown(find(records), places)
    assert not invisible(page)
    outside = [line for line in page.splitlines() if not line.startswith("      ")]
    bare = re.sub(r"\\.", "", "\n".join(outside))
    bare, links = re.subn(r"\[[^\[\]\n]*\]\(\.\./dockerfiles/[\w%./~-]*/\)", "", bare)
    assert links == 1
    assert not re.search(r"<\w|!\[|\[[^\n]*\]\(|`|&#?\w+;", bare)
    table = [line for line in outside if line.startswith("| ")]
    columns = {len(re.findall(r"(?<!\\)\|", re.sub(r"\\\\", "", line))) for line in table[:4]}
    assert len(columns) == 1, "a name is one cell"


@settings(max_examples=20, deadline=None)
@given(ANY, ANY)
def test_the_recommendation_obeys_no_name(name: str, other: str) -> None:
    found = recommend([Alternative(f"a{name}", 10, 5, 1.0), Alternative(f"b{other}", 20, 9, 1.0)])
    verdict = Verdict(
        name, found, {f"a{name}": other}, (other,), (name,), (f"b{other}",), f"./{name}",
        (name, "Dockerfile"), {f"a{name}": f"dockerfiles/{other}"},
    )  # fmt: skip
    page = recommendation_markdown(verdict, "| t |\n")
    assert not invisible(page)
    for line in page.splitlines():
        bare = re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        bare = re.sub(r"\\.", "", bare)
        bare = re.sub(r"\[[^\[\]]*\]\(\.\./dockerfiles/[\w%./~-]*/Dockerfile\)", "", bare)
        assert not re.search(r"<\w|!\[|\[.*\]\(|`|&#?\w+;", bare), line
    assert page.count("\n## All alternatives\n") == 1


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_well_formed_and_show_what_is_hostile_as_text(name: str) -> None:
    records = hostile(name)
    charts = charts_of(find([*records, *(replace(held, trial=1) for held in records)]))
    assert "times" in charts
    for kind, chart in charts.items():
        drawn = figures(kind, chart)
        svg = drawn[f"{kind}.svg"].decode()
        root = ElementTree.fromstring(svg)
        assert not invisible(svg)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"script", "a", "image", "foreignObject"}
        assert drawn[f"{kind}.png"].startswith(b"\x89PNG")


def test_figures_of_hostile_names_are_drawn_alike_each_time() -> None:
    """All of them in one chart."""
    found = find([held for name in NAMES for held in hostile(name)])
    for kind, chart in charts_of(found).items():
        assert figures(kind, chart) == figures(kind, chart)


@settings(max_examples=20, deadline=None)
@given(ANY, st.integers(60, 220))
def test_the_terminal_gets_no_control_character(name: str, width: int) -> None:
    target = io.StringIO()
    print_summary(find(hostile(name)), Console(file=target, width=width))
    assert not invisible(target.getvalue())
    assert not [
        line for line in target.getvalue().splitlines() if line.lstrip().startswith(("::", "##["))
    ]


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.targets: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the tag and its attributes."""
        self.found |= {tag, *(name for name, _ in attrs)}
        self.targets |= {value or "" for name, value in attrs if name in ("href", "src")}


@settings(max_examples=30, deadline=None)
@given(ANY)
def test_the_page_shows_every_name_and_obeys_none(name: str) -> None:
    plain, page = Tags(), Tags()
    figure = {"sizes": (b"<svg/>", name)}
    places = {"a" * 12: f"dockerfiles/{name}"}
    html = report_html(find(hostile(name)), figure, places)
    assert not invisible(html)
    page.feed(html)
    plain.feed(report_html(find(hostile("x")), {"sizes": (b"<svg/>", "x")}, {"a" * 12: "x"}))
    assert page.found <= {*plain.found, "p", "pre"}, "no name brings a tag or an attribute"
    assert all(re.fullmatch(r"data:image/svg\+xml;base64,.*|dockerfiles/[\w%./~-]*/", target)
               for target in page.targets)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(ANY)
def test_latex_sets_every_name_as_it_is(name: str) -> None:
    text = summary_tex(find(hostile(name)))
    assert not invisible(text)
    body = text.split("\\midrule\n")[1].split("\\bottomrule")[0]
    cells = [re.split(r"(?<!\\)&", line.removesuffix(r" \\")) for line in body.splitlines()]
    assert len({len(row) for row in cells}) == 1, "a name is one cell"
    known = (
        r"textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|textquotedbl"
    )
    bare = re.sub(
        rf"\\(?:{known}|dag)\{{\}}|\$\\(?:times|to)\$|\$-\$|\\[&%$#_{{}}]| \\\\", "", body
    )
    assert not re.search(r"[\\{}$%#_~^]", bare)


@settings(max_examples=30, deadline=None)
@given(ANY)
def test_no_cell_of_samples_and_effects_is_a_formula(name: str) -> None:
    found = find(hostile(name))
    for text in (samples_csv(found), effects_csv(found)):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert len({len(row) for row in rows}) == 1
        assert not [cell for row in rows for cell in row if is_formula(cell)]
        assert not invisible("".join(cell for row in rows for cell in row))
