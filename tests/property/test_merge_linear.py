"""Time per file does not grow with the number of files, however they are deleted: of the merge, and
of each thing that is found out afterwards."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from functools import cache
from math import isqrt
from typing import TypeVar

import pytest
from msgspec.structs import replace

from runner.analysis.file_tree import layer_tree, whole_tree
from runner.analysis.image_diff import image_diff
from runner.image.contents.caches import caches
from runner.image.contents.duplicates import candidates, duplicates
from runner.image.contents.folders import largest_folders
from runner.image.contents.hints import Findings, hints
from runner.image.contents.largest import largest_files
from runner.image.contents.live import live_root
from runner.image.contents.packages import ownership
from runner.image.dive import dive_numbers
from runner.image.merge import merge
from runner.image.settled import in_question
from runner.image.waste import waste_of, wasted_by_layer
from runner.model.anatomy import LayerFacts
from runner.model.entries import Entry, ImageContent
from runner.report.inspect.grouped import grouped_waste
from tests.unit.anatomies import document
from tests.unit.images import directory, file, image, layer, link, opaque, whiteout

FEW, MANY = 1_000, 100_000
GROWTH = 5.0
"""What caches of the processor and sorting may cost; a square would cost a
hundredfold."""

TRIES = 3
"""Runs of which the fastest counts: a busy machine makes one slow, not all."""

SMALL_S = 2e-8
"""Of each file: what takes less is not measured, it is noise."""

Made = TypeVar("Made")


@cache
def spread(count: int, folder: str = "d") -> list[Entry]:
    """Files in folders of a hundred, made once for all images: entries are never changed."""
    return [
        file(f"{folder}/{number // 100}/{number}", 20_000, digest=str(number // 2))
        for number in range(count)
    ]


def one_by_one(count: int) -> ImageContent:
    return image(
        layer(directory("d"), *spread(count)),
        layer(*(whiteout(f"d/{number // 100}/{number}") for number in range(count))),
    )


def at_once(count: int) -> ImageContent:
    return image(layer(directory("d"), *spread(count)), layer(whiteout("d")))


def opaque_and_again(count: int) -> ImageContent:
    return image(layer(*spread(count)), layer(*spread(count), opaque("d")))


def linked(count: int) -> ImageContent:
    links = (link(f"e/{number}", to=f"d/{number // 100}/{number}") for number in range(count))
    return image(layer(*spread(count), *links), layer(whiteout("d")), layer(whiteout("e")))


def nested(count: int) -> ImageContent:
    """A chain of folders, deeper with more files, with a whiteout on every level."""
    folders = ["/".join("d" * depth) for depth in range(1, isqrt(count) // 3)]
    return image(
        layer(*map(directory, folders), *spread(count, folders[-1])),
        layer(*map(whiteout, folders)),
        layer(file("last", 1)),
    )


def installed(count: int) -> ImageContent:
    """A third in one system package, a third in Python distributions, a third in a cache."""
    site = "usr/lib/python3/site-packages"
    system = spread(count // 3, "usr/share")
    python = spread(count // 3, site)
    listed = "".join(f"/{entry.path}\n" for entry in system).encode()
    records = [
        file(
            f"{site}/p{place}-1.dist-info/RECORD",
            content="".join(
                f"{entry.path.removeprefix(site + '/')},,\n" for entry in python[place : place + 50]
            ).encode(),
        )
        for place in range(0, len(python), 50)
    ]
    return image(
        layer(file("var/lib/dpkg/info/all.list", content=listed), *system),
        layer(*python, *records),
        layer(*spread(count // 3, "root/.cache/pip")),
        layer(*(replace(entry, mode=0o755) for entry in system), whiteout(f"{site}/0")),
    )


class Steps:
    """Seconds of the processor for each of some steps."""

    def __init__(self) -> None:
        self.took_s: dict[str, float] = {}

    def __call__(self, name: str, step: Callable[[], Made]) -> Made:
        started = time.process_time()
        made = step()
        self.took_s[name] = time.process_time() - started
        return made


def inspected(content: ImageContent, timed: Steps) -> None:
    """What `inspect` does with an image."""
    tree = timed("merge", lambda: merge(content))
    waste = timed("waste", lambda: waste_of(content, tree))
    assert tree.live_bytes == tree.stored_bytes - sum(found.bytes for found in waste)
    timed("waste by layer", lambda: wasted_by_layer(waste, len(content.layers)))
    timed("grouped waste", lambda: grouped_waste(waste))
    root = timed("live root", lambda: live_root(tree))
    owned = timed("ownership", lambda: ownership(root))
    left = timed("caches", lambda: caches(root, [""] * len(content.layers), {}))
    timed("candidates", lambda: candidates(tree))
    timed("in question", lambda: in_question(tree))
    copies = timed("duplicates", lambda: duplicates(root))
    timed("largest files", lambda: largest_files(root, 20))
    timed("largest folders", lambda: largest_folders(root, 20))
    layers = [
        LayerFacts(layer.diff_id, layer.created_by, 0, None, 0, is_base=False)
        for layer in content.layers
    ]
    timed("hints", lambda: hints(Findings(layers, waste, left, copies, owned, root)))
    timed("dive", lambda: dive_numbers(content))


def compared(content: ImageContent, timed: Steps) -> None:
    """What `inspect --tree` and `compare-images` do with an image."""
    timed("tree of a layer", lambda: layer_tree(content, len(content.layers) - 1))
    timed("whole tree", lambda: whole_tree(content, 1))
    below = merge(replace(content, layers=content.layers[:1]))
    tree, facts = merge(content), document()
    timed("diff", lambda: image_diff((facts, below), (facts, tree), 20))


Work = Callable[[ImageContent, Steps], None]


def for_a_file(content: ImageContent, count: int, work: Work) -> dict[str, float]:
    """Seconds for each step and file."""
    steps = Steps()
    gc.collect()
    gc.disable()
    work(content, steps)
    gc.enable()
    return {name: took_s / count for name, took_s in steps.took_s.items()}


def fastest(runs: Iterable[dict[str, float]]) -> dict[str, float]:
    """The least of each step."""
    steps: dict[str, float] = {}
    for run in runs:
        steps = {name: min(took_s, steps.get(name, took_s)) for name, took_s in run.items()}
    return steps


def both(make: Callable[[int], ImageContent]) -> tuple[ImageContent, ImageContent]:
    """The image with few files and that with many, out of the sight of the garbage collector: else
    each of its runs would look through them all."""
    gc.unfreeze()
    gc.disable()
    small, large = make(FEW), make(MANY)
    gc.freeze()
    gc.enable()
    return small, large


@pytest.mark.parametrize(
    ("make", "work"),
    [
        *(
            (make, inspected)
            for make in (one_by_one, at_once, opaque_and_again, linked, nested, installed)
        ),
        (one_by_one, compared),
    ],
)
def test_a_hundred_thousand_files_take_no_longer_each_than_a_thousand(
    make: Callable[[int], ImageContent], work: Work
) -> None:
    small, large = both(make)
    few = fastest(for_a_file(small, FEW, work) for _ in range(5))
    grown: dict[str, float] = {}
    many: dict[str, float] = {}
    for _ in range(TRIES):
        many = fastest(filter(None, (many, for_a_file(large, MANY, work))))
        grown = {name: took_s / max(few[name], SMALL_S) for name, took_s in many.items()}
        if max(grown.values()) < GROWTH:
            return
    assert {name: ratio for name, ratio in grown.items() if ratio >= GROWTH} == {}
