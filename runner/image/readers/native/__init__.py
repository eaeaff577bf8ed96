"""What takes the readers' time, compiled: looking at every file of a layer's folder, and at every
header of a layer's tarball.

Built when dockbench is installed (`build.py`), where there is a compiler; elsewhere the readers do
the same in Python, which takes three to five times as long. What is not plain they do in any case.
"""

from __future__ import annotations

__all__ = ["COMPILED", "folders", "tarballs"]

import sys

VERSION = 1
"""Of what the modules offer: those of an earlier checkout may still lie here."""

try:
    from runner.image.readers.native import folders, tarballs

    COMPILED = (
        folders.VERSION == tarballs.VERSION == VERSION and sys.getfilesystemencoding() == "utf-8"
    )
except ImportError:
    COMPILED = False
"""Whether these modules were built, for this version, and take names as Python does here."""
