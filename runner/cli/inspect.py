"""`dockbench inspect IMAGE`: what is inside an image, what is wasted, and what to change."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

from runner.analysis.amounts import parse_count
from runner.cli import images
from runner.cli.arguments import add_command
from runner.cli.image_names import SOURCE
from runner.model.errors import ConfigError

if TYPE_CHECKING:
    from runner.analysis.file_tree import Folder

ABOUT = "say what is inside an image, what of it is wasted, and what to change"
WHOLE = "all"
EXAMPLES = """\
examples:
  dockbench inspect app:latest                      a report in the terminal
  dockbench inspect app.tar --json - | jq .image    the same for programs
  dockbench inspect app:latest --base python:3.11-slim
  dockbench inspect app:latest --tree               the files of the whole image
  dockbench inspect app:latest --tree 4             what layer 4 adds, changes and removes
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `inspect` to the list of commands."""
    parser = add_command(commands, "inspect", ABOUT, EXAMPLES)
    parser.add_argument("image", metavar="IMAGE|ARCHIVE|OCI_DIR", nargs="?", help=SOURCE)
    parser.add_argument(
        "--json", metavar="FILE|-", help="write the findings as JSON; - prints nothing but JSON"
    )
    parser.add_argument("--top", metavar="N", default="10", help="rows of each list (default: 10)")
    parser.add_argument(
        "--tree",
        metavar="LAYER",
        nargs="?",
        const=WHOLE,
        help="the files instead: of the whole image, or what one layer (a number) does; with"
        " --json next to the other findings",
    )
    parser.add_argument(
        "--depth", metavar="N", default="3", help="directories that --tree opens (default: 3)"
    )
    parser.add_argument(
        "--duplicates",
        action="store_true",
        help="also find content that is there twice (files from 16 KiB on)",
    )
    parser.add_argument(
        "--dive", action="store_true", help="also the three numbers that dive prints"
    )
    images.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Examine the image and show it; 0. Raises `ImageError`, `EngineError`, `ConfigError`."""
    source, tree = asked(arguments)
    top = parse_count("--top", arguments.top)
    depth = parse_count("--depth", arguments.depth)
    with images.Images(arguments) as reader:
        found = reader.examine(source, arguments.duplicates, top, arguments.dive)
    shown = None if tree is None else chosen_tree(found, layer_index(tree, found))
    if arguments.json:
        images.write_result(arguments.json, as_json(found, shown, depth))
    if arguments.json == "-":
        return 0
    from runner.cli.console import results

    if shown is None:
        from runner.report.inspect.terminal import print_report

        print_report(found.document, results(), top)
    else:
        from runner.report.inspect.trees import print_tree

        print_tree(shown.root, results(), shown.title, top, depth)
    return 0


def asked(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """The image and what --tree is to show; `--tree IMAGE` means the whole of that image."""
    image, tree = arguments.image, arguments.tree
    if image is None and tree not in (None, WHOLE) and not tree.isdigit():
        image, tree = tree, WHOLE
    if image is None:
        raise ConfigError(f"no image was named: `dockbench inspect IMAGE`, where IMAGE is {SOURCE}")
    return image, tree


def layer_index(tree: str, found: images.Examined) -> int | None:
    """The layer that --tree names by its number or the beginning of its diff_id; None for all.

    Raises `ConfigError` naming what there is.
    """
    if tree == WHOLE:
        return None
    layers = found.image.layers
    if tree.isascii() and tree.isdigit() and len(tree) < 6 and int(tree) < len(layers):
        return int(tree)
    digest = tree.removeprefix("sha256:")
    matching = [
        place
        for place, layer in enumerate(layers)
        if len(digest) >= 6 and layer.diff_id.removeprefix("sha256:").startswith(digest)
    ]
    if len(matching) != 1:
        raise ConfigError(
            f"--tree {tree!r} is not a layer: write a number from 0 to {len(layers) - 1}, the"
            " beginning of a diff_id, or nothing for the whole image"
        )
    return matching[0]


class Tree(NamedTuple):
    """What --tree shows."""

    root: Folder
    layer: int | None
    against: str
    title: str


def chosen_tree(found: images.Examined, layer: int | None) -> Tree:
    """The files of the whole image, or of one layer, and what they are compared with."""
    from runner.analysis.file_tree import layer_tree, whole_tree
    from runner.report.text import with_platform

    facts = found.document.image
    name = with_platform(facts.name, facts.platform)
    if layer is None:
        based = any(one.is_base for one in found.document.layers)
        against = facts.base if based else "layer 0"
        remark = f"its base {against}" if based else f"{against}, as no base is known"
        return Tree(
            whole_tree(found.image, found.base_layers), None, against, f"{name} against {remark}"
        )
    against = "the layers below" if layer else "nothing"
    wrote = found.document.layers[layer].created_by
    title = f"{name}, layer {layer} against {against}" + (f": {wrote}" if wrote else "")
    return Tree(layer_tree(found.image, layer), layer, against, title)


def as_json(found: images.Examined, tree: Tree | None, depth: int) -> str:
    """The findings, and the tree as one more of them if it was asked for."""
    from runner.model.documents import to_json

    if tree is None:
        return to_json(found.document)
    from msgspec.structs import asdict

    from runner.analysis.tree_document import tree_document

    listed = tree_document(tree.root, tree.layer, tree.against, depth)
    return to_json({**asdict(found.document), "tree": listed})
