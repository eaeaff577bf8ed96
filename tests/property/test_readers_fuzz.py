"""A few of the fuzzer's inputs with every run of the tests; the command in docs/archives.md throws
many more."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import fields

from benchmarks.fuzz_archives import Damage, run_chunk
from runner.model.entries import Limits


def test_damaged_archives_end_with_an_image_or_one_clear_line() -> None:
    counts, bad = run_chunk(7, range(800))
    assert not bad, bad[0]
    assert counts["image"] > 100, "most inputs should get past the first checks"
    assert counts["refused"] > 100
    assert counts.total() == 800


def test_an_input_is_the_same_each_time() -> None:
    first, again = (Damage("7:3").archive() for _ in range(2))
    assert first == again
    assert first != Damage("7:4").archive()


def test_every_limit_is_on_the_page() -> None:
    page = Path(__file__).parents[2] / "docs" / "archives.md"
    text = page.read_text("utf-8")
    for field in fields(Limits):
        assert f"`{field.name}`" in text, field.name
