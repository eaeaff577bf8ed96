"""What small faults in the core would change: each of these was a mutant that no test noticed."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from runner.analysis.budget import (
    AT_LEAST,
    MaxGrowth,
    MaxLayers,
    MaxOwnSize,
    MaxShrink,
    MaxSize,
    MaxWaste,
    MaxWastePercent,
    MinSize,
    Outcome,
    Rule,
    Unit,
    Verdict,
    make_rules,
)
from runner.analysis.findings import find
from runner.analysis.recommend import (
    MAGNITUDE,
    TOLERANCE,
    TOLERANCE_BYTES,
    Alternative,
    Reason,
    nearly_equal,
    rebuilt_slowly,
    recommend,
    starts_slowly,
)
from runner.cli.console import SafeConsole
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.document import Document
from runner.dockerfile.edits import cache_late
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable
from runner.ecosystems.installers import INSTALLERS
from runner.image.contents.hints import WORTH_A_HINT_BYTES
from runner.image.merge import merge
from runner.model.anatomy import AnatomyDocument
from runner.model.entries import Limits
from runner.model.errors import ConfigError, ImageError, StoreError
from runner.model.record import Failure, from_json, to_json
from runner.model.start_time import SLOW_START_S
from runner.oci.budget import FILLED_BYTES, FREE_BYTES, Budget, Spent
from runner.oci.damage import LimitError
from runner.oci.platforms import matches, normal
from runner.recipe.packing import pack_context
from runner.report.terminal import print_summary
from tests.property.test_contents_anatomy import document
from tests.unit import anatomies
from tests.unit.dockerfiles import of_kind, rendered
from tests.unit.images import directory, file, image, layer, whiteout
from tests.unit.levels_from_yaml import load_level, load_levels
from tests.unit.records import failing, record

MB = 1_000_000


def five_bytes() -> Rule:
    return MaxSize("5MB")


def wrong() -> Rule:
    return MaxWaste("five")


def also_wrong() -> Rule:
    return MaxSize("six")


def test_a_wrong_rule_next_to_a_right_one_is_an_error() -> None:
    for makers in ([five_bytes, wrong], [wrong, five_bytes], [wrong]):
        with pytest.raises(ConfigError, match="five"):
            make_rules(makers)
    with pytest.raises(ConfigError, match=r"^--max-waste 'five' [^;]*; --max-size 'six' [^;]*$"):
        make_rules([wrong, also_wrong])
    assert [type(rule) for rule in make_rules([five_bytes, five_bytes])] == [MaxSize, MaxSize]


@pytest.mark.parametrize(
    ("url", "trusted"),
    [("http://mirror.example/simple", True), ("https://mirror.example/simple", False)],
)
def test_only_a_host_without_tls_has_to_be_trusted(url: str, trusted: bool) -> None:
    levels = load_levels()
    levels.mirror = load_level("mirror", "custom", index_url=url)  # type: ignore[assignment]
    text = rendered(levels).dockerfile
    assert f"PIP_INDEX_URL={url}" in text
    assert ("PIP_TRUSTED_HOST" in text) is trusted


LIMITS = Limits(
    entries=10, layers=3, unpacked_bytes=100, path_bytes=20, names_bytes=30, json_bytes=50,
    kept_bytes=40, header_bytes=8,
)  # fmt: skip
TAKERS: dict[str, tuple[Callable[[Budget, int], object], int]] = {
    "entries": (Budget.take_entries, 10),
    "unpacked_bytes": (Budget.take_unpacked, 100),
    "kept_bytes": (Budget.take_kept, 40),
    "json_bytes": (Budget.take_document, 50),
}


@pytest.mark.parametrize("name", list(TAKERS))
def test_a_limit_counts_over_the_whole_image_and_to_the_last_byte(name: str) -> None:
    take, limit = TAKERS[name]
    budget = Budget(LIMITS)
    take(budget, limit - 3)
    take(budget, 3)
    with pytest.raises(LimitError, match=name):
        take(budget, 1)


def test_names_count_alone_and_together() -> None:
    budget = Budget(LIMITS)
    budget.take_name(20)
    with pytest.raises(LimitError, match="path_bytes"):
        Budget(LIMITS).take_name(21)
    budget.take_name(10)
    with pytest.raises(LimitError, match="names_bytes"):
        budget.take_name(1)


def test_layers_and_headers_are_counted_by_themselves() -> None:
    budget = Budget(LIMITS)
    budget.take_layers(3)
    budget.check_header(8, "long")
    with pytest.raises(LimitError, match="layers"):
        budget.take_layers(4)
    with pytest.raises(LimitError, match="header_bytes"):
        budget.check_header(9, "long")


def test_holes_are_gone_through_up_to_a_limit_over_all_of_them() -> None:
    budget = Budget(LIMITS)
    assert budget.may_fill(FILLED_BYTES - 1)
    assert not budget.may_fill(2)
    assert budget.may_fill(1)
    assert not budget.may_fill(1)


def test_a_ratio_counts_beyond_what_is_free() -> None:
    budget = Budget(Limits(ratio=10.0))
    budget.check_ratio(FREE_BYTES, 1)
    budget.check_ratio(10 * FREE_BYTES, FREE_BYTES)
    with pytest.raises(LimitError, match="ratio"):
        budget.check_ratio(FREE_BYTES + 1, 1)
    with pytest.raises(LimitError, match="ratio"):
        budget.check_ratio(10 * FREE_BYTES + 1, FREE_BYTES)


def test_what_was_spent_is_counted_and_a_layer_that_is_named_again_counts_again() -> None:
    budget = Budget(LIMITS)
    budget.take_entries(4)
    budget.take_unpacked(60)
    budget.take_name(20)
    budget.take_kept(30)
    assert budget.spent() == Spent(4, 60, 20, 30)
    assert budget.spent() - Spent(1, 2, 3, 4) == Spent(3, 58, 17, 26)
    budget.take_again(Spent(1, 10, 30, 40))
    assert budget.spent() == Spent(5, 70, 20, 30)


def test_one_arm_is_not_another() -> None:
    assert normal("armv6l") == "linux/arm/v6"
    assert normal("armv7l") == normal("arm") == "linux/arm/v7"
    assert not matches("linux/arm/v6", "linux/arm/v7")
    assert not matches("armv6l", "linux/arm")
    assert matches("linux/arm/v6", "armv6l")


def test_a_record_says_its_schema() -> None:
    data = to_json(record("slim"))
    assert b'"schema": 1' in data
    assert from_json(data) == record("slim")
    with pytest.raises(StoreError, match="no schema"):
        from_json(data.replace(b'"schema": 1', b'"other": 1'))
    with pytest.raises(StoreError, match="schema 2"):
        from_json(data.replace(b'"schema": 1', b'"schema": 2'))


def digest(root: Path, **links: str) -> str:
    root.mkdir()
    for name, target in links.items():
        (root / name).symlink_to(target)
    return pack_context(root, "", "FROM scratch\n").record().digest


def test_a_contexts_digest_tells_where_one_field_ends(tmp_path: Path) -> None:
    first = digest(tmp_path / "a", l="t", uv="x")
    assert first != digest(tmp_path / "b", l="tu", v="x")
    assert first == digest(tmp_path / "c", l="t", uv="x")


def test_a_late_purge_of_nothing_is_no_instruction() -> None:
    levels = load_levels(cache="purge_late")
    (last,) = [run for run in of_kind(rendered(levels).dockerfile, "RUN") if "rm -rf" in run]
    assert "~/.cache/pip" in last
    plain = Document("FROM python:3.11\nRUN true\n")
    assert isinstance(cache_late.edit(plain, Facts(INSTALLERS)), NotApplicable)


BEFORE_SCRATCH = """\
FROM python:3.11 AS one
FROM node:22 AS two
FROM golang:1.23 AS unused
FROM scratch
COPY --from=one /a /a
COPY --from=two /b /b
"""


def test_the_base_of_what_starts_from_nothing_is_the_last_image_that_it_needs() -> None:
    assert list(Dockerfile(BEFORE_SCRATCH).images) == ["python:3.11", "node:22"]
    assert Dockerfile(BEFORE_SCRATCH).base == "node:22"


def test_an_argument_of_a_stage_is_none_of_a_later_from() -> None:
    text = "ARG TAG=3.11\nFROM python:$TAG AS one\nARG TAG=3.12\nFROM python:${TAG}\n"
    assert list(Dockerfile(text).images) == ["python:3.11"]
    assert Dockerfile(text).base == "python:3.11"


def test_a_failed_row_is_marked_in_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console = SafeConsole(width=160)
    console.file = shown = io.StringIO()
    print_summary(find([record("good"), failing(record("bad"))]), console)
    marked = [line for line in shown.getvalue().splitlines() if "\x1b[31m" in line]
    assert len(marked) == 2
    assert all("bad" in line and "check failed" in line for line in marked)


def test_the_first_trial_that_failed_is_reported() -> None:
    trials = [
        replace(failing(record("slim", trial=trial)), failure=Failure("check", f"trial {trial}", 1))
        for trial in (1, 2)
    ]
    (row,) = find([record("slim"), *trials]).frame.to_dict("records")
    assert (row["failure"], row["failed_trials"], row["trials"]) == ("trial 1", 2, 3)
    assert row["status"] == "check_failed"
    assert row.get("unpacked_bytes") is None or row["unpacked_bytes"] != row["unpacked_bytes"]


def test_times_are_medians_over_the_trials() -> None:
    held = []
    for trial, (cold_s, healthy_s) in enumerate([(10.0, 5.0), (30.0, 1.0), (20.0, 2.0)]):
        one = record("slim", trial=trial, cold_s=cold_s)
        assert one.check is not None
        held.append(replace(one, check=replace(one.check, healthy_s=healthy_s)))
    (row,) = find(held).frame.to_dict("records")
    assert (row["cold_s"], row["healthy_s"]) == (20.0, 2.0)


def alternative(name: str, unpacked: int, cold_s: float = 10.0, **other: object) -> Alternative:
    return Alternative(name, unpacked, unpacked // 3, cold_s, **other)  # type: ignore[arg-type]


def test_sizes_count_as_equal_up_to_the_larger_of_share_and_bytes() -> None:
    assert (TOLERANCE, TOLERANCE_BYTES) == (0.02, MB)
    assert nearly_equal(10 * MB, 11 * MB)
    assert not nearly_equal(10 * MB, 11 * MB + 1)
    assert nearly_equal(100 * MB, 102 * MB)
    assert not nearly_equal(100 * MB, 102 * MB + 1)
    assert not nearly_equal(102 * MB + 1, 100 * MB)


def test_reasons_say_why_an_alternative_is_not_the_choice() -> None:
    held = [
        alternative("chosen", 100 * MB, effort=1),
        alternative("harder", 100 * MB, effort=3),
        alternative("larger", 103 * MB),
        alternative("slow", 100 * MB, cold_s=MAGNITUDE * 10 + 1),
        alternative("bare", 50 * MB, shippable=False, effort=2),
    ]
    found = recommend(held)
    assert found.chosen.name == "chosen"
    assert {item.alternative.name: item.reason for item in found.rejected} == {
        "harder": Reason.as_large_and_less_simple,
        "larger": Reason.larger,
        "slow": Reason.slower,
        "bare": Reason.not_for_shipping,
    }
    assert {item.alternative.name: item.more_bytes for item in found.rejected} == {
        "harder": 0,
        "larger": 3 * MB,
        "slow": 0,
        "bare": -50 * MB,
    }


def test_a_build_is_slower_beyond_an_order_of_magnitude_only() -> None:
    quick = alternative("quick", 101 * MB, cold_s=10, effort=5)
    for cold_s, chosen in ((MAGNITUDE * 10, "simple"), (MAGNITUDE * 10 + 0.1, "quick")):
        simple = alternative("simple", 101 * MB, cold_s=cold_s)
        smallest = alternative("smallest", 100 * MB, cold_s=10, effort=9)
        assert recommend([quick, simple, smallest]).chosen.name == chosen


def test_of_images_as_large_the_one_that_is_rebuilt_in_no_time_is_taken() -> None:
    own = alternative("own", 100 * MB, edit_s=21.0)
    mount = alternative("mount", 101 * MB, edit_s=0.7, effort=4)
    unknown = alternative("unknown", 101 * MB, effort=2)
    found = recommend([own, mount, unknown])
    assert found.chosen.name == "unknown", "what was not timed is not said to be slow"
    found = recommend([own, mount])
    assert found.chosen.name == "mount"
    assert found.rejected[0].reason is Reason.slow_rebuild
    smaller = alternative("smaller", 50 * MB, edit_s=30.0, effort=1)
    found = recommend([own, mount, smaller])
    assert found.chosen.name == "smaller", "size comes first"
    assert {item.alternative.name for item in found.rejected if item.on_front} == {"mount"}


@pytest.mark.parametrize(
    ("one_s", "other_s", "slowly"),
    [
        *((9.0, 6.0, True), (4.0, 1.0, True), (8.99, 6.0, False)),
        *((3.9, 1.0, False), (2.0, 0.1, False), (10.0, 7.0, False)),
    ],
)
def test_a_rebuild_is_slow_if_it_takes_half_as_long_again_and_three_seconds_longer(
    one_s: float, other_s: float, slowly: bool
) -> None:
    one, other = (alternative("x", MB, edit_s=edit_s) for edit_s in (one_s, other_s))
    assert rebuilt_slowly(one, other) == slowly
    assert not rebuilt_slowly(other, one)


def test_a_start_is_slow_if_it_is_both_twice_and_so_much_longer() -> None:
    def starting(healthy_s: float) -> Alternative:
        return alternative("x", MB, healthy_s=healthy_s)

    assert starts_slowly(starting(2.0), starting(1.0))
    assert not starts_slowly(starting(1.99), starting(1.0))
    assert starts_slowly(starting(0.1 + SLOW_START_S), starting(0.1))
    assert not starts_slowly(starting(0.2), starting(0.05)), "too little to feel"
    assert not starts_slowly(starting(2.0), starting(0.0)), "not measured"


@pytest.mark.parametrize(("size", "hints"), [(WORTH_A_HINT_BYTES, 1), (WORTH_A_HINT_BYTES - 1, 0)])
def test_a_hint_is_worth_its_line_from_ten_thousand_bytes_on(size: int, hints: int) -> None:
    assert WORTH_A_HINT_BYTES == 10_000
    cached = layer(file("root/.cache/pip/x", size), created_by="RUN pip install x")
    wasted = (layer(file("x", size)), layer(whiteout("x")))
    brought = (cached, layer(file("app", 1)))
    for found in (document(cached), document(*wasted), document(*brought, base=1)):
        assert len(found.hints) == hints


def test_the_last_layer_says_the_mode_and_owner_of_a_directory() -> None:
    first = directory("srv", mode=0o755)
    later = msgspec.structs.replace(directory("srv", mode=0o700), uid=1000, gid=50)
    for layers, mode, owner in (
        ((first, later), 0o700, (1000, 50)),
        ((later, first), 0o755, (0, 0)),
    ):
        (live,) = merge(image(*(layer(one) for one in layers))).live()
        assert (live.entry.mode, (live.entry.uid, live.entry.gid)) == (mode, owner)
        assert live.layer == 1


IMAGE = anatomies.document()
"""120 MB in three layers, of which the first is the base's 60 MB; 6 MB wasted."""
BEFORE = anatomies.document(100 * MB).image
AFTER = anatomies.document(80 * MB)

