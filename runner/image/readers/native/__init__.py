"""What takes the readers' time, compiled: looking at every file of a layer's folder, and at every
header of a layer's tarball.

Built when dockbench is installed (`build.py`), where there is a compiler; elsewhere the readers do
the same in Python, which takes three to five times as long. What is not plain they do in any case.
"""

from __future__ import annotations

__all__ = ["COMPILED", "folders", "tarballs"]

try:
    from runner.image.readers.native import folders, tarballs

    COMPILED = True
except ImportError:
    COMPILED = False
"""Whether these modules were built."""
