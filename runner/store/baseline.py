"""What an image is compared with: an anatomy on disk, whole or only its totals."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from runner.model.anatomy import SCHEMA, AnatomyDocument, ImageFacts, Package
from runner.model.documents import from_json, to_json
from runner.model.errors import StoreError
from runner.store.atomic import write_text

_WAY_OUT = "write one with `dockbench check --write-baseline` or `dockbench inspect --json`"

LARGEST_BYTES = 256 << 20
"""A larger file is no baseline."""


@dataclass(frozen=True)
class Measured:
    """One image, as it was."""

    image: ImageFacts
    packages: tuple[Package, ...] = ()


@dataclass(frozen=True)
class Baseline:
    """The part of `inspect --json` that a comparison needs; other keys are ignored."""

    image: ImageFacts
    schema: int
    packages: tuple[Package, ...] = ()
    others: tuple[Measured, ...] = ()
    """The same image for other platforms."""

    def on(self, platform: str) -> Measured:
        """The image for a platform; the first where none is for it, or none was asked for.

        Raises `StoreError` if there are several and none is for it.
        """
        every = (Measured(self.image, self.packages), *self.others)
        fitting = [one for one in every if one.image.platform == platform]
        if platform and len(every) > 1 and not fitting:
            known = ", ".join(one.image.platform for one in every)
            raise StoreError(f"the baseline is for {known}, not for {platform}: {_WAY_OUT}")
        return (fitting or every)[0]


def baseline_of(documents: Sequence[AnatomyDocument]) -> Baseline:
    """These images, one for each platform, as a baseline: totals and packages."""
    first, *others = documents
    return Baseline(
        first.image,
        SCHEMA,
        first.packages,
        tuple(Measured(other.image, other.packages) for other in others),
    )


def read_baseline(path: Path) -> Baseline:
    """Read what `write_baseline` or `inspect --json` wrote; raises `StoreError` naming the file."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise StoreError(f"{path} is not a regular file: {_WAY_OUT}")
        if status.st_size > LARGEST_BYTES:
            raise StoreError(f"{path}: too large for a baseline: {_WAY_OUT}")
        baseline = from_json(path.read_bytes(), Baseline)
    except OSError as error:
        raise StoreError(f"cannot read the baseline {path} ({error.strerror}): {_WAY_OUT}") from (
            error
        )
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path} is not a baseline ({error}): {_WAY_OUT}") from error
    if baseline.schema != SCHEMA:
        raise StoreError(
            f"{path}: schema {baseline.schema} is not known, this dockbench reads {SCHEMA}:"
            f" {_WAY_OUT}"
        )
    images = [baseline.image, *(other.image for other in baseline.others)]
    sizes = [(one.stored_bytes, one.live_bytes, one.wasted_bytes) for one in images]
    if min(map(min, sizes)) < 0:
        raise StoreError(f"{path}: negative sizes: {_WAY_OUT}")
    return baseline


def write_baseline(path: Path, documents: Sequence[AnatomyDocument]) -> None:
    """Keep the totals and the packages of an image: small enough to commit. Raises `StoreError`."""
    write_text(path, to_json(baseline_of(documents)))