OUTCOMES: list[tuple[Rule, AnatomyDocument, Verdict, float, float, str]] = [
    (MaxSize("120MB"), IMAGE, Verdict.passed, 120 * MB, 120 * MB, ""),
    (MaxSize("119.999999MB"), IMAGE, Verdict.failed, 120 * MB, 119_999_999, ""),
    (MinSize("120MB"), IMAGE, Verdict.passed, 120 * MB, 120 * MB, AT_LEAST),
    (MinSize("120000001"), IMAGE, Verdict.failed, 120 * MB, 120_000_001, AT_LEAST),
    (MaxWaste("6MB"), IMAGE, Verdict.passed, 6 * MB, 6 * MB, ""),
    (MaxWaste("5999999"), IMAGE, Verdict.failed, 6 * MB, 5_999_999, ""),
    (MaxLayers("3"), IMAGE, Verdict.passed, 3, 3, ""),
    (MaxLayers("2"), IMAGE, Verdict.failed, 3, 2, ""),
    (MaxWastePercent("5"), IMAGE, Verdict.passed, 6 * MB, 6 * MB, "5.0 % of the image"),
    (MaxWastePercent("4"), IMAGE, Verdict.failed, 6 * MB, 4_800_000, "5.0 % of the image"),
    (MaxWastePercent("4", "7MB"), IMAGE, Verdict.passed, 6 * MB, 7 * MB, "5.0 % of the image"),
    (MaxGrowth(BEFORE, "20%"), IMAGE, Verdict.passed, 20 * MB, 20 * MB, "+20.0 %"),
    (MaxGrowth(BEFORE, "19%"), IMAGE, Verdict.failed, 20 * MB, 19 * MB, "+20.0 %"),
    (MaxGrowth(BEFORE, "1%", "20MB"), IMAGE, Verdict.passed, 20 * MB, 20 * MB, "+20.0 %"),
    (MaxGrowth(BEFORE, "1%"), AFTER, Verdict.passed, -20 * MB, MB, "-20.0 %"),
    (MaxShrink(BEFORE, "20%"), AFTER, Verdict.passed, 20 * MB, 20 * MB, "-20.0 %"),
    (MaxShrink(BEFORE, "19%"), AFTER, Verdict.failed, 20 * MB, 19 * MB, "-20.0 %"),
    (MaxShrink(BEFORE, "1%", "20MB"), AFTER, Verdict.passed, 20 * MB, 20 * MB, "-20.0 %"),
    (MaxShrink(BEFORE, "1%"), IMAGE, Verdict.passed, -20 * MB, MB, "+20.0 %"),
]


