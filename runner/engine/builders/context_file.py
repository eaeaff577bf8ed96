"""A build context that lies on disk as an uncompressed tarball."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from runner.model.engine import Context
from runner.model.errors import EngineError

_BLOCK_BYTES = 1 << 18


@dataclass(frozen=True)
class ContextFile:
    """A tarball that was written before."""

    path: Path

    def blocks(self) -> Generator[bytes]:
        """The file's bytes; raises `EngineError` if it cannot be read."""
        try:
            with self.path.open("rb", buffering=0) as file:
                while block := file.read(_BLOCK_BYTES):
                    yield block
        except OSError as error:
            raise EngineError(f"the build context cannot be read: {error}") from error


def _proof(context: ContextFile) -> Context:
    return context
