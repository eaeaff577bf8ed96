"""A quick start and a quick end for commands that read images: what they do is short."""

from __future__ import annotations

import gc
import os
import sys

READING = ("inspect", "check", "compare-images")
"""The commands; they leave nothing behind that Python's end would have to put in order."""

_TYPING = "typing_extensions"


def begin() -> None:
    """Before anything else is imported: no search for cycles in what is only just made, and msgspec
    without typing_extensions, which it prefers where it is installed although Python 3.11 has all
    that it takes from there."""
    gc.disable()
    if _TYPING not in sys.modules:
        sys.modules[_TYPING] = None  # type: ignore[assignment]  # Python's way to hide a module
        try:
            import msgspec  # noqa: F401 - only imported
        finally:
            del sys.modules[_TYPING]


def end(exit_code: int) -> None:
    """End the process without freeing hundreds of thousands of objects one by one; returns where
    something was not written, so that Python tells it."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(exit_code)
