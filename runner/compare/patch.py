"""What an improvement changes, as a patch that can be applied in the project's directory."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator


def patch_text(path: str, old: str, new: str) -> str:
    """A unified diff of one file, for `patch -p0`; empty where nothing changes, and from /dev/null
    where there is no such file yet."""
    return "".join(_lines(path if old else "/dev/null", path, old, new))


def _lines(before: str, after: str, old: str, new: str) -> Iterator[str]:
    for line in difflib.unified_diff(_cut(old), _cut(new), before, after):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _cut(text: str) -> list[str]:
    """Its lines as patch sees them: only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
