"""Budgets: sizes as people write them, each rule at its limit, all errors at once."""

from __future__ import annotations

from functools import partial

import pytest

from runner.analysis.amounts import parse_percent, parse_ratio, parse_size
from runner.analysis.budget import (
    MaxGrowth,
    MaxSize,
    MaxWaste,
    MaxWastePercent,
    Verdict,
    make_rules,
    within,
)
from runner.model.errors import ConfigError
from tests.unit.anatomies import MB, document


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("0", 0),
        ("1234", 1234),
        ("12B", 12),
        ("120MB", 120_000_000),
        ("120 MB", 120_000_000),
        ("120mb", 120_000_000),
        ("120m", 120_000_000),
        ("1.5GB", 1_500_000_000),
        ("1.5GiB", 1_610_612_736),
        ("64Ki", 65_536),
        ("3TiB", 3 * 2**40),
        ("0.5kB", 500),
    ],
)
def test_a_size(text: str, size_bytes: int) -> None:
    assert parse_size("--max-size", text) == size_bytes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MB",
        "-5MB",
        "+5MB",
        "5 megabytes",
        "5XB",
        "1e6",
        "5,5MB",
        "٥MB",
        "5MB 5MB",
        "nan",
        "inf",
    ],
)
def test_what_is_no_size_is_refused_with_key_value_and_what_is_valid(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_size("--max-size", text)
    assert "--max-size" in str(caught.value)
    assert repr(text) in str(caught.value)
    assert "120MB" in str(caught.value)


def test_shares() -> None:
    assert parse_percent("key", "5") == parse_percent("key", "5%") == 5.0
    assert parse_percent("key", "250 %", highest=None) == 250.0
    assert parse_ratio("key", "0.95") == 0.95
    for parse, text in [
        (parse_percent, "101"),
        (parse_percent, "-1"),
        (parse_percent, "5%%"),
        (parse_ratio, "1.01"),
        (parse_ratio, "95%"),
        (parse_ratio, "high"),
    ]:
        with pytest.raises(ConfigError, match="key"):
            parse("key", text)


def test_a_size_at_its_limit_passes_and_one_byte_more_fails() -> None:
    rule = MaxSize("120MB")
    assert rule.evaluate(document(120 * MB)).verdict is Verdict.passed
    over = rule.evaluate(document(120 * MB + 1))
    assert (over.verdict, over.measured, over.limit) == (Verdict.failed, 120 * MB + 1, 120 * MB)
    assert (over.key, over.configuration) == ("--max-size", "120MB")


def test_waste_in_bytes() -> None:
    assert MaxWaste("6MB").evaluate(document(wasted_bytes=6 * MB)).verdict is Verdict.passed
    assert MaxWaste("6MB").evaluate(document(wasted_bytes=6 * MB + 1)).verdict is Verdict.failed


def test_a_share_of_waste_fails_only_above_its_floor_too() -> None:
    ten_percent = document(100 * MB, 10 * MB)
    assert MaxWastePercent("10").evaluate(ten_percent).verdict is Verdict.passed
    assert MaxWastePercent("9.9%").evaluate(ten_percent).verdict is Verdict.failed
    assert MaxWastePercent("9.9", "10MB").evaluate(ten_percent).verdict is Verdict.passed
    assert MaxWastePercent("9.9", "9MB").evaluate(ten_percent).verdict is Verdict.failed
    assert MaxWastePercent("0").evaluate(document(0, 0)).verdict is Verdict.passed


def test_growth_fails_only_above_its_share_and_its_floor() -> None:
    baseline = document(100 * MB).image
    grown = document(110 * MB)
    assert MaxGrowth(baseline, "10%").evaluate(grown).verdict is Verdict.passed
    failed = MaxGrowth(baseline, "5%").evaluate(grown)
    assert (failed.verdict, failed.measured, failed.limit) == (Verdict.failed, 10 * MB, 5 * MB)
    assert failed.detail == "+10.0 %"
    assert MaxGrowth(baseline, "5%", "10MB").evaluate(grown).verdict is Verdict.passed
    assert MaxGrowth(baseline, "5%", "9MB").evaluate(grown).verdict is Verdict.failed
    assert MaxGrowth(baseline, "0").evaluate(document(90 * MB)).verdict is Verdict.passed
    assert MaxGrowth(document(0, 0).image, "5").evaluate(grown).verdict is Verdict.failed


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        make_rules(
            [
                partial(MaxSize, "big"),
                partial(MaxWaste, "5MB"),
                partial(MaxWastePercent, "200", "-1"),
            ]
        )
    for key in ("--max-size 'big'", "--max-waste-percent '200'", "--min-waste-bytes '-1'"):
        assert key in str(caught.value)
    assert "--max-waste '5MB'" not in str(caught.value)


def test_within_the_budget_is_when_no_rule_failed() -> None:
    rules = make_rules([partial(MaxSize, "1GB"), partial(MaxWaste, "1MB")])
    outcomes = [rule.evaluate(document()) for rule in rules]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.passed, Verdict.failed]
    assert not within(outcomes)
    assert within(outcomes[:1])
