"""Readers: an image's layers with all their entries, from whatever holds the image."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from runner.model.entries import ImageContent, KeepContent, Limits, keep_nothing
from runner.model.errors import ImageError
from runner.oci.budget import Budget
from runner.oci.choice import Choice
from runner.oci.content_selection import HashContents, Wanted
from runner.oci.damage import DamagedError
from runner.oci.digests import Digests
from runner.oci.reading import Copies, Reading

if TYPE_CHECKING:
    from runner.engine.image_store import ImageStore

__all__ = ["HashContents", "read_image", "reading_image"]

_Options = ParamSpec("_Options")


@contextmanager
def reading_image(
    source: str,
    *,
    keep: KeepContent = keep_nothing,
    hash_contents: HashContents = False,
    limits: Limits | None = None,
    platform: str | None = None,
    ref: str | None = None,
    ref_if_several: bool = False,
    attributes: bool = False,
    copies: Copies | None = None,
    connect: Callable[[], ImageStore] | None = None,
) -> Iterator[ImageContent]:
    """The image behind SOURCE: an existing tar file (what `docker save` writes or an OCI layout,
    also packed with gzip or zstandard) or directory (OCI layout), else a name on the engine.

    On an engine the overlay2 directories are read where this process can, else its export, as one
    stream. `platform` and `ref` (a name, a digest, `@0`) pick one of several; without them this
    machine's is taken, or the only one. With `ref_if_several`, `ref` says nothing of an archive
    that holds one image alone. With `attributes` an engine's directories are asked for those, too.
    `copies` says who gets the layers of an archive or an export as they pass by.

    The digests of an archive's layers are still being computed by threads while the block runs:
    what it does takes no time of its own in a large image. Whether they are right is known at the
    end of the block, which raises `ImageError` if not: use nothing of the image before.
    Raises `ImageError` with what is wrong and what to do, `EngineError` when no engine answers.
    """
    path = Path(source)
    choice = Choice(platform or "", ref or "", ref_if_several)
    wanted = Wanted(keep, hash_contents, attributes)
    with ExitStack() as stack:
        files = stack.enter_context(ExitStack())
        digests = stack.enter_context(Digests())
        reading = Reading(wanted, Budget(limits or Limits()), digests, copies=copies)
        if os.path.lexists(path):
            from runner.oci.on_disk import read_path  # only for archives and layouts

            with _told(source):
                image = read_path(path, reading, choice, files)
            image.name = image.name or path.name
        elif connect is None:
            raise ImageError(f"there is no file or directory {source}: give an archive or a layout")
        else:
            from runner.image.on_engine import read_from_engine  # only for engines

            image = read_from_engine(source, connect(), reading, choice)
        try:
            yield image
        finally:
            image.fingerprints_again = None
        with _told(source):
            reading.check()


def _at_once(
    reading: Callable[_Options, AbstractContextManager[ImageContent]],
) -> Callable[_Options, ImageContent]:
    def read(*arguments: _Options.args, **options: _Options.kwargs) -> ImageContent:
        with reading(*arguments, **options) as image:
            pass
        return image

    return read


read_image = _at_once(reading_image)
"""The image that `reading_image` gives, its digests checked."""


@contextmanager
def _told(source: str) -> Iterator[None]:
    """What is wrong with a file or a directory, with its name and what to do."""
    try:
        yield
    except DamagedError as error:
        raise ImageError(f"cannot read {source}: {error.told('save the image again')}") from error
    except OSError as error:
        raise ImageError(f"cannot read {source}: {error.strerror or error}") from error
