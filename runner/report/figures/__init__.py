"""One module per figure; `style` and `bars` hold what they share.

matplotlib is loaded here, before any of them: on its own it would read a `matplotlibrc` of the
current directory, which may be that of a repository that somebody found.
"""

from __future__ import annotations

import os
from typing import Any

_SETTINGS = "matplotlibrc"


def _load_matplotlib() -> None:
    """Load it as if nothing of that name were here: it asks `os.path.exists`."""
    os_path: Any = os.path
    exists = os_path.exists
    os_path.exists = lambda path: path != _SETTINGS and exists(path)
    try:
        import matplotlib  # noqa: F401 - its settings are read by this
    finally:
        os_path.exists = exists


_load_matplotlib()
