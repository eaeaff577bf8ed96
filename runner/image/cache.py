"""Sizes of layers that were measured before, one small file per layer and compressor; what layers
waste that lie on each other, and which files are live in them, two for each such stack."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from runner.engine.files import write_atomically
from runner.image.compress import Compressor, best
from runner.image.live_files import LiveFiles, packed, unpacked
from runner.model.paths import CachePaths


class LayerSize(Struct, frozen=True):
    """What one layer holds, whatever lies above or below it."""

    unpacked_bytes: int
    """Bytes of the regular files in it, hard-linked content once."""
    compressed_bytes: int
    """Bytes of its tarball, compressed."""
    files: int
    """Everything in it but directories and whiteouts."""
    secrets: tuple[str, ...]
    """Paths of files that usually hold secrets."""


class LayerCache:
    """Remembers sizes by diff_id; a cache that cannot be written only costs time."""

    def __init__(self, paths: CachePaths, compressor: Compressor | None = None) -> None:
        self._compressor = compressor
        self._folder = paths.layers
        self._known: dict[str, LayerSize] = {}

    @cached_property
    def compressor(self) -> Compressor:
        """What makes the sizes; only looked for where there are any, or are to be."""
        return self._compressor or best()

    @cached_property
    def _suffix(self) -> str:
        return re.sub(r"[^\w.]+", "-", self.compressor.name)

    @cached_property
    def _measured(self) -> set[str]:
        """Digests of the layers that were measured before with some compressor."""
        with contextlib.suppress(OSError):
            return {path.name.partition("-")[0] for path in self._folder.iterdir()}
        return set()

    def get(self, diff_id: str) -> LayerSize | None:
        """The layer's size, if it was measured with this compressor; a damaged file is no file."""
        if diff_id not in self._known and diff_id.removeprefix("sha256:") in self._measured:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                data = self._path(diff_id).read_bytes()
                self._known[diff_id] = msgspec.json.decode(data, type=LayerSize)
        return self._known.get(diff_id)

    def put(self, diff_id: str, size: LayerSize) -> None:
        """Keep a layer's size."""
        self._known[diff_id] = size
        self._write(self._path(diff_id), msgspec.json.encode(size))

    def wasted_bytes(self, diff_ids: Sequence[str]) -> int | None:
        """What these layers waste on each other, if that was found out before."""
        with contextlib.suppress(OSError, ValueError):
            return int(self._stack(diff_ids, "wasted").read_text())
        return None

    def put_wasted_bytes(self, diff_ids: Sequence[str], wasted_bytes: int) -> None:
        """Keep what layers waste on each other."""
        self._write(self._stack(diff_ids, "wasted"), str(wasted_bytes).encode())

    def live_files(self, diff_ids: Sequence[str]) -> LiveFiles | None:
        """What is live in these layers, if they were merged before."""
        with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError):
            return unpacked(self._stack(diff_ids, "files").read_bytes())
        return None

    def put_live_files(self, diff_ids: Sequence[str], files: LiveFiles) -> None:
        """Keep what is live in layers."""
        self._write(self._stack(diff_ids, "files"), packed(files))

    def diff_id_of(self, name: str) -> str | None:
        """The diff_id of the layer that an export called by this digest."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return self._alias(name).read_text().strip() or None
        return None

    def remember(self, name: str, diff_id: str) -> None:
        """Keep what an export calls a layer."""
        if f"sha256:{name}" != diff_id:
            self._write(self._alias(name), diff_id.encode())

    def _path(self, diff_id: str) -> Path:
        return self._folder / f"{diff_id.removeprefix('sha256:')}-{self._suffix}.json"

    def _stack(self, diff_ids: Sequence[str], what: str) -> Path:
        import hashlib  # brings OpenSSL, which is seldom needed

        return self._folder / f"{hashlib.sha256(' '.join(diff_ids).encode()).hexdigest()}.{what}"

    def _alias(self, name: str) -> Path:
        return self._folder / f"{name}.diff_id"

    def _write(self, path: Path, data: bytes) -> None:
        with contextlib.suppress(OSError):
            write_atomically(path, data)
