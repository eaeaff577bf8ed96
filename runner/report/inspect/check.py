"""What `dockbench check` found: in the terminal, as Markdown for a pull request, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from runner.analysis.budget import Outcome, Unit, Verdict, within
from runner.analysis.packages_diff import PackageChange, package_changes
from runner.model.anatomy import SCHEMA, AnatomyDocument, Hint, ImageFacts, LayerFacts
from runner.model.text import markdown, one_line, printable
from runner.report import formats
from runner.report.inspect.console import BAD, GOOD
from runner.report.inspect.grouped import grouped_waste
from runner.report.table import Column, Table, fitted, text_lines
from runner.report.text import shortened, shortened_path, with_platform
from runner.store.baseline import Baseline

MARKER = "<!-- dockbench check -->"
"""The first line of the Markdown: by it a comment is found again and replaced."""

MOST = 5
"""Rows of each list beside the verdicts."""

LINE = 120
"""Characters of an instruction, a path or a name in Markdown: GitHub takes no comment of more than
65 536."""

_MARKS = {Verdict.passed: "✅", Verdict.failed: "❌", Verdict.disabled: "➖"}


@dataclass(frozen=True)
class CheckDocument:
    """What `dockbench check --json` prints."""

    schema: int
    passed: bool
    image: ImageFacts
    rules: tuple[Outcome, ...]
    baseline: ImageFacts | None
    packages: tuple[PackageChange, ...]
    """Since the baseline, if it tells packages."""
    hints: tuple[Hint, ...]


def check_document(
    document: AnatomyDocument, outcomes: Sequence[Outcome], baseline: Baseline | None
) -> CheckDocument:
    """Everything that a program may want to know of a check."""
    known = baseline is not None and bool(baseline.packages)
    changes = package_changes(baseline.packages, document.packages) if known and baseline else ()
    return CheckDocument(
        schema=SCHEMA,
        passed=within(outcomes),
        image=document.image,
        rules=tuple(outcomes),
        baseline=baseline.image if baseline else None,
        packages=changes,
        hints=document.hints,
    )


def print_check(check: CheckDocument, console: Console) -> None:
    """A line for each rule, and the verdict."""
    table = Table(
        columns=RULE_COLUMNS,
        rows=tuple(_rule_cells(outcome) for outcome in check.rules),
        ok=tuple(outcome.verdict is not Verdict.failed for outcome in check.rules),
    )
    shown, _ = fitted(table, console.width)
    for line, ok in text_lines(shown, console.width, headings=False):
        console.print(Text(line, style="" if ok else BAD, no_wrap=True))
    failed = sum(outcome.verdict is Verdict.failed for outcome in check.rules)
    image = check.image
    name, size = printable(_name(image)), formats.size(image.stored_bytes)
    verdict = f"over the budget ({failed} of {len(check.rules)} rules)"
    if not failed:
        verdict = "within the budget" if check.rules else "no rules to keep"
    console.print(Text(f"{name}: {size}, {verdict}", style=f"bold {BAD if failed else GOOD}"))


RULE_COLUMNS = (
    Column("verdict", numeric=False),
    Column("rule", numeric=False, wraps=True),
    Column("measured"),
    Column("limit"),
    Column("detail", numeric=False, wraps=True),
)


def _rule_cells(outcome: Outcome) -> tuple[str, ...]:
    limit = "" if outcome.limit is None else amount(outcome.limit, outcome.unit)
    return (
        outcome.verdict.value,
        one_line(f"{outcome.key} {outcome.configuration}"),
        amount(outcome.measured, outcome.unit),
        f"{limit_word(outcome)} {limit}" if limit else "",
        one_line(outcome.detail),
    )


def _name(image: ImageFacts) -> str:
    return with_platform(image.name, image.platform)


def limit_word(outcome: Outcome) -> str:
    """How the limit limits."""
    return outcome.detail if outcome.detail == "at least" else "at most"


def amount(number: float | None, unit: Unit) -> str:
    """`12.0 MB`, `0.9512`."""
    if number is None:
        return formats.ABSENT
    return formats.size(int(number)) if unit is Unit.size else f"{number:.4f}"


def check_markdown(check: CheckDocument, document: AnatomyDocument) -> str:
    """A comment for a pull request: verdict, rules, what grew, where the waste is, what to do."""
    mark = _MARKS[Verdict.passed if check.passed else Verdict.failed]
    word = "within its budget" if check.passed else "over its budget"
    sections = [
        [MARKER, f"### {mark} {_title(check.image)} is {word}", ""],
        _rules(check.rules),
        _sizes(check.image, check.baseline),
        _packages(check.packages),
        _waste(document),
        _hints(check.hints),
    ]
    lines = [line for section in sections for line in section]
    return "\n".join(lines).rstrip("\n") + "\n"


def _title(image: ImageFacts) -> str:
    """The name and the platform, both cut: neither pushes the other out."""
    return with_platform(_cut(image.name), _cut(image.platform))


def _cut(text: str) -> str:
    return markdown(shortened(one_line(text), LINE))


def _rules(outcomes: Sequence[Outcome]) -> list[str]:
    rows = [
        (
            f"{_MARKS[outcome.verdict]} {outcome.verdict.value}",
            f"`{outcome.key} {outcome.configuration}`".replace("|", "\\|"),
            amount(outcome.measured, outcome.unit),
            "" if outcome.limit is None else amount(outcome.limit, outcome.unit),
            "" if outcome.detail == "at least" else outcome.detail,
        )
        for outcome in outcomes
    ]
    return _table(("", "rule", "measured", "limit", ""), "llrrl", rows)


def _sizes(image: ImageFacts, baseline: ImageFacts | None) -> list[str]:
    names = ("stored", "live", "wasted", "compressed")
    now = [getattr(image, f"{name}_bytes") for name in names]
    if baseline is None:
        rows = [(name, formats.size(size)) for name, size in zip(names, now, strict=True)]
        return _table(("size", ""), "lr", [row for row in rows if row[1] != formats.ABSENT])
    rows_with_growth = []
    for name, size in zip(names, now, strict=True):
        before = getattr(baseline, f"{name}_bytes")
        if size is not None and before is not None:
            rows_with_growth.append(
                (name, formats.size(before), formats.size(size), growth(before, size))
            )
    return _table(("size", "baseline", "now", "change"), "lrrr", rows_with_growth)


def growth(before_bytes: int, after_bytes: int) -> str:
    """`+1.2 MB (+3.1 %)`, `−20.0 kB (−0.4 %)`, `none`."""
    grown = after_bytes - before_bytes
    if not grown:
        return "none"
    sign = "+" if grown > 0 else "−"
    share = f" ({sign}{100 * abs(grown) / before_bytes:.1f} %)" if before_bytes else ""
    return f"{sign}{formats.size(abs(grown))}{share}"


def _packages(changes: Sequence[PackageChange]) -> list[str]:
    rows = [
        (
            f"{_cut(change.name)} ({_cut(change.manager)})",
            _cut(change.before_version) or formats.ABSENT,
            _cut(change.after_version) or formats.ABSENT,
            growth(0, change.grown_bytes),
        )
        for change in changes[:MOST]
    ]
    return _table(("package", "baseline", "now", "change"), "lllr", rows)


def _waste(document: AnatomyDocument) -> list[str]:
    groups = grouped_waste(document.waste)
    rows = [
        (
            formats.size(group.bytes),
            markdown(shortened_path(one_line("/" + group.path.lstrip("/")), LINE)),
            group.reason.value.replace("_", " "),
            _instruction(document.layers, group.written_by),
            _instruction(document.layers, group.hidden_by)
            if group.hidden_by != group.written_by
            else "the same",
        )
        for group in groups[:MOST]
    ]
    return _table(("wasted", "path", "reason", "written by", "hidden by"), "rllll", rows)


def _instruction(layers: Sequence[LayerFacts], place: int) -> str:
    text = layers[place].created_by if 0 <= place < len(layers) else ""
    return _cut(text) or f"layer {place}"


def _hints(hints: Sequence[Hint]) -> list[str]:
    found = sorted(hints, key=lambda hint: -hint.bytes)[:MOST]
    lines = [
        f"- **{formats.size(hint.bytes)}** {markdown(hint.finding)}: {markdown(hint.change)}"
        for hint in found
    ]
    return ["**What to change**", "", *lines, ""] if lines else []


def _table(headings: Sequence[str], aligned: str, rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    rule = ["---:" if side == "r" else "---" for side in aligned]
    return [f"| {' | '.join(row)} |" for row in (headings, rule, *rows)] + [""]
