"""Which names in a directory tree are further names of a file that was met before."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field


@dataclass
class HardLinks:
    """The files with several names that were met in one walk."""

    _names: dict[tuple[int, int], str] = field(default_factory=dict)

    def earlier_name(self, status: os.stat_result, name: str) -> str | None:
        """The name under which a regular file was met before; None if `name` is its first."""
        if status.st_nlink < 2 or not stat.S_ISREG(status.st_mode):
            return None
        first = self._names.setdefault((status.st_dev, status.st_ino), name)
        return None if first == name else first
