"""The rules of an existing `.dive-ci` file, judged by dive's own three numbers.

Keys and default thresholds are those of dive 0.13; besides `disabled` it will take `off`, `false`
and nothing for disabled in its next version, and so does this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from runner.analysis.amounts import parse_ratio
from runner.analysis.budget import (
    Outcome,
    Rule,
    SizeLimit,
    Unit,
    Verdict,
    at_least,
    at_most,
    make_rules,
)
from runner.model.anatomy import AnatomyDocument, DiveNumbers
from runner.model.errors import ConfigError, ImageError
from runner.model.foreign import ForeignError, yaml_document

DIVE_CI = ".dive-ci"
"""The name under which dive looks for the file in the current directory."""

DISABLED = ("", "disabled", "off", "false")


class Disabled:
    """A rule that was switched off."""

    def __init__(self, key: str) -> None:
        self.key, self.configuration = key, "disabled"

    def evaluate(self, _: AnatomyDocument) -> Outcome:
        """Never fails."""
        return Outcome(self.key, self.configuration, Verdict.disabled, Unit.ratio)


class LowestEfficiency:
    """dive's efficiency score."""

    key = "lowestEfficiency"

    def __init__(self, configuration: str) -> None:
        self.configuration = configuration
        self._lowest = parse_ratio(self.key, configuration)

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed below the threshold."""
        return at_least(self, _numbers(document).dive_efficiency, self._lowest, Unit.ratio)


class HighestWastedBytes(SizeLimit):
    """dive's wasted bytes, which are not the bytes that are wasted."""

    key = "highestWastedBytes"

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed above the limit."""
        return at_most(self, _numbers(document).dive_wasted_bytes, self.limit_bytes)


class HighestUserWastedPercent:
    """dive's wasted bytes as a share of all layers but the first."""

    key = "highestUserWastedPercent"

    def __init__(self, configuration: str) -> None:
        self.configuration = configuration
        self._limit = parse_ratio(self.key, configuration)

    def evaluate(self, document: AnatomyDocument) -> Outcome:
        """Failed above the limit; waste above which nothing is stored is infinitely much."""
        numbers = _numbers(document)
        if numbers.dive_wasted_bytes and not any(one.stored_bytes for one in document.layers[1:]):
            return Outcome(
                self.key,
                self.configuration,
                Verdict.failed,
                Unit.ratio,
                limit=self._limit,
                detail="nothing is stored above the first layer",
            )
        return at_most(self, numbers.dive_user_wasted_percent, self._limit, unit=Unit.ratio)


RULES: Mapping[str, tuple[Callable[[str], Rule], str]] = {
    LowestEfficiency.key: (LowestEfficiency, "0.9"),
    HighestWastedBytes.key: (HighestWastedBytes, "disabled"),
    HighestUserWastedPercent.key: (HighestUserWastedPercent, "0.1"),
}
"""Key → rule and dive's default, which holds for a key that the file does not name."""


def dive_ci_rules(text: str, origin: str) -> list[Rule]:
    """The rules of a `.dive-ci` file.

    Raises one `ConfigError` with everything that is wrong in it: what is not YAML, unknown keys,
    values out of range.
    """
    given = _rules_section(text, origin)
    unknown = [str(key) for key in given if key not in RULES]
    if unknown:
        raise ConfigError(
            f"{origin}: unknown {', '.join(map(repr, unknown))}: dive's rules are"
            f" {', '.join(RULES)}"
        )
    try:
        return make_rules(
            [partial(_rule, key, given.get(key, default)) for key, (_, default) in RULES.items()]
        )
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from error


def _rules_section(text: str, origin: str) -> dict[Any, Any]:
    try:
        document = yaml_document(text)
    except ForeignError as error:
        raise ConfigError(f"{origin} cannot be read: {error}") from error
    document = {} if document is None else document
    if not isinstance(document, dict):
        raise ConfigError(f"{origin}: expected a `rules:` section with {', '.join(RULES)}")
    outside = [repr(str(key)) for key in document if key != "rules"]
    if outside:
        raise ConfigError(f"{origin}: unknown {', '.join(outside)}: the only section is 'rules'")
    section = document.get("rules")
    section = {} if section is None else section
    if not isinstance(section, dict):
        raise ConfigError(f"{origin}: 'rules' must hold keys and values: {', '.join(RULES)}")
    return section


def _rule(key: str, value: object) -> Rule:
    text = "" if value is None else str(value).strip()
    if isinstance(value, (dict, list)):
        raise ConfigError(f"{key} {text!r} is not a value: write one number or 'disabled'")
    if text.lower() in DISABLED:
        return Disabled(key)
    make, _ = RULES[key]
    return make(text)


def _numbers(document: AnatomyDocument) -> DiveNumbers:
    if document.dive is None:
        raise ImageError(f"{document.image.name}: dive's numbers were not computed")
    return document.dive
