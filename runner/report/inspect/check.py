"""What `dockbench check` found: in the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from runner.analysis.budget import AT_LEAST, Outcome, Unit, Verdict, within
from runner.analysis.packages_diff import PackageChange, package_changes
from runner.model.anatomy import SCHEMA, AnatomyDocument, Hint, ImageFacts
from runner.model.text import one_line, printable
from runner.report import formats
from runner.report.inspect.console import BAD, GOOD
from runner.report.table import Column, Table, fitted, text_lines
from runner.report.text import with_platform
from runner.store.baseline import Measured


@dataclass(frozen=True)
class CheckDocument:
    """What `dockbench check --json` prints for one image."""

    schema: int
    passed: bool
    image: ImageFacts
    rules: tuple[Outcome, ...]
    baseline: ImageFacts | None
    packages: tuple[PackageChange, ...]
    """Since the baseline, if it tells packages."""
    hints: tuple[Hint, ...]
    changed: bool = True
    """Whether sizes or packages differ from the baseline's; true without one."""


@dataclass(frozen=True)
class PlatformsDocument:
    """What `dockbench check --json` prints for several platforms."""

    schema: int
    passed: bool
    changed: bool
    platforms: tuple[CheckDocument, ...]


@dataclass(frozen=True)
class CheckedImage:
    """What a check found, and the image's anatomy."""

    check: CheckDocument
    document: AnatomyDocument


def check_document(
    document: AnatomyDocument, outcomes: Sequence[Outcome], baseline: Measured | None
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
        changed=baseline is None or bool(changes) or sizes(baseline.image) != sizes(document.image),
    )


def sizes(image: ImageFacts) -> tuple[int, int, int]:
    """What a change is told by; compressed sizes are not always known."""
    return image.stored_bytes, image.live_bytes, image.wasted_bytes


def check_result(checks: Sequence[CheckDocument]) -> CheckDocument | PlatformsDocument:
    """What is printed as JSON: one document where there is one platform."""
    if len(checks) == 1:
        return checks[0]
    return PlatformsDocument(
        SCHEMA,
        all(check.passed for check in checks),
        any(check.changed for check in checks),
        tuple(checks),
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
        "" if outcome.detail == AT_LEAST else one_line(outcome.detail),
    )


def _name(image: ImageFacts) -> str:
    return with_platform(image.name, image.platform)


def limit_word(outcome: Outcome) -> str:
    """How the limit limits."""
    return AT_LEAST if outcome.detail == AT_LEAST else "at most"


def amount(number: float | None, unit: Unit) -> str:
    """`12.0 MB`, `0.9512`."""
    if number is None:
        return formats.ABSENT
    if unit is Unit.count:
        return f"{number:.0f}"
    return formats.size(int(number)) if unit is Unit.size else f"{number:.4f}"


def growth(before_bytes: int, after_bytes: int) -> str:
    """`+1.2 MB (+3.1 %)`, `−20.0 kB (−0.4 %)`, `none`."""
    grown = after_bytes - before_bytes
    if not grown:
        return "none"
    sign = "+" if grown > 0 else "−"
    share = f" ({sign}{100 * abs(grown) / before_bytes:.1f} %)" if before_bytes else ""
    return f"{sign}{formats.size(abs(grown))}{share}"
