"""Baselines on disk, and what a check says in JSON, Markdown and the terminal."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from runner.analysis.budget import MaxGrowth, MaxSize, MaxWaste, Rule
from runner.analysis.dive_ci import dive_ci_rules
from runner.cli.check import is_archive
from runner.image.anatomy import anatomy
from runner.model.anatomy import AnatomyDocument, LayerFacts, Package, Waste, WasteReason
from runner.model.documents import to_json
from runner.model.errors import StoreError
from runner.report.inspect.check import (
    CheckDocument,
    CheckedImage,
    check_document,
    growth,
    print_check,
)
from runner.report.inspect.check_markdown import MARKER, check_markdown
from runner.store.baseline import Measured, read_baseline, write_baseline
from tests.unit.anatomies import MB, document
from tests.unit.images import file, image, layer, whiteout


def checked(image: AnatomyDocument, before: AnatomyDocument | None = None) -> CheckDocument:
    """An image against a small budget."""
    rules: list[Rule] = [MaxSize("100MB"), MaxWaste("10MB"), *dive_ci_rules("", ".dive-ci")]
    baseline = Measured(before.image, before.packages) if before else None
    if before is not None:
        rules.append(MaxGrowth(before.image, "5%", "1MB"))
    return check_document(image, [rule.evaluate(image) for rule in rules], baseline)


def comment(check: CheckDocument, document: AnatomyDocument) -> str:
    """The comment on a pull request for one image."""
    return check_markdown([CheckedImage(check, document)])


def test_a_baseline_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [document()])
    baseline = read_baseline(path)
    assert baseline.image == document().image
    assert baseline.packages == document().packages


def test_the_json_of_inspect_is_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "inspect.json"
    path.write_text(to_json(document()))
    assert read_baseline(path).image == document().image


def test_the_json_of_inspect_is_a_baseline_whatever_its_files_are_called(tmp_path: Path) -> None:
    odd = b"latin\xe9 \xf0\x9f\x98\x80".decode("utf-8", "surrogateescape")
    found = replace(document(name=odd), waste=(Waste(odd, 1, 0, 1, WasteReason.deleted),))
    path = tmp_path / "inspect.json"
    path.write_text(to_json(found))
    assert read_baseline(path).image == found.image
    assert read_baseline(path).packages == found.packages
    write_baseline(path, [found])
    assert read_baseline(path).image == found.image


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"schema": 1, "\\udce9": ',
        '{"schema": "1", "image": "\\udce9"}',
        pytest.param("[" * 100_000 + '"\\udce9"', id="deep"),
        "[]",
        "null",
        '{"schema": 1}',
        '{"schema": 1, "image": {"name": "a"}}',
        '{"schema": 2, "image": {"name": "a", "stored_bytes": 1, "live_bytes": 1,'
        ' "wasted_bytes": 0, "compressed_bytes": null, "compressor": ""}}',
        '{"schema": 1, "image": {"name": "a", "stored_bytes": -1, "live_bytes": 1,'
        ' "wasted_bytes": 0, "compressed_bytes": null, "compressor": ""}}',
    ],
)
def test_what_is_no_baseline_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(StoreError, match=r"other\.json"):
        read_baseline(path)


def test_a_baseline_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.json"):
        read_baseline(tmp_path / "nowhere.json")
    with pytest.raises(StoreError):
        read_baseline(tmp_path)


def test_json_of_a_check() -> None:
    shown = json.loads(to_json(checked(document(), document(110 * MB))))
    assert shown["schema"] == 1
    assert shown["passed"] is False
    assert shown["image"]["stored_bytes"] == 120 * MB
    assert shown["baseline"]["stored_bytes"] == 110 * MB
    rules = {rule["key"]: rule for rule in shown["rules"]}
    assert rules["--max-size"]["verdict"] == "failed"
    assert rules["--max-size"]["limit"] == 100 * MB
    assert rules["--max-waste"]["verdict"] == "passed"
    assert rules["highestWastedBytes"]["verdict"] == "disabled"
    assert rules["--max-growth"]["measured"] == 10 * MB


def test_markdown_names_verdict_rules_growth_packages_waste_and_hints() -> None:
    old = Package("python", "pandas", "2.1.0", 30 * MB)
    gone = Package("python", "six", "1.16", 1 * MB)
    before = replace(document(100 * MB), packages=(old, gone))
    text = comment(checked(document(), before), document())
    assert text.startswith(MARKER)
    shown, _, folded = text.partition("<details>")
    assert "+20.0 MB" in shown
    assert "pandas" in folded
    assert (
        "❌ **app:latest (linux/amd64) is over its budget**: 120.0 MB, +20.0 MB (+20.0 %) since"
        in text
    )
    assert "`--max-size 100MB`" in text
    assert "| stored | 100.0 MB | 120.0 MB | +20.0 MB (+20.0 %) |" in text
    assert "| pandas (python) | 2.1.0 | 2.2.3 | +10.0 MB |" in text
    assert "| six (python) | 1.16 | – | −1.0 MB |" in text
    assert "/root/.cache/pip/http/" in text
    assert "- **6.0 MB** pip's cache, deleted by layer 2: pip install" in text


def test_every_table_of_the_markdown_has_equally_many_cells_in_each_row() -> None:
    text = comment(checked(document(), document(100 * MB)), document())
    tables: list[list[int]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            tables[-1].append(line.replace("\\|", "").count("|"))
        elif tables[-1]:
            tables.append([])
    widths = [set(table) for table in tables if table]
    assert len(widths) >= 3
    assert all(len(width) == 1 for width in widths)


def test_an_image_within_its_budget() -> None:
    good = document(90 * MB, 1 * MB)
    text = comment(check_document(good, [MaxSize("100MB").evaluate(good)], None), good)
    assert "✅ **app:latest (linux/amd64) is within its budget**: 90.0 MB." in text
    assert "baseline" not in text


def test_names_from_an_image_are_no_markup_and_move_no_cursor() -> None:
    evil = "RUN echo '| <b>`x`' [link](http://x) \x1b[2J"
    layer = LayerFacts("sha256:" + "0" * 64, evil, 60 * MB, None, 1, False)
    hostile = replace(document(name="a|b<script>\x1b[31m\n"), layers=(layer,) * 3)
    check = checked(hostile)
    text = comment(check, hostile)
    assert "\x1b" not in text
    assert "<script>" not in text.replace("\\<script>", "")
    assert "[link]" not in text.replace("\\[link]", "")
    screen = io.StringIO()
    print_check(check, Console(file=screen, width=100))
    assert "\x1b" not in screen.getvalue()


def test_the_markdown_fits_into_a_comment_whatever_names_the_image_has() -> None:
    """GitHub takes no comment of more than 65 536 characters."""
    long = [f"{top}/" + "*" * 60_000 for top in "abcde"]
    content = image(
        layer(*(file(path, 20_000) for path in long), created_by="*" * 60_000),
        layer(*map(whiteout, long), created_by="RUN rm"),
        name="*" * 60_000,
    )
    content.platform = "*" * 60_000
    hostile = anatomy(content, with_dive=True)
    packages = tuple(Package("*" * 60_000, f"{top}" + "*" * 60_000, "1", 9) for top in "abcde")
    text = comment(checked(replace(hostile, packages=packages), hostile), hostile)
    assert len(text) < 20_000
    assert sum(line.startswith("| 20.0 kB | /") for line in text.splitlines()) == 5


def test_the_table_in_the_terminal_ends_with_the_verdict() -> None:
    screen = io.StringIO()
    print_check(checked(document()), Console(file=screen, width=100))
    lines = screen.getvalue().splitlines()
    assert lines[-1].startswith(
        "app:latest (linux/amd64): 120.0 MB, over the budget (2 of 5 rules)"
    )
    assert any(line.startswith("failed") and "--max-size" in line for line in lines)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (100, 100, "none"),
        (100_000_000, 105_000_000, "+5.0 MB (+5.0 %)"),
        (100_000_000, 99_000_000, "−1.0 MB (−1.0 %)"),
        (0, 5_000_000, "+5.0 MB"),
    ],
)
def test_growth_in_words(before: int, after: int, text: str) -> None:
    assert growth(before, after) == text


def test_a_pipe_is_no_baseline_and_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.json"
    os.mkfifo(path)
    assert not is_archive(path)
    with pytest.raises(StoreError, match=r"pipe\.json is not a regular file"):
        read_baseline(path)
