"""Why a step came to nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.analysis.no_effect import no_effect
from runner.model.record import Record
from tests.unit.records import record


def hiding(name: str, wasted_bytes: int, **changed: str) -> Record:
    made = record(name, changed=changed)
    assert made.sizes is not None
    return replace(
        made,
        sizes=replace(made.sizes, wasted_bytes=wasted_bytes),
        dockerfile_digest=f"sha256:{name}",
    )


@pytest.mark.parametrize(
    ("wasted_bytes", "changed", "why"),
    [
        (1_900_000, {"layers": "merged"}, "what layers hide of each other is as much as before"),
        (0, {"layers": "merged"}, "the image holds as many bytes as that of before"),
        (1_900_000, {"stages": "multi"}, "the image holds as many bytes as that of before"),
        (0, {"order": "deps_first"}, "the order decides what is built again, not what"),
        (0, {"mirror": "custom"}, "the packages are the same, wherever they come from"),
        (0, {"context": "ignored"}, "what is sent or left out by it is not copied"),
        (
            0,
            {"order": "deps_first", "mirror": "custom"},
            "the order decides what is built again, not what the image holds; the packages are the"
            " same, wherever they come from",
        ),
        (0, {"order": "deps_first", "stages": "multi"}, "the image holds as many bytes as that"),
        (1_900_000, {"cache": "purge"}, "the installers had left no cache to remove"),
    ],
)
def test_the_reason_is_what_did_not_change(
    wasted_bytes: int, changed: dict[str, str], why: str
) -> None:
    before, after = hiding("before", 1_900_000), hiding("after", wasted_bytes, **changed)
    assert no_effect(before, after).startswith(f"no effect: {why}")


def test_a_size_that_moved_needs_no_reason() -> None:
    assert no_effect(record("before"), record("after", own_mb=50.0)) == ""
