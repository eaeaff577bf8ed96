"""PATH without the current directory, which may be a repository that somebody found."""

from __future__ import annotations

import os


def absolute_only(path: str) -> str:
    """A PATH without its relative entries; an empty entry is the current directory, too."""
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if entry.startswith("/"))
