"""Which variants' packages the caching proxy has fetched before: an empty file for each of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from runner.model.paths import CachePaths


@dataclass(frozen=True)
class Warmed:
    """The variants that need no untimed build any more, whichever process made theirs."""

    folder: Path

    @classmethod
    def of(cls, cache: CachePaths) -> Warmed:
        """Those of the proxy whose cache this is."""
        return cls(cache.network / "warmed")

    def has(self, variant_id: str, base_digest: str) -> bool:
        """Whether what a variant on a base fetches was fetched before."""
        return self._mark(variant_id, base_digest).exists()

    def add(self, variant_id: str, base_digest: str) -> None:
        """Remember that; the next sweep need not fetch it again."""
        mark = self._mark(variant_id, base_digest)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()

    def _mark(self, variant_id: str, base_digest: str) -> Path:
        digest = hashlib.sha256(f"{variant_id} {base_digest}".encode()).hexdigest()
        return self.folder / digest[:24]
