"""Images named on the command line: options to say which, and how they come to be read."""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from runner.cli.output import document, say
from runner.model.errors import ConfigError, ImageError

if TYPE_CHECKING:
    from runner.engine.connect import Preference
    from runner.engine.image_store import ImageStore
    from runner.engine.port import Engine
    from runner.image.cache import LayerCache
    from runner.image.tree import MergedTree
    from runner.model.anatomy import AnatomyDocument
    from runner.model.entries import ImageContent, KeepContent
    from runner.oci.reading import Copies

SOURCE = "an image on the engine, a docker-archive or OCI tarball, or an OCI layout's directory"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which platform, which base, which engine."""
    parser.add_argument(
        "--platform",
        metavar="OS/ARCH",
        help="which image of an archive or a layout that holds several",
    )
    parser.add_argument(
        "--ref",
        metavar="NAME|DIGEST|@N",
        help="which image of an archive or a layout: by tag, by digest, or @0 for the first",
    )
    parser.add_argument(
        "--base",
        metavar="IMAGE",
        help="the image that it was built on (default: the one that its labels lead to)",
    )
    parser.add_argument(
        "--compressed",
        action="store_true",
        help="compress layers whose compressed size is not known yet",
    )
    parser.add_argument(
        "--engine",
        choices=("auto", "existing", "embedded"),
        default="auto",
        help="which engine to ask (auto: the one that answers, else the embedded one)",
    )


def whole_number(key: str, text: str, lowest: int = 1) -> int:
    """A whole number from `lowest` up; raises `ConfigError` naming the key."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= lowest):
        raise ConfigError(f"{key} {text!r} is not a number: write a whole number from {lowest} up")
    return int(text)


class Examined(Struct, frozen=True):
    """An image with everything that was found out about it."""

    image: ImageContent
    tree: MergedTree
    document: AnatomyDocument

    @property
    def base_layers(self) -> int:
        """How many of the layers are the base's; the first one where no base was named."""
        return sum(layer.is_base for layer in self.document.layers) or 1


_NAME = re.compile(r"[a-z0-9][a-z0-9._/-]*[a-z0-9]")
"""An image's name without a tag; a path may begin with a dot or end with a slash instead."""
_LAYOUT_FILES = ("index.json", "oci-layout", "manifest.json", "repositories")


ON_ENGINE = ("overlay2", "export")
"""Readers of images that an engine has."""


