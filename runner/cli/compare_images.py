"""`dockbench compare-images A B …`: what differs between images, by content and not by layer."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from runner.analysis.amounts import parse_count
from runner.cli import images
from runner.cli.arguments import add_command
from runner.cli.image_names import SOURCE
from runner.model.errors import ConfigError

if TYPE_CHECKING:
    from runner.image.tree import MergedTree

ABOUT = "say what other images add, remove and change against a first one, in bytes"
EXAMPLES = """\
examples:
  dockbench compare-images app:1.0 app:1.1
  dockbench compare-images app:full app:slim app:alpine --top 5
  dockbench compare-images before.tar after.tar --json -
  dockbench compare-images both.tar both.tar --ref app:1.0 --ref app:1.1
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `compare-images` to the list of commands."""
    parser = add_command(commands, "compare-images", ABOUT, EXAMPLES)
    parser.add_argument("images", metavar="IMAGE", nargs="+", help=SOURCE)
    parser.add_argument(
        "--json", metavar="FILE|-", help="write the differences as JSON; - prints nothing but JSON"
    )
    parser.add_argument(
        "--top", metavar="N", default="10", help="rows of each list in the terminal (default: 10)"
    )
    images.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare each image with the first; 0. Raises `ImageError`, `EngineError`, `ConfigError`."""
    from runner.analysis.image_diff import image_diff

    top = parse_count("--top", arguments.top)
    if len(arguments.images) < 2:
        raise ConfigError("one image is nothing to compare: name a second one")
    first, *others = arguments.images
    with images.Images(arguments) as reader:
        reader.attributes = True
        before = reader.examine(first)
        diffs = []
        for place, other in enumerate(others, 1):
            after = reader.examine(other, place=place)
            trees = hashed(reader, (first, before), (other, after), place)
            diffs.append(
                image_diff((before.document, trees[0]), (after.document, trees[1]), max(top, 100))
            )
    if arguments.json:
        from runner.model.anatomy import SCHEMA
        from runner.model.documents import to_json

        images.write_result(arguments.json, to_json({"schema": SCHEMA, "comparisons": diffs}))
    if arguments.json != "-":
        from runner.cli.console import results
        from runner.report.inspect.diff import print_diff

        console = results()
        for place, diff in enumerate(diffs):
            if place:
                console.print()
            print_diff(diff, console, top, (first, others[place]))
    return 0


def hashed(
    reader: images.Images,
    before: tuple[str, images.Examined],
    after: tuple[str, images.Examined],
    place: int,
) -> tuple[MergedTree, MergedTree]:
    """Both roots, with the digests of those files that only their content can tell apart.

    Files of a layer that both images have are the same, and so is no file of another size: what
    is left is read once more, and the package databases with it.
    """
    from runner.analysis.file_tree import doubtful
    from runner.cli.waiting import Waiting
    from runner.image.contents import keep_for_contents
    from runner.image.merge import merge

    (first, old), (second, new) = before, after
    paths = doubtful(old.tree, new.tree)
    if not paths:
        return old.tree, new.tree
    with Waiting(f"comparing {len(paths):,} files of {first} and {second}"):
        read = partial(
            reader.read,
            keep=keep_for_contents,
            hash_contents=lambda path, _size: path in paths,
        )
        return merge(read(first)), merge(read(second, place=place))
