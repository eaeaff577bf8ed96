"""The report in a terminal: what stands in it, at every width; names do no harm; JSON."""

from __future__ import annotations

import io
import json
import re

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from runner.model.anatomy import (
    SMALLEST_DUPLICATE_BYTES,
    AnatomyDocument,
    CacheFinding,
    Duplicate,
    SizeOf,
    Waste,
    WasteReason,
)
from runner.model.documents import to_json
from runner.model.text import markdown, printable, shortened
from runner.report.inspect.grouped import bytes_by_cause, grouped_waste
from runner.report.inspect.terminal import print_report
from runner.report.text import shortened_path
from tests.unit.anatomies import MB, document

KEYS = {
    "image": {
        "name", "stored_bytes", "live_bytes", "wasted_bytes", "compressed_bytes", "compressor",
    },
    "layers": {"diff_id", "created_by", "stored_bytes", "compressed_bytes", "files", "is_base"},
    "waste": {"path", "bytes", "written_by", "hidden_by", "reason"},
    "caches": {"path", "bytes", "kind"},
    "packages": {"manager", "name", "version", "bytes"},
}  # fmt: skip
"""What the contract of `inspect --json` promises."""


def shown(anatomy: AnatomyDocument, width: int = 100, top: int = 10, terminal: bool = False) -> str:
    """The report as text."""
    screen = io.StringIO()
    console = Console(
        file=screen,
        width=width,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        markup=False,
        highlight=False,
        legacy_windows=False,
    )
    print_report(anatomy, console, top)
    return screen.getvalue()


def test_json_has_the_keys_of_the_contract() -> None:
    found = json.loads(to_json(document()))
    assert found["schema"] == 1
    assert found["unowned_bytes"] == document().unowned_bytes
    assert KEYS["image"] <= found["image"].keys()
    for section in ("layers", "waste", "caches", "packages"):
        for item in found[section]:
            assert KEYS[section] <= item.keys()
    assert found["waste"][0]["reason"] == "deleted"


def test_every_section_is_there() -> None:
    text = shown(document())
    for heading in (
        "Layers", "Waste", "Left-over caches", "Packages", "Owned by no package",
        "Largest files", "Largest directories", "The same content twice", "What to change",
    ):  # fmt: skip
        assert re.search(rf"^{heading}\b", text, re.MULTILINE), heading
    for fact in (
        "app:latest", "120.0 MB", "114.0 MB", "5.0 %", "RUN pip install", "layer 1 → 2",
        "pandas  2.2.3", "__pycache__", "pip install --no-cache-dir", "dive says",
    ):  # fmt: skip
        assert fact in text, fact


ADVICE = "pip install --no-cache-dir …, or RUN --mount=type=cache,target=/root/.cache/pip pip …"


@pytest.mark.parametrize("width", [40, 60, 80, 89, 90, 100, 120, 200])
def test_caches_have_layer_instruction_and_advice_at_every_width(width: int) -> None:
    compiled = [
        CacheFinding(path, size * MB, "__pycache__", 0, 2, "**/__pycache__ in .dockerignore")
        for size, path in ((1, "opt/small"), (3, "usr/large"))
    ]
    pip = CacheFinding("root/.cache/pip", 2 * MB, "pip", 1, 9, ADVICE)
    text = shown(replace(document(), caches=(*compiled, pip), hints=()), width)
    section = text[text.index("Left-over caches") : text.index("\nPackages")]
    assert max(cell_len(line) for line in section.splitlines()) <= width
    assert not [line for line in section.splitlines() if line != line.rstrip()]
    words = " ".join(section.split())
    assert re.search(
        r"3\.0 MB __pycache__ /usr/large"
        r" 1\.0 MB __pycache__ /opt/small"
        r" layer 0: ADD rootfs\.tar\.xz /"
        r" → \*\*/__pycache__ in \.dockerignore"
        r" 2\.0 MB pip (?:/root/\.cache/pip|/root/…/pip|…/pip)"
        r" layer 1: RUN pip install .*",
        words,
    ), section
    assert f"→ {ADVICE}".replace(" ", "") in section.replace("\n", "").replace(" ", "")


def test_a_cache_of_which_nothing_more_is_known() -> None:
    lone = CacheFinding("c", MB, "odd")
    text = shown(replace(document(), caches=(lone, replace(lone, written_by=9))))
    section = text[text.index("Left-over caches") : text.index("\nPackages")]
    rows = [line.split() for line in section.splitlines()[1:] if line]
    assert rows == [["1.0", "MB", "odd", "/c"], ["1.0", "MB", "odd", "/c"], ["layer", "9"]]


def test_an_image_with_nothing_in_it() -> None:
    empty = AnatomyDocument(document(0, 0).image, (), (), (), (), 0)
    text = shown(empty)
    assert "0 B" in text
    assert "nothing was found" in text