@pytest.mark.parametrize(
    ("rule", "image_", "verdict", "measured", "limit", "detail"),
    OUTCOMES,
    ids=[f"{rule.key}-{place}" for place, (rule, *_) in enumerate(OUTCOMES)],
)
def test_each_rule_judges_to_the_last_byte(
    rule: Rule,
    image_: AnatomyDocument,
    verdict: Verdict,
    measured: float,
    limit: float,
    detail: str,
) -> None:
    unit = Unit.count if isinstance(rule, MaxLayers) else Unit.size
    found = rule.evaluate(image_)
    assert found == Outcome(rule.key, rule.configuration, verdict, unit, measured, limit, detail)


def test_own_layers_are_counted_without_the_bases() -> None:
    found = MaxOwnSize("60MB").evaluate(IMAGE)
    assert (found.verdict, found.measured, found.limit) == (Verdict.passed, 60 * MB, 60 * MB)
    assert found.detail.startswith("2 layers on ")
    assert MaxOwnSize("59999999").evaluate(IMAGE).verdict is Verdict.failed


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (MaxSize, "--max-size"),
        (MinSize, "--min-size"),
        (MaxWaste, "--max-waste"),
        (MaxOwnSize, "--max-own-size"),
        (MaxLayers, "--max-layers"),
        (MaxWastePercent, "--max-waste-percent"),
    ],
)
def test_a_wrong_threshold_is_named_with_its_option(kind: Callable[[str], Rule], key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key} 'much' is not a"):
        kind("much")


