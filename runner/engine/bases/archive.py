"""Base images from a file: a docker archive, an OCI archive, or a root file system's tarball."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from runner.engine.bases.images import (
    BASE,
    describe_base,
    engine_errors,
    find_image,
    load_image,
)
from runner.engine.defaults import moving_timeout_s
from runner.engine.port import BaseProvider, Engine
from runner.engine.standins.references import familiar
from runner.model import labels
from runner.model.engine import BaseImage
from runner.model.entries import Limits
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.progress import Progress
from runner.model.text import one_line
from runner.oci.archive import FileArchive
from runner.oci.budget import Budget
from runner.oci.content_selection import Wanted
from runner.oci.damage import DamagedError
from runner.oci.digests import Digests
from runner.oci.docker_archive import MANIFEST
from runner.oci.layout import INDEX
from runner.oci.reading import Reading
from runner.oci.stored_image import StoredImage, stored_images

CHUNK_BYTES = 1 << 20
_LOAD_BYTES_PER_S = 80e6
_PACKED: Mapping[bytes, Any] = {b"\x1f\x8b": gzip, b"BZh": bz2, b"\xfd7zXZ\x00": lzma}
"""First bytes → the module whose `open` unpacks it."""
_ROOT_FOLDERS = ("bin", "usr", "etc", "lib")
_DAMAGED = (tarfile.TarError, EOFError, lzma.LZMAError, ValueError, OSError)


class Archive:
    """Loads base images from tarballs, each checked against its digest first."""

    def provide(self, base: Base, engine: Engine, progress: Progress) -> BaseImage:
        """The image in `base.archive`, loaded under a tag of ours; raises `BaseError`."""
        path = _file_of(base)
        progress.begin(f"base {path.name}", path.stat().st_size / _LOAD_BYTES_PER_S)
        try:
            digest = checked_digest(path, base.sha256, progress)
            tag = f"{labels.REPOSITORY}/archive:{digest.partition(':')[2][:16]}"
            progress.detail("loading")
            load_archive(engine, path, tag, base.image)
        finally:
            progress.end()
        return describe_base(engine, tag, Provider.archive, f"from {path.name}", digest)


def checked_digest(path: Path, expected: str, progress: Progress) -> str:
    """`sha256:…` of the file; raises `BaseError` if another one was expected."""
    progress.detail("computing its digest")
    hashed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                hashed.update(chunk)
    except OSError as error:
        raise BaseError(f"base.archive={path} cannot be read: {error.strerror}") from error
    found = hashed.hexdigest()
    if expected and expected.removeprefix("sha256:").lower() != found:
        raise BaseError(
            f"base.archive={path} has the SHA-256 {found}, and base.sha256 says "
            f"{expected.removeprefix('sha256:')}: nothing was loaded; get the file anew"
        )
    return f"sha256:{found}"


def load_archive(engine: Engine, path: Path, tag: str, reference: str) -> None:
    """Have the image in the tarball on the engine, whatever kind it is.

    Raises `BaseError` if there is none, or one that was saved under other names than this
    reference: that holds for one that was loaded before, too.
    """
    is_present = find_image(engine, tag) is not None
    with engine_errors("asking the engine for its architecture"):
        machine = str(engine.system().get("Architecture") or "")
    try:
        with tarfile.open(path) as archive:
            names = {name.removeprefix("./") for name in archive.getnames()}
        if names & {MANIFEST, INDEX}:
            with _opened(path) as archive:
                image = only_image(stored_images(archive, machine), path, reference)
                if not is_present:
                    load_image(engine, image, tag)
            return
    except DamagedError as error:
        raise BaseError(f"base.archive={path}: {error.told('save the image again')}") from error
    except _DAMAGED as error:
        raise BaseError(f"base.archive={path} is not a readable tarball: {error}") from error
    is_rootfs = any(name.partition("/")[0] in _ROOT_FOLDERS for name in names)
    if not is_rootfs:
        raise BaseError(
            f"base.archive={path} is neither a docker archive nor an OCI archive nor the tarball "
            "of a root file system: make one with `docker save` or `docker export`"
        )
    if not is_present:
        _import_rootfs(engine, path, tag)


@contextmanager
def _opened(path: Path) -> Iterator[FileArchive]:
    """The archive's files; one that is packed is unpacked to a temporary file for that."""
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(path.open("rb"))
        head = file.read(6)
        for magic, module in _PACKED.items():
            if head.startswith(magic):
                plain = stack.enter_context(TemporaryFile())
                shutil.copyfileobj(stack.enter_context(module.open(path)), plain)
                file = plain
        size = file.seek(0, os.SEEK_END)
        reading = Reading(Wanted(), Budget(Limits()), stack.enter_context(Digests()))
        yield FileArchive(file.fileno(), size, reading)


def _file_of(base: Base) -> Path:
    if not base.archive:
        raise BaseError("base.provider=archive needs base.archive: the path of a tarball")
    path = Path(base.archive).expanduser()
    if not path.is_file():
        raise BaseError(f"base.archive={path}: there is no such file")
    return path


def only_image(images: Sequence[StoredImage], path: Path, reference: str) -> StoredImage:
    """The archive's image for this machine, which may have no name but no other name than this;
    raises `BaseError`."""
    names = [name for image in images for name in image.names]
    wanted = familiar(reference.partition("@")[0])
    if names and wanted not in map(familiar, names):
        raise BaseError(
            f"base.archive={path} holds {one_line(', '.join(names))} and not"
            f" base.image={reference}: give the name of its image as base.image"
        )
    if not images:
        raise BaseError(f"base.archive={path} holds no image for this machine: save one for it")
    if any(image.compressed_with_zstd for image in images):
        raise BaseError(
            f"base.archive={path}: its layers are compressed with zstd, which not every engine"
            " reads: write it again with gzip or uncompressed"
        )
    if len(images) > 1:
        raise BaseError(
            f"base.archive={path} holds {len(images)} images for this machine: save one alone"
        )
    return images[0].labelled({labels.OWNER: BASE})


def _import_rootfs(engine: Engine, path: Path, tag: str) -> None:
    repository, _, name = tag.partition(":")
    changes = [f"LABEL {labels.OWNER}={BASE}", f"CMD {json.dumps(['sh'])}"]
    limit_s = moving_timeout_s(path.stat().st_size)
    with engine_errors(f"importing {path}"), engine.patient(limit_s):
        engine.images.import_root(path, repository, name, changes)


def _proof(provider: Archive) -> BaseProvider:
    return provider
