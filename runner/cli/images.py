"""Images named on the command line: options to say which, and how they come to be read."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from runner.cli.image_names import is_no_layout, unambiguous
from runner.cli.output import document, say
from runner.model.errors import ConfigError, EngineError, ImageError

if TYPE_CHECKING:
    from runner.engine.connect import Preference
    from runner.engine.image_store import ImageStore
    from runner.engine.port import Engine
    from runner.image.cache import LayerCache
    from runner.image.tree import MergedTree
    from runner.model.anatomy import AnatomyDocument
    from runner.model.entries import ImageContent, KeepContent
    from runner.oci.reading import Copies


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
        action="append",
        help="which image of an archive or a layout: by tag, by digest, or @0 for the first; where"
        " images are compared, once for all or once for each",
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


class Examined(Struct, frozen=True):
    """An image with everything that was found out about it."""

    image: ImageContent
    tree: MergedTree
    document: AnatomyDocument

    @property
    def base_layers(self) -> int:
        """How many of the layers are the base's; the first one where no base was named."""
        return sum(layer.is_base for layer in self.document.layers) or 1


OTHER = 1_000
"""Index of an image that is named by an option: a base, a baseline."""

ON_ENGINE = ("overlay2", "export")
"""Readers of images that an engine has."""


def _no_layout(source: str) -> str:
    """What is added where a directory of an image's name lies here."""
    is_directory = is_no_layout(source)
    return f"; the directory {source} here is not an OCI layout" if is_directory else ""


class Images:
    """Reads the images of one command; an engine is looked for once, if any of them needs it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._prefer: Preference = options.engine
        self._platform: str | None = options.platform
        self._refs: list[str] = getattr(options, "ref", None) or []
        compared = len(getattr(options, "images", ("",)))
        self._several = compared > 1
        """Whether images are compared: then one `--ref` counts for each that is one of several in
        its archive, and more than one for the images in their order."""
        if len(self._refs) not in (0, 1, compared):
            raise ConfigError(
                f"--ref is given {len(self._refs)} times for {compared}"
                f" image{'s' * (compared > 1)}: give it once, or once for each image in their order"
            )
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
        self,
        source: str,
        duplicates: bool = False,
        top: int = 0,
        dive: bool = False,
        place: int = 0,
    ) -> Examined:
        """Read an image and find out about it; raises `ImageError` or `EngineError`.

        To find `duplicates`, files of equal size are read whole. `top` asks for more of the largest
        files and folders than are found anyway, `dive` for the three numbers that dive prints.
        `place` is the image's index on the command line.
        """
        from runner.cli.waiting import Waiting
        from runner.oci.damage import LimitError

        with Waiting(f"reading {source}"):
            try:
                if not os.path.lexists(unambiguous(source)):
                    self.store().begin(unambiguous(source))
                return self._examine(source, duplicates, top, dive, place)
            except LimitError as error:
                raise ImageError(f"cannot read {source}: {error.told('')}") from error
            except ImageError as error:
                if not is_no_layout(source):
                    raise
                raise ImageError(f"{error}{_no_layout(source)}") from error
            except EngineError as error:
                if self._store is not None:
                    raise
                raise EngineError(f"{source}: {error}{_no_layout(source)}") from error

    def _examine(self, source: str, duplicates: bool, top: int, dive: bool, place: int) -> Examined:
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
            ref=self._ref(place),
            ref_if_several=self._several or place > 0,
            attributes=self.attributes,
            connect=self.store,
        ) as image:
            for text in image.notes:
                note(f"{source}: {text}")
            image, tree = self._merged(source, image, duplicates, place)
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
        self._compress_layers(source, sizes, place)
        return Examined(image, tree, described())

    def _merged(
        self, source: str, image: ImageContent, duplicates: bool, place: int
    ) -> tuple[ImageContent, MergedTree]:
        """The image merged; read again, with digests, where duplicates are asked for."""
        from runner.image.content_comparison import settle
        from runner.image.contents import keep_for_contents
        from runner.image.merge import merge

        tree = merge(image)
        if duplicates:
            from runner.image.contents.duplicates import worth_digesting

            image = self.read(source, keep_for_contents, worth_digesting(tree), place=place)
            tree = merge(image)
        settle(image, tree)
        return image, tree

    def read(
        self,
        source: str,
        keep: KeepContent | None = None,
        hash_contents: bool | Callable[[str, int], bool] = False,
        copies: Copies | None = None,
        place: int = 0,
    ) -> ImageContent:
        """The layers of the image with this index on the command line."""
        from runner.image.read import read_image
        from runner.model.entries import Limits, keep_nothing

        return read_image(
            unambiguous(source),
            keep=keep or keep_nothing,
            hash_contents=hash_contents,
            limits=Limits(),
            platform=self._platform,
            ref=self._ref(place),
            ref_if_several=self._several or place > 0,
            attributes=self.attributes,
            copies=copies,
            connect=self.store,
        )

    def _ref(self, place: int) -> str | None:
        """What `--ref` says of the image with this index."""
        if len(self._refs) > 1:
            return self._refs[place] if place < len(self._refs) else None
        return self._refs[0] if self._refs else None

    def _to_compress(self, image: ImageContent, sizes: LayerCache) -> set[str]:
        """diff_ids of the layers to compress now: those never compressed, if that was asked for."""
        if not self._compress:
            return set()
        stored_plain = [layer.diff_id for layer in image.layers if layer.compressed_bytes is None]
        return {diff_id for diff_id in stored_plain if sizes.get(diff_id) is None}

    def _compress_layers(self, source: str, sizes: LayerCache, place: int) -> None:
        from runner.image.compress import Threads
        from runner.image.sizes import Sizing, measure

        if not Path(unambiguous(source)).exists():
            measure(self.connect(), unambiguous(source), (), sizes)
            return
        with Threads() as threads:
            self.read(source, copies=Sizing(sizes, threads, plain_only=True), place=place)


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
