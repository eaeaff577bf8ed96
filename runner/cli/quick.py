"""A quick start and a quick end for commands that read images: what they do is short."""

from __future__ import annotations

import gc
import os
import sys
from types import ModuleType

READING = ("inspect", "check", "compare-images")
"""The commands; they leave nothing behind that Python's end would have to put in order."""

SWITCH_S = 0.0005
"""How long a thread that wants Python's lock waits before it is given up: those that digest need it
for microseconds, now and then, and would wait five milliseconds for it each time."""

_SYSTEM = os.uname().sysname if hasattr(os, "uname") else "Windows"
_TYPING, _PLATFORM = "typing_extensions", "platform"


def begin() -> None:
    """Before anything else is imported: no search for cycles in what is only just made, and msgspec
    without two modules that it has no use for. It prefers typing_extensions where that is
    installed, although Python 3.11 has all that it takes from there; and `uuid`, which it brings,
    asks the module `platform` for a name that is known (Python 3.11; later ones do not ask)."""
    gc.disable()
    sys.setswitchinterval(SWITCH_S)
    if _TYPING in sys.modules or _PLATFORM in sys.modules:
        return
    sys.modules[_TYPING] = None  # type: ignore[assignment]  # Python's way to hide a module
    sys.modules[_PLATFORM] = known = ModuleType(_PLATFORM)
    known.system = lambda: _SYSTEM  # type: ignore[attr-defined]
    try:
        import msgspec  # noqa: F401 - only imported
    finally:
        del sys.modules[_TYPING], sys.modules[_PLATFORM]


def end(exit_code: int) -> None:
    """End the process without freeing hundreds of thousands of objects one by one; returns where
    something was not written, so that Python tells it."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(exit_code)
