"""Budgets for an image: rules that each check one number of its anatomy.

A rule checks its thresholds when it is made. A share alone would fail small images over a few
bytes, so each rule on a share has an absolute floor next to it: both must be exceeded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Protocol, TypeVar

from runner.analysis.amounts import parse_count, parse_percent, parse_size
from runner.model.anatomy import AnatomyDocument, ImageFacts
from runner.model.errors import ConfigError, ImageError
from runner.model.text import one_line

T = TypeVar("T")

AT_LEAST = "at least"
"""The detail of an outcome whose limit is the lowest number that passes."""


class Verdict(Enum):
    """How a rule judged."""

    passed = "passed"
    failed = "failed"
    disabled = "disabled"


class Unit(Enum):
    """What a rule's numbers count."""

    size = "bytes"
    ratio = "ratio"
    count = "count"


@dataclass(frozen=True)
class Outcome:
    """What one rule found."""

    key: str
    configuration: str
    verdict: Verdict
    unit: Unit
    measured: float | None = None
    limit: float | None = None
    """The highest (or, for an efficiency, the lowest) number that would have passed."""
    detail: str = ""
    """What else belongs to the number, as `3.2 % of the image`."""


class Rule(Protocol):
    """One check of a budget."""

    @property
    def key(self) -> str:
        """Its name, as the user gave it."""

    @property
    def configuration(self) -> str:
        """Its thresholds, as the user gave them."""

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Judge an image; raises `ImageError` if the number that it needs is not there."""


class SizeLimit:
    """What rules with one limit in bytes have in common."""

    key: ClassVar[str]

    def __init__(self, configuration: str) -> None:
        self.configuration = configuration
        self.limit_bytes = parse_size(self.key, configuration)


class MaxSize(SizeLimit):
    """Stored bytes of the image: the content of all layers, unpacked."""

    key = "--max-size"

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed above the limit."""
        return at_most(self, document.image.stored_bytes, self.limit_bytes)


class MinSize(SizeLimit):
    """Stored bytes that the image has at least: below, something was lost."""

    key = "--min-size"

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed below the limit."""
        return at_least(self, document.image.stored_bytes, self.limit_bytes)


class MaxOwnSize(SizeLimit):
    """Stored bytes of the layers that are not the base image's."""

    key = "--max-own-size"

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed above the limit; raises `ImageError` where it is not known which layers are the
        base's."""
        own = [layer for layer in document.layers if not layer.is_base]
        if len(own) == len(document.layers):
            raise ImageError(
                f"{self.key}: it is not known which layers of {one_line(document.image.name)} are"
                " its base's: name the base with --base IMAGE, or use --max-size"
            )
        own_bytes = sum(layer.stored_bytes for layer in own)
        detail = f"{len(own)} layers on {one_line(document.image.base) or 'the base'}"
        return at_most(self, own_bytes, self.limit_bytes, detail)


class MaxLayers:
    """The number of layers, the base's included."""

    key = "--max-layers"

    def __init__(self, configuration: str) -> None:
        self.configuration = configuration
        self._limit = parse_count(self.key, configuration)

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed above the limit."""
        return at_most(self, len(document.layers), self._limit, unit=Unit.count)


class MaxWaste(SizeLimit):
    """Bytes that are stored and cannot be reached."""

    key = "--max-waste"

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed above the limit."""
        return at_most(self, document.image.wasted_bytes, self.limit_bytes)


class MaxWastePercent:
    """Wasted bytes as a share of the stored bytes, and more than a floor."""

    key = "--max-waste-percent"

    def __init__(self, percent: str, floor: str = "0") -> None:
        self.configuration = _with_floor(percent, floor)
        self._percent, floor_bytes = _together(
            lambda: parse_percent(self.key, percent),
            lambda: parse_size("--min-waste-bytes", floor),
        )
        self._floor_bytes = int(floor_bytes)

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed above the share and above the floor."""
        image = document.image
        limit_bytes = max(int(image.stored_bytes * self._percent / 100), self._floor_bytes)
        share = 100 * image.wasted_bytes / image.stored_bytes if image.stored_bytes else 0.0
        return at_most(self, image.wasted_bytes, limit_bytes, f"{share:.1f} % of the image")


class MaxGrowth:
    """Stored bytes more than the baseline's, by a share of them and by more than a floor."""

    key = "--max-growth"
    highest: ClassVar[float | None] = None
    """The highest share that makes sense."""
    sign = 1

    def __init__(self, baseline: ImageFacts, percent: str, floor: str = "0") -> None:
        self.configuration = _with_floor(percent, floor)
        self._before_bytes = baseline.stored_bytes
        self._percent, floor_bytes = _together(
            lambda: parse_percent(self.key, percent, highest=self.highest),
            lambda: parse_size("--min-growth-bytes", floor),
        )
        self._floor_bytes = int(floor_bytes)

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed above the share and above the floor; a change the other way always passes."""
        grown_bytes = document.image.stored_bytes - self._before_bytes
        limit_bytes = max(int(self._before_bytes * self._percent / 100), self._floor_bytes)
        share = f"{100 * grown_bytes / self._before_bytes:+.1f} %" if self._before_bytes else ""
        return at_most(self, self.sign * grown_bytes, limit_bytes, share)


class MaxShrink(MaxGrowth):
    """Stored bytes less than the baseline's: then the baseline is out of date, or something is
    missing in the image."""

    key = "--max-shrink"
    highest = 100.0
    sign = -1


def at_least(rule: Rule, measured: float, limit: float, unit: Unit = Unit.size) -> Outcome:
    """Passed down to the limit."""
    verdict = Verdict.failed if measured < limit else Verdict.passed
    return Outcome(rule.key, rule.configuration, verdict, unit, measured, limit, AT_LEAST)


def at_most(
    rule: Rule, measured: float, limit: float, detail: str = "", unit: Unit = Unit.size
) -> Outcome:
    """Passed up to the limit."""
    verdict = Verdict.passed if measured <= limit else Verdict.failed
    return Outcome(rule.key, rule.configuration, verdict, unit, measured, limit, detail)


def make_rules(makers: Iterable[Callable[[], Rule]]) -> list[Rule]:
    """The rules; raises one `ConfigError` with everything that is wrong with any of them."""
    return list(_together(*makers))


def within(outcomes: Iterable[Outcome]) -> bool:
    """Whether no rule failed."""
    return all(outcome.verdict is not Verdict.failed for outcome in outcomes)


def _with_floor(percent: str, floor: str) -> str:
    share = percent if percent.rstrip().endswith("%") else f"{percent} %"
    return share if floor == "0" else f"{share} and {floor}"


def _together(*makers: Callable[[], T]) -> list[T]:
    made, wrong = [], []
    for maker in makers:
        try:
            made.append(maker())
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("; ".join(wrong))
    return made


_: tuple[type[Rule], ...] = (
    MaxSize,
    MinSize,
    MaxOwnSize,
    MaxLayers,
    MaxWaste,
    MaxWastePercent,
    MaxGrowth,
    MaxShrink,
)