class Images:
    """Reads the images of one command; an engine is looked for once, if any of them needs it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._prefer: Preference = options.engine
        self._platform: str | None = options.platform
        self._ref: str | None = getattr(options, "ref", None)
        self.attributes = False
        """Whether extended attributes are compared."""
        self._base: str | None = options.base
        self._compress: bool = options.compressed
        self._engine: Engine | None = None
        self._store: ImageStore | None = None

    def __enter__(self) -> Images:
        return self

    def __exit__(self, *_: object) -> None:
        if self._engine is not None:
            self._engine.close()

    def store(self) -> ImageStore:
        """The engine's images; raises `EngineError` where no engine can be used."""
        from runner.engine.docker.socket_images import find_socket

        if self._store is None:
            self._store = find_socket(self._prefer, note)
        if self._store is None:
            self._store = self.connect().images
        return self._store

    def connect(self) -> Engine:
        """The engine itself; raises `EngineError` where none can be used."""
        if self._engine is None:
            from runner.engine.connect import connect_to_read

            self._engine = connect_to_read(self._prefer, note)
        return self._engine

    def examine(
        self, source: str, duplicates: bool = False, top: int = 0, dive: bool = False
    ) -> Examined:
        """Read an image and find out about it; raises `ImageError` or `EngineError`.

        To find `duplicates`, files of equal size are read whole. `top` asks for more of the largest
        files and folders than are found anyway, `dive` for the three numbers that dive prints.
        """
        from runner.cli.waiting import Waiting
        from runner.oci.damage import LimitError

        with Waiting(f"reading {source}"):
            if not os.path.lexists(unambiguous(source)):
                self.store().begin(unambiguous(source))
            try:
                return self._examine(source, duplicates, top, dive)
            except LimitError as error:
                raise ImageError(f"cannot read {source}: {error.told('')}") from error

    def _examine(self, source: str, duplicates: bool, top: int, dive: bool) -> Examined:
        """Nothing is compressed before the digests are known to be right: the sizes are kept for
        later."""
        from runner.cli.named_base import base_of
        from runner.image.anatomy import TOP, anatomy
        from runner.image.cache import LayerCache
        from runner.image.contents import keep_for_contents
        from runner.image.read import reading_image
        from runner.model.paths import CachePaths

        with reading_image(
            unambiguous(source),
            keep=keep_for_contents,
            platform=self._platform,
            ref=self._ref,
            attributes=self.attributes,
            connect=self.store,
        ) as image:
            for text in image.notes:
                note(f"{source}: {text}")
            image, tree = self._merged(source, image, duplicates)
            base, base_diff_ids = base_of(self, source, image, self._base)
            sizes = LayerCache(CachePaths.default())
            known = any(sizes.get(layer.diff_id) for layer in image.layers)
            described = partial(
                anatomy,
                image,
                base_diff_ids,
                lambda diff_id: size.compressed_bytes if (size := sizes.get(diff_id)) else None,
                compressor=sizes.compressor.name if self._compress or known else "",
                base=base,
                top=max(top, TOP),
                tree=tree,
                with_dive=dive,
                with_duplicates=duplicates,
            )
            missing = self._to_compress(image, sizes)
            if not missing:
                return Examined(image, tree, described())
        self._compress_layers(source, sizes)
        return Examined(image, tree, described())

    def _merged(
        self, source: str, image: ImageContent, duplicates: bool
    ) -> tuple[ImageContent, MergedTree]:
        """The image merged; read again, with digests, where duplicates are asked for."""
        from runner.image.content_comparison import settle
        from runner.image.contents import keep_for_contents
        from runner.image.merge import merge

        tree = merge(image)
        if duplicates:
            from runner.image.contents.duplicates import worth_digesting

            image = self.read(source, keep_for_contents, worth_digesting(tree))
            tree = merge(image)
        settle(image, tree)
        return image, tree

    def read(
        self,
        source: str,
        keep: KeepContent | None = None,
        hash_contents: bool | Callable[[str, int], bool] = False,
        copies: Copies | None = None,
    ) -> ImageContent:
        """The layers of an image."""
        from runner.image.read import read_image
        from runner.model.entries import Limits, keep_nothing

        return read_image(
            unambiguous(source),
            keep=keep or keep_nothing,
            hash_contents=hash_contents,
            limits=Limits(),
            platform=self._platform,
            ref=self._ref,
            attributes=self.attributes,
            copies=copies,
            connect=self.store,
        )

    def _to_compress(self, image: ImageContent, sizes: LayerCache) -> set[str]:
        """diff_ids of the layers to compress now: those never compressed, if that was asked for."""
        if not self._compress:
            return set()
        stored_plain = [layer.diff_id for layer in image.layers if layer.compressed_bytes is None]
        return {diff_id for diff_id in stored_plain if sizes.get(diff_id) is None}

    def _compress_layers(self, source: str, sizes: LayerCache) -> None:
        from runner.image.compress import Threads
        from runner.image.sizes import Sizing, measure

        if not Path(unambiguous(source)).exists():
            measure(self.connect(), unambiguous(source), (), sizes)
            return
        with Threads() as threads:
            self.read(source, copies=Sizing(sizes, threads, plain_only=True))


_PATH = re.compile(r"^[.~]{0,2}/|/$|\.(?:tar|tgz|gz|zst|xz|bz2|oci)$")
"""What is meant as a file or a directory: no image is called so."""


def _near(path: Path) -> str:
    """An archive next to it whose name is nearly the same; empty for none."""
    if "." not in path.name:
        return ""
    try:
        names = [item.name for item in path.parent.iterdir() if _PATH.search(item.name)]
    except OSError:
        return ""
    found = difflib.get_close_matches(path.name, names, 1, 0.85)
    return str(path.parent / found[0]) if found else ""


def unambiguous(source: str) -> str:
    """`app` is an image where the folder `app` beside it is no layout: `app:latest`.

    Raises `ImageError` for what can only be a file or a directory, and is not there.
    """
    if not source.strip():
        raise ConfigError(f"the image's name is empty: name {SOURCE}")
    folder = Path(source)
    if not os.path.lexists(folder):
        near = _near(folder)
        if near or _PATH.search(source):
            then = f"did you mean {near}?" if near else "name an archive, a layout or an image"
            raise ImageError(f"no file or directory {source}: {then}")
    layout = any((folder / name).exists() for name in _LAYOUT_FILES)
    if _NAME.fullmatch(source) and folder.is_dir() and not layout:
        return f"{source}:latest"
    return source


def note(text: str) -> None:
    """One line that the user should see, beside the results."""
    say(text)


def write_result(given: str, text: str) -> None:
    """To stdout if `-` was given, else to that file in one step; raises `StoreError`."""
    if given == "-":
        document(text)
    else:
        from runner.store.atomic import write_text

        write_text(Path(given), text)
