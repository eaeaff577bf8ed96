"""Readers: an image's layers with all their entries, from whatever holds the image."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

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


def read_image(
    source: str,
    *,
    keep: KeepContent = keep_nothing,
    hash_contents: HashContents = False,
    limits: Limits | None = None,
    platform: str | None = None,
    ref: str | None = None,
    attributes: bool = False,
    copies: Copies | None = None,
    connect: Callable[[], ImageStore] | None = None,
) -> ImageContent:
    """The image behind SOURCE: an existing tar file (what `docker save` writes or an OCI layout,
    also packed with gzip or zstandard) or folder (OCI layout), else a name on the engine.

    On an engine the overlay2 folders are read where this process can, else its export, as one
    stream. `platform` and `ref` (a name, a digest, `@0`) pick one of several; without them this
    machine's is taken, or the only one. With `attributes` an engine's directories are asked for
    those, too.
    `copies` says who gets the layers of an archive or an export as they pass by.
    Raises `ImageError` with what is wrong and what to do, `EngineError` when no engine answers.
    """
    with reading_image(
        source,
        keep=keep,
        hash_contents=hash_contents,
        limits=limits,
        platform=platform,
        ref=ref,
        attributes=attributes,
        copies=copies,
        connect=connect,
    ) as image:
        pass
    return image


@contextmanager
def reading_image(
    source: str,
    *,
    keep: KeepContent = keep_nothing,
    hash_contents: HashContents = False,
    limits: Limits | None = None,
    platform: str | None = None,
    ref: str | None = None,
    attributes: bool = False,
    copies: Copies | None = None,
    connect: Callable[[], ImageStore] | None = None,
) -> Iterator[ImageContent]:
    """The same while the digests of an archive's layers are still being summed up by threads: what
    the block does takes no time of its own in a large image. Whether they are right is known at
    the end of the block, which raises `ImageError` if not: use nothing of the image before.
    """
    path = Path(source)
    choice = Choice(platform or "", ref or "")
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


@contextmanager
def _told(source: str) -> Iterator[None]:
    """What is wrong with a file or a folder, with its name and what to do."""
    try:
        yield
    except DamagedError as error:
        raise ImageError(f"cannot read {source}: {error.told('save the image again')}") from error
    except OSError as error:
        raise ImageError(f"cannot read {source}: {error.strerror or error}") from error
