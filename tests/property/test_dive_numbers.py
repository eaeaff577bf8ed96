"""dive's three numbers: worked out by hand, and against the real dive on real archives."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.image.dive import dive_numbers
from runner.model.entries import Entry, ImageContent
from tests.unit.images import (
    device,
    directory,
    file,
    image,
    layer,
    link,
    opaque,
    symlink,
    whiteout,
)
from tests.unit.real_dive import numbers_of
from tests.unit.saved import save

CASES = {
    "nothing": image(layer()),
    "one layer": image(layer(file("a", 10), directory("d"))),
    "overwritten": image(layer(file("a", 10)), layer(file("a", 7)), layer(file("b", 5))),
    "deleted file": image(layer(file("a", 10)), layer(whiteout("a"), file("b", 5))),
    "deleted folder": image(
        layer(directory("d"), file("d/a", 10), file("d/b", 20)), layer(whiteout("d")), layer()
    ),
    "deleted folder that was only implied": image(
        layer(file("d/a", 10)), layer(whiteout("d"), file("b", 3))
    ),
    "deleted folder that came back": image(
        layer(directory("d"), file("d/a", 10)),
        layer(whiteout("d")),
        layer(directory("d"), file("d/a", 4)),
        layer(whiteout("d"), file("c", 1)),
    ),
    "whiteouts on every level": image(
        layer(
            *map(directory, ("d", "d/e", "d/e/f", "d/g")),
            file("d/a", 1),
            file("d/e/b", 20),
            file("d/e/f/c", 300),
            file("d/g/h", 4000),
        ),
        layer(*map(whiteout, ("d/e/f/c", "d/e/f", "d", "d/e", "d/g/h"))),
        layer(*map(directory, ("d", "d/e")), file("d/e/b", 5)),
        layer(whiteout("d/e"), whiteout("d")),
        layer(file("last", 60_000)),
    ),
    "whiteouts on levels of which one is no folder any more": image(
        layer(*map(directory, ("d", "d/e")), file("d/e/a", 10), file("d/b", 7)),
        layer(file("d/e", 3)),
        layer(whiteout("d/e"), whiteout("d")),
        layer(file("last", 60_000)),
    ),
    "whiteout for nothing ends its layer": image(
        layer(file("a", 10)),
        layer(file("a", 9), file("b/c", 8), whiteout("b/x"), file("b/y", 7), file("a", 6)),
        layer(file("b/y", 5)),
    ),
    "whiteout and new entry in one layer": image(
        layer(file("a", 10), file("-b", 5)),
        layer(whiteout("a"), file("a", 3), whiteout("-b"), file("-b", 2)),
        layer(whiteout("a"), file("c", 1)),
    ),
    "opaque folder": image(
        layer(directory("d"), file("d/a", 10)), layer(directory("d"), opaque("d"), file("d/b", 5))
    ),
    "opaque marker alone": image(layer(file("d/a", 10)), layer(opaque("d")), layer(whiteout("d"))),
    "folder to file": image(
        layer(directory("d"), file("d/a", 10)), layer(file("d", 3)), layer(whiteout("d"))
    ),
    "links and devices": image(
        layer(file("a", 10), link("b", to="a"), symlink("c", "a"), device("n")),
        layer(whiteout("a"), symlink("c", "b"), device("n")),
        layer(file("e", 5)),
    ),
}


def as_printed(content: ImageContent) -> tuple[str, int, str]:
    numbers = dive_numbers(content)
    return (
        f"{100 * numbers.dive_efficiency:.4f}",
        numbers.dive_wasted_bytes,
        f"{100 * numbers.dive_user_wasted_percent:.4f}",
    )


def test_a_file_written_twice() -> None:
    numbers = dive_numbers(image(layer(file("a", 10), file("b", 1)), layer(file("a", 6))))
    assert numbers.dive_wasted_bytes == 16
    assert numbers.dive_efficiency == pytest.approx(7 / 17)
    assert numbers.dive_user_wasted_percent == pytest.approx(16 / 6)


def test_a_deleted_folder_costs_its_content_again() -> None:
    numbers = dive_numbers(
        image(layer(directory("d"), file("d/a", 10)), layer(whiteout("d"), file("b", 5)))
    )
    assert numbers.dive_wasted_bytes == 0
    assert numbers.dive_efficiency == 1.0


def test_without_layers_or_bytes_all_is_well() -> None:
    for content in (image(), image(layer()), image(layer(), layer())):
        assert as_printed(content) == ("100.0000", 0, "0.0000")


@pytest.mark.parametrize("case", CASES)
def test_the_real_dive_says_the_same(case: str, tmp_path: Path) -> None:
    assert as_printed(CASES[case]) == without_nan(numbers_of(save(CASES[case], tmp_path / "i.tar")))


def without_nan(printed: tuple[str, int, str]) -> tuple[str, int, str]:
    """dive divides by the bytes above the first layer even when there are none."""
    efficiency, wasted, percent = printed
    return efficiency, wasted, percent.replace("NaN", "0.0000")


PATHS = st.lists(st.sampled_from(["a", "b", "-c"]), min_size=1, max_size=3).map("/".join)
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(file, PATHS, st.integers(1, 99)),
    st.builds(directory, PATHS),
    st.builds(symlink, PATHS, PATHS),
    st.builds(lambda path, to: link(path, to=to), PATHS, PATHS),
    st.builds(device, PATHS, st.sampled_from(["1:3", "7:9"])),
    st.builds(whiteout, PATHS),
    st.builds(opaque, PATHS),
)
IMAGES = st.lists(
    st.lists(ENTRIES, max_size=8).map(lambda entries: layer(*entries)), min_size=1, max_size=4
).map(lambda layers: image(*layers, layer(file("last", 1000))))


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(IMAGES)
def test_the_real_dive_says_the_same_of_any_image(tmp_path: Path, content: ImageContent) -> None:
    assert as_printed(content) == numbers_of(save(content, tmp_path / "image.tar"))
