"""Base images from a file: a docker archive, an OCI archive, or a root file system's tarball."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from runner.engine.bases.images import (
    BASE,
    describe_base,
    engine_errors,
    find_image,
    load_image,
)
from runner.engine.bases.layout import (
    CHUNK_BYTES,
    StoredImage,
    docker_images,
    oci_images,
    tar_lookup,
)
from runner.engine.defaults import moving_timeout_s
from runner.engine.port import BaseProvider, Engine
from runner.engine.standins.references import familiar
from runner.model import labels
from runner.model.engine import BaseImage
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.progress import Progress
from runner.model.text import one_line

_LOAD_BYTES_PER_S = 80e6
_ROOT_FOLDERS = ("bin", "usr", "etc", "lib")
_DAMAGED = (tarfile.TarError, EOFError, KeyError, ValueError, OSError)


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
            find = tar_lookup(archive)
            images = docker_images(find) or oci_images(find, machine)
            if images:
                image = only_image(images, path, reference)
                if not is_present:
                    load_image(engine, image, tag)
                return
            is_rootfs = any(_top(name) in _ROOT_FOLDERS for name in archive.getnames())
    except _DAMAGED as error:
        raise BaseError(f"base.archive={path} is not a readable tarball: {error}") from error
    if not is_rootfs:
        raise BaseError(
            f"base.archive={path} is neither a docker archive nor an OCI archive nor the tarball "
            "of a root file system: make one with `docker save` or `docker export`"
        )
    if not is_present:
        _import_rootfs(engine, path, tag)


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


def _top(name: str) -> str:
    return name.removeprefix("./").partition("/")[0]


def _proof(provider: Archive) -> BaseProvider:
    return provider
