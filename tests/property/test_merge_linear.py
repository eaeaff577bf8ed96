"""Time per file does not grow with the number of files, however they are deleted: of reading a
tarball, of the merge, and of each thing that is found out afterwards."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from math import isqrt
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from runner.analysis.file_tree import layer_tree, whole_tree
from runner.analysis.image_diff import image_diff
from runner.image.content_comparison import in_question
from runner.image.contents.caches import caches
from runner.image.contents.duplicates import candidates, duplicates
from runner.image.contents.folders import largest_folders
from runner.image.contents.hints import Findings, hints
from runner.image.contents.largest import largest_files
from runner.image.contents.live import live_root
from runner.image.contents.packages import ownership
from runner.image.dive import dive_numbers
from runner.image.merge import merge
from runner.image.waste import waste_of, wasted_by_layer
from runner.model.anatomy import LayerFacts
from runner.model.entries import Entry, EntryKind, ImageContent, Limits
from runner.oci.budget import Budget
from runner.oci.headers import BLOCK
from runner.oci.tape import PIECE_BYTES, StreamTape
from runner.oci.tarball import scan
from runner.report.inspect.grouped import grouped_waste
from tests.unit.anatomies import document
from tests.unit.images import directory, file, image, layer, link, opaque, whiteout

FEW, MANY = 1_000, 100_000
IMAGES = 30
"""Of few files."""
GROWTH = 2.0
"""Of all steps together, 1.0 to 1.4 where nothing disturbs; a square would cost a hundredfold."""

STEP_GROWTH = 4.0
"""Of one step: a dictionary of a hundred thousand names is slower than one of a thousand, which
costs the steps that do little else up to 2.5."""

TRIES = 5
"""Runs of which each step's fastest counts: a busy machine makes one slow, not all."""

SMALL_S = 2e-8
"""Of each file: what takes less is not measured, it is noise."""

Made = TypeVar("Made")


def spread(count: int, folder: str = "d") -> list[Entry]:
    """Files in folders of a hundred."""
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
    """Seconds of the processor for each of some steps, all images together."""

    def __init__(self) -> None:
        self.took_s: dict[str, float] = {}

    def __call__(self, name: str, step: Callable[[], Made]) -> Made:
        started = time.process_time()
        made = step()
        took_s = time.process_time() - started
        self.took_s[name] = self.took_s.get(name, 0.0) + took_s
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


def tarball(count: int) -> bytes:
    """A layer: whiteouts, a quarter of files, and a quarter of second names of these."""
    members: list[bytes] = []
    for number in range(count // 4):
        name = b"d/%d/%d" % (number // 100, number)
        members += header(name, size=1), bytes(BLOCK), header(b"%s.again" % name, b"1", name)
        members += header(b"e/.wh.%d" % number), header(b"f/%d/.wh.%d" % (number // 100, number))
    return b"".join(members) + bytes(2 * BLOCK)


def header(name: bytes, kind: bytes = b"0", target: bytes = b"", size: int = 0) -> bytes:
    """A member's header; the tarfile module needs ten times as long for one."""
    fields = b"%-8s%-8s%-8s%011o %-12s" % (b"0000644", b"0000000", b"0000000", size, b"00000000000")
    ending = kind + target.ljust(100, b"\0") + b"ustar\x0000"
    checksum = sum(name) + sum(fields) + sum(ending) + sum(b" " * 8)
    start = name.ljust(100, b"\0") + fields + b"%06o\0 " % checksum + ending
    return start.ljust(BLOCK, b"\0")


def read_as_stream(content: bytes, timed: Steps) -> None:
    """What comes in pieces, as from an engine or a packed archive."""
    pieces = (content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES))
    entries = timed("scan", lambda: scan(StreamTape(pieces), Budget(Limits())))
    assert sum(entry.kind is EntryKind.whiteout for entry in entries) == len(entries) // 2


Make = Callable[[int], Any]
"""An image, or a layer's tarball, of so many files."""

Work = Callable[[Any, Steps], None]


def spent(images: list[Any], files: int, work: Work, before: dict[str, float]) -> dict[str, float]:
    """Seconds for each step and file, all images together; what took less `before` counts."""
    steps = Steps()
    for one in images:
        work(one, steps)
    for_a_file = {name: took_s / files for name, took_s in steps.took_s.items()}
    return {name: min(took_s, before.get(name, took_s)) for name, took_s in for_a_file.items()}


def slower(few: dict[str, float], many: dict[str, float]) -> dict[str, float]:
    """By how much time has grown, where that is more than it may."""
    grown = {name: took_s / max(few[name], SMALL_S) for name, took_s in many.items()}
    found = {name: growth for name, growth in grown.items() if growth >= STEP_GROWTH}
    together = sum(many.values()) / sum(few.values())
    return found if together < GROWTH else {"everything": together, **found}


@pytest.fixture
def _nothing_collected() -> Iterator[None]:
    """The garbage collector would look through all images again and again."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_nothing_collected")
@pytest.mark.parametrize(
    ("make", "work"),
    [
        *(
            (make, inspected)
            for make in (one_by_one, at_once, opaque_and_again, linked, nested, installed)
        ),
        (one_by_one, compared),
        (tarball, read_as_stream),
    ],
)
def test_a_hundred_thousand_files_take_no_longer_each_than_a_thousand(
    make: Make, work: Work
) -> None:
    """Of many images of a thousand files, so that they do not fit the processor's caches either."""
    images, image_of_many = [make(FEW) for _ in range(IMAGES)], [make(MANY)]
    few: dict[str, float] = {}
    many: dict[str, float] = {}
    for _ in range(TRIES):
        few = spent(images, FEW * IMAGES, work, few)
        many = spent(image_of_many, MANY, work, many)
        if not slower(few, many):
            return
    assert slower(few, many) == {}
