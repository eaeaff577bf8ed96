"""What `dockbench check` found as Markdown for a pull request: a sentence, then what failed, then
all the rest folded. Where nothing changed since the baseline, the sentence is all."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from runner.analysis.budget import AT_LEAST, MaxShrink, Outcome, Verdict
from runner.analysis.packages_diff import PackageChange
from runner.model.anatomy import AnatomyDocument, Hint, ImageFacts, LayerFacts
from runner.model.text import code_span, markdown, one_line, shortened
from runner.report import formats
from runner.report.inspect.check import CheckDocument, CheckedImage, amount, growth
from runner.report.inspect.grouped import grouped_waste
from runner.report.text import shortened_path, with_platform

MARKER = "<!-- dockbench check -->"
"""The first line of the Markdown: by it a comment is found again and replaced."""

MOST = 5
"""Rows of each list next to the verdicts."""

LINE = 120
"""Characters of an instruction, a path or a name in Markdown: GitHub takes no comment of more than
65 536."""

_MARKS = {Verdict.passed: "✅", Verdict.failed: "❌", Verdict.disabled: "➖"}


def check_markdown(checked: Sequence[CheckedImage]) -> str:
    """A comment for a pull request, for an image on each of its platforms."""
    checks = [one.check for one in checked]
    lines = [MARKER, _sentence(checks), ""]
    if len(checks) > 1:
        lines += _by_platform(checks)
    lines += _failed(checks)
    if not all(check.passed for check in checks) or any(check.changed for check in checks):
        for one in checked:
            lines += _details(one, len(checked) > 1)
    return "\n".join(lines).rstrip("\n") + "\n"


def _sentence(checks: Sequence[CheckDocument]) -> str:
    """Whether the budget is kept, how large the image is, and what changed."""
    passed = all(check.passed for check in checks)
    mark = _MARKS[Verdict.passed if passed else Verdict.failed]
    word = "within its budget" if passed else "over its budget"
    first = checks[0].image
    if len(checks) > 1:
        over = [_cut(check.image.platform) for check in checks if not check.passed]
        where = f"on {', '.join(over)}" if over else f"on all {len(checks)} platforms"
        return f"{mark} **{_cut(first.name)} is {word}** {where}."
    size = formats.size(first.stored_bytes)
    return f"{mark} **{_title(first)} is {word}**: {size}{_since(checks[0])}.{_next(checks[0])}"


def _since(check: CheckDocument) -> str:
    if check.baseline is None:
        return ""
    if not check.changed:
        return ", unchanged"
    grown = growth(check.baseline.stored_bytes, check.image.stored_bytes)
    return f", {grown} since the baseline" if grown != "none" else ", as large as the baseline"


def _next(check: CheckDocument) -> str:
    """What to do where the image only became smaller."""
    failed = [outcome.key for outcome in check.rules if outcome.verdict is Verdict.failed]
    if failed != [MaxShrink.key]:
        return ""
    return " If that is meant, commit a new baseline (`--write-baseline`)."


def _by_platform(checks: Sequence[CheckDocument]) -> list[str]:
    rows = [
        (
            _MARKS[Verdict.passed if check.passed else Verdict.failed],
            _cut(check.image.platform),
            formats.size(check.image.stored_bytes),
            "" if check.baseline is None else _grown(check),
            formats.size(check.image.wasted_bytes),
        )
        for check in checks
    ]
    return _table(("", "platform", "stored", "change", "wasted"), "llrrr", rows)


def _grown(check: CheckDocument) -> str:
    assert check.baseline is not None
    return growth(check.baseline.stored_bytes, check.image.stored_bytes)


def _failed(checks: Sequence[CheckDocument]) -> list[str]:
    """The rules that failed, which are shown unfolded."""
    several = len(checks) > 1
    rows = [
        (*([_cut(check.image.platform)] if several else []), *_rule(outcome))
        for check in checks
        for outcome in check.rules
        if outcome.verdict is Verdict.failed
    ]
    headings = (*(["platform"] if several else []), *_RULE_HEADINGS)
    return _table(headings, ("l" if several else "") + "lrrl", rows)


def _details(one: CheckedImage, several: bool) -> list[str]:
    """All that was found, folded."""
    check = one.check
    platform = escape(shortened(one_line(check.image.platform), LINE))
    what = f"{platform}: " if several else ""
    title = f"{what}rules, sizes, waste and what to change"
    parts = [
        _rules(check.rules),
        _sizes(check.image, check.baseline),
        _packages(check.packages),
        _waste(one.document),
        _hints(check.hints),
    ]
    lines = [line for part in parts for line in part]
    return [f"<details><summary>{title}</summary>", "", *lines, "</details>", ""]


def _title(image: ImageFacts) -> str:
    """The name and the platform, both cut: neither pushes the other out."""
    return with_platform(_cut(image.name), _cut(image.platform))


def _cut(text: str) -> str:
    return markdown(shortened(one_line(text), LINE))


_RULE_HEADINGS = ("rule", "measured", "limit", "")


def _rule(outcome: Outcome) -> tuple[str, ...]:
    return (
        code_span(f"{outcome.key} {outcome.configuration}").replace("|", "\\|"),
        amount(outcome.measured, outcome.unit),
        "" if outcome.limit is None else amount(outcome.limit, outcome.unit),
        "" if outcome.detail == AT_LEAST else markdown(outcome.detail),
    )


def _rules(outcomes: Sequence[Outcome]) -> list[str]:
    rows = [
        (f"{_MARKS[outcome.verdict]} {outcome.verdict.value}", *_rule(outcome))
        for outcome in outcomes
    ]
    return _table(("", *_RULE_HEADINGS), "llrrl", rows)


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
            group.cause,
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