@pytest.mark.parametrize("width", [40, 60, 80, 89, 90, 120, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    assert max(cell_len(line) for line in shown(document(), width).splitlines()) <= width


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_sizes_are_never_cut(width: int) -> None:
    text = shown(document(), width)
    for size in ("120.0 MB", "114.0 MB", "60.0 MB", "40.0 MB", "6.0 MB"):
        assert size in text


def test_colours_only_on_a_terminal() -> None:
    assert "\x1b[" in shown(document(), terminal=True)
    assert "\x1b" not in shown(document())


def test_top_cuts_every_list_and_says_what_is_left() -> None:
    text = shown(document(), top=1)
    assert "pandas" in text
    assert "flask  3.0.3" not in text
    assert "… 2 more, 13.0 MB" in text


def test_top_reaches_the_largest_files_directories_and_duplicates() -> None:
    many = replace(
        document(),
        largest_files=tuple(SizeOf(f"files/{place}", MB) for place in range(30)),
        largest_directories=tuple(SizeOf(f"folders/{place}", 2 * MB, 7) for place in range(30)),
        duplicates=tuple(Duplicate(MB, (f"one/{place}", f"two/{place}")) for place in range(30)),
    )
    many = replace(many, image=replace(many.image, live_files=4_000))
    for top in (3, 10, 25):
        text = shown(many, top=top)
        for name in ("/files/", "/folders/", "  /one/"):
            assert text.count(name) == top, name
        assert f"… {4_000 - top:,} more, {114 - top}.0 MB" in text
        assert f"… {30 - top} more, {30 - top}.0 MB" in text
    assert "7 files" in text


def test_duplicates_that_were_not_looked_for_are_not_none() -> None:
    unknown, none = replace(document(), duplicates=None), replace(document(), duplicates=())
    assert "was not looked for: --duplicates does" in shown(unknown)
    assert json.loads(to_json(unknown))["duplicates"] is None
    assert "looked for" not in shown(none)
    assert re.search("The same content twice  nothing was found", shown(none))
    floor = f"files from {SMALLEST_DUPLICATE_BYTES >> 10} KiB on"
    assert f"nothing was found in {floor}" in shown(none)
    assert f"more than once, in {floor}" in shown(document())
    assert json.loads(to_json(none))["duplicates"] == []


def test_the_wasted_part_of_a_bar_is_drawn_differently() -> None:
    (line,) = [line for line in shown(document()).splitlines() if line.startswith("  1    60.0 MB")]
    assert line.count("█") == 18
    assert line.count("░") == 2


def test_hostile_names_stay_on_their_line() -> None:
    path = "a\n\x1b[2J\u202eb/[red]c[/red]\udcff" + "x" * 300
    hostile = replace(
        document(name="x\x1b]0;title\x07"),
        waste=(Waste(path, 5 * MB, 1, 2, WasteReason.deleted),),
    )
    text = shown(hostile)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x07" not in text
    assert text.encode("utf-8")
    assert len(text.splitlines()) == len(shown(document()).splitlines())


def test_waste_of_one_kind_in_one_place_is_one_line() -> None:
    many = [
        Waste(f"usr/share/doc/p{number}/copyright", 1000, 0, 3, WasteReason.deleted)
        for number in range(500)
    ]
    other = Waste("usr/share/doc/p1/copyright", 70, 1, 3, WasteReason.overwritten)
    far = Waste("opt/app", 900_000, 0, 3, WasteReason.deleted)
    first, second, third = grouped_waste([*many, other, far])
    assert (first.path, first.bytes, first.files) == ("opt/app", 900_000, 1)
    assert (second.path, second.bytes, second.files) == ("usr/share/doc/", 500_000, 500)
    assert (third.path, third.cause) == ("usr/share/doc/p1/copyright", "overwritten")
    assert bytes_by_cause([*many, other]) == [
        ("deleted", 500_000),
        ("overwritten", 70),
    ]


def test_text_helpers() -> None:
    assert printable("plain é 漢") == "plain é 漢"
    assert printable("a\nb\x1b\udcff") == "a\\nb\\x1b\\xff"
    assert shortened("abcdef", 4) == "abc…"
    assert shortened_path("/usr/lib/python3/dist-packages/six/x.py", 18) == "/usr/…/six/x.py"
    assert shortened_path("/usr/lib/libpython3.11.so.1.0", 12) == "…3.11.so.1.0"
    for width in range(1, 45):
        assert len(shortened_path("usr/lib/python3/dist-packages/six/x.py", width)) <= width
    assert markdown("a|b `c` <d> snake_case _e_") == "a\\|b \\`c\\` \\<d> snake_case \\_e\\_"
