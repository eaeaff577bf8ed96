"""All that the commands do with an image, done to one input, and what must be true of any image."""

from __future__ import annotations

import io
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace
from rich.console import Console

from benchmarks.fuzz.damage import Damage, Input
from runner.analysis.budget import MaxGrowth, MaxSize, MaxWastePercent, Rule
from runner.analysis.file_tree import layer_tree, whole_tree
from runner.analysis.image_diff import ImageDiff, image_diff
from runner.analysis.tree_document import tree_document
from runner.image.anatomy import anatomy
from runner.image.cache import LayerCache
from runner.image.compress import Threads
from runner.image.content_comparison import settle
from runner.image.contents import keep_for_contents
from runner.image.contents.duplicates import candidates
from runner.image.merge import merge
from runner.image.read import read_image, reading_image
from runner.image.sizes import Sizing
from runner.image.tree import MergedTree
from runner.model.anatomy import AnatomyDocument
from runner.model.documents import from_json, to_json
from runner.model.entries import ImageContent, Limits
from runner.model.paths import CachePaths
from runner.report.inspect.check import CheckedImage, check_document, print_check
from runner.report.inspect.check_markdown import check_markdown
from runner.report.inspect.diff import print_diff
from runner.report.inspect.terminal import print_report
from runner.report.inspect.trees import print_tree
from runner.store.baseline import Measured
from tests.unit.cut_export import Cut

LIMITS = Limits(entries=20_000, layers=50, unpacked_bytes=256 << 20, ratio=100, json_bytes=1 << 20)


@dataclass(frozen=True)
class Look:
    """What is done with an image beyond what `inspect --json` does."""

    hash_contents: bool
    keep_others: bool
    """Keep contents that are no package database too."""
    print_reports: bool
    compress: bool
    platform: str | None
    pieces: tuple[int, ...] = ()
    """Lengths of the pieces in which an engine exports it; without any, the file is read."""

    @classmethod
    def drawn(cls, damage: Damage) -> Look:
        """Each of them now and then."""
        return cls(
            hash_contents=damage.chance(25),
            keep_others=damage.chance(10),
            print_reports=damage.chance(3),
            compress=damage.chance(5),
            platform="linux/amd64" if damage.chance(20) else None,
            pieces=damage.pieces() if damage.chance(20) else (),
        )


def write(found: Input, folder: Path) -> Path:
    """Put an input on disk, in place of the one before."""
    path = folder / "image"
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if isinstance(found, bytes):
        path.write_bytes(found)
        return path
    for name, content in found.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            place.write_bytes(content)
        elif isinstance(content, str):
            place.symlink_to(content)
        else:
            place.mkdir()
    return path


def look_at(path: Path, look: Look) -> None:
    """Read the image and find out all about it; raises `ImageError` for what it cannot read, and
    `AssertionError` for what cannot be true."""
    with _reading(path, look) as image:
        tree = merge(image)
        settle(image, tree)
        document = anatomy(image, tree=tree, with_dive=True, with_duplicates=look.hash_contents)
    check_sums(document, tree)
    assert from_json(to_json(document).encode(), AnatomyDocument) == document
    assert all(tree.entry_at(position).size_bytes for position in candidates(tree))
    diff = _compared(image, document, tree)
    if look.print_reports:
        print_all(image, document, diff)
    if look.compress:
        _compress(path, image, look.platform)


def _reading(path: Path, look: Look) -> AbstractContextManager[ImageContent]:
    exported = bool(look.pieces) and path.is_file()
    return reading_image(
        "exported" if exported else str(path),
        keep=keep_some if look.keep_others else keep_for_contents,
        hash_contents=look.hash_contents,
        limits=LIMITS,
        platform=look.platform,
        connect=(lambda: Cut(path.read_bytes(), look.pieces)) if exported else None,
    )


def keep_some(path: str, size_bytes: int) -> bool:
    """Keep package databases, and every second content."""
    return keep_for_contents(path, size_bytes) or (len(path) + size_bytes) % 2 == 0


def check_sums(document: AnatomyDocument, tree: MergedTree) -> None:
    """Every byte is accounted for once."""
    image = document.image
    assert 0 <= image.live_bytes <= image.stored_bytes
    assert image.stored_bytes == sum(layer.stored_bytes for layer in document.layers)
    assert image.wasted_bytes == sum(waste.bytes for waste in document.waste)
    assert image.wasted_bytes == sum(layer.wasted_bytes for layer in document.layers)
    owned_bytes = sum(package.bytes for package in document.packages)
    assert owned_bytes + document.unowned_bytes == image.live_bytes
    assert document.unowned_bytes == sum(part.bytes for part in document.unowned)
    assert image.live_bytes == sum(live.bytes for live in tree.live())


def _compared(image: ImageContent, document: AnatomyDocument, tree: MergedTree) -> ImageDiff:
    """The image against its first layer; against itself nothing may differ."""
    same = image_diff((document, tree), (document, tree), 20)
    assert not same.files
    assert not same.folders
    first = merge(replace(image, layers=image.layers[:1]))
    diff = image_diff((document, first), (document, tree), 20)
    totals = diff.totals
    grown_bytes = totals.added_bytes - totals.removed_bytes + totals.grown_bytes
    assert totals.before_bytes + grown_bytes == totals.after_bytes == document.image.live_bytes
    to_json(diff)
    return diff


def print_all(image: ImageContent, document: AnatomyDocument, diff: ImageDiff) -> None:
    """Every report for the terminal; nothing in it may steer the terminal."""
    stdout = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="replace", newline="")
    console = Console(file=stdout, width=100, highlight=False, markup=False, emoji=False)
    print_report(document, console, 10)
    rules: list[Rule] = [MaxSize("1kB"), MaxWastePercent("5"), MaxGrowth(document.image, "5")]
    baseline = Measured(document.image, document.packages[1:])
    outcomes = [rule.evaluate(document) for rule in rules]
    check = check_document(document, outcomes, baseline)
    print_check(check, console)
    check_markdown([CheckedImage(check, document)])
    print_diff(diff, console, 10)
    whole = whole_tree(image, 1)
    print_tree(whole, console, "title", 10, 3)
    to_json(tree_document(whole, None, "the base", 3))
    if image.layers:
        print_tree(layer_tree(image, len(image.layers) - 1), console, "title", 10, 3)
    stdout.seek(0)
    printed = stdout.read()
    assert printed
    steering = {letter for letter in printed if not letter.isprintable()} - {"\n"}
    assert not steering, f"printed as they are: {sorted(steering)}"


def _compress(path: Path, image: ImageContent, platform: str | None) -> None:
    cache = LayerCache(CachePaths(path.parent / "cache"))
    unknown = {layer.diff_id for layer in image.layers if layer.compressed_bytes is None}
    if unknown:
        with Threads() as threads:
            sizing = Sizing(cache, threads, plain_only=True)
            read_image(str(path), limits=LIMITS, platform=platform, copies=sizing)