def test_both_thresholds_of_a_share_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"--max-waste-percent 'x'.*--min-waste-bytes 'y'"):
        MaxWastePercent("x", "y")
    for kind, key in ((MaxGrowth, "--max-growth"), (MaxShrink, "--max-shrink")):
        with pytest.raises(ConfigError, match=rf"{key} 'x'.*--min-growth-bytes 'y'"):
            kind(BEFORE, "x", "y")
        assert kind(BEFORE, "5", "1MB").configuration == "5 % and 1MB"
        assert kind(BEFORE, "5%").configuration == "5%"
    assert MaxGrowth(BEFORE, "250%").evaluate(IMAGE).limit == 250 * MB
    with pytest.raises(ConfigError, match="--max-shrink '101%'"):
        MaxShrink(BEFORE, "101%")


def test_a_rule_says_its_thresholds_as_they_were_given() -> None:
    assert MaxLayers("12").configuration == "12"
    assert MaxSize("5 MB").configuration == "5 MB"
    assert MaxWastePercent("5").configuration == "5 %"
    assert MaxWastePercent("5 % ", "1MB").configuration == "5 %  and 1MB"


def test_an_empty_image_wastes_nothing() -> None:
    found = MaxWastePercent("0").evaluate(anatomies.document(0, 0))
    assert (found.verdict, found.detail) == (Verdict.passed, "0.0 % of the image")
    assert MaxGrowth(anatomies.document(0).image, "5").evaluate(IMAGE).detail == ""


def test_a_share_is_told_to_a_tenth() -> None:
    half = anatomies.document(100 * MB, 49_960_000)
    assert MaxWastePercent("50").evaluate(half).detail == "50.0 % of the image"


def test_own_layers_are_those_on_a_base_that_has_a_name_or_none() -> None:
    named = msgspec.structs.replace(IMAGE.image, base="python:3.12\n-slim")
    for facts, name in ((IMAGE.image, "the base"), (named, "python:3.12 -slim")):
        found = MaxOwnSize("60MB").evaluate(msgspec.structs.replace(IMAGE, image=facts))
        assert found.detail == f"2 layers on {name}"
    unknown = tuple(msgspec.structs.replace(one, is_base=False) for one in IMAGE.layers)
    with pytest.raises(ImageError) as said:
        MaxOwnSize("60MB").evaluate(msgspec.structs.replace(IMAGE, layers=unknown))
    assert str(said.value) == (
        "--max-own-size: it is not known which layers of app:latest are its base's:"
        " name the base with --base IMAGE, or use --max-size"
    )
