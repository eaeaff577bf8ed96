"""What an image is compared with: an anatomy on disk, whole or only its totals."""

from __future__ import annotations

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
class Baseline:
    """The part of `inspect --json` that a comparison needs; other keys are ignored."""

    image: ImageFacts
    schema: int
    packages: tuple[Package, ...] = ()


def read_baseline(path: Path) -> Baseline:
    """Read what `write_baseline` or `inspect --json` wrote; raises `StoreError` naming the file."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise StoreError(f"{path}: too large for a baseline: {_WAY_OUT}")
        baseline = from_json(path.read_bytes(), Baseline)
    except OSError as error:
        raise StoreError(f"cannot read the baseline {path} ({error.strerror}): {_WAY_OUT}") from (
            error
        )
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path} is no baseline ({error}): {_WAY_OUT}") from error
    if baseline.schema != SCHEMA:
        raise StoreError(
            f"{path}: schema {baseline.schema} is not known, this dockbench reads {SCHEMA}:"
            f" {_WAY_OUT}"
        )
    sizes = (baseline.image.stored_bytes, baseline.image.live_bytes, baseline.image.wasted_bytes)
    if min(sizes) < 0:
        raise StoreError(f"{path}: negative sizes: {_WAY_OUT}")
    return baseline


def write_baseline(path: Path, document: AnatomyDocument) -> None:
    """The totals and the packages of an anatomy: small enough to commit. Raises `StoreError`."""
    write_text(path, to_json(Baseline(document.image, document.schema, document.packages)))
