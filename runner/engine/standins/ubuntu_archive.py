"""Where Ubuntu has its packages and their sources, as mmdebstrap, which makes the stand-ins, has it
for that distribution."""

from __future__ import annotations

import functools
import re

from runner.engine.standins.build_context import find_mmdebstrap
from runner.model.errors import BaseError
from runner.model.progress import Silent

_MIRROR = re.compile(r"^\s*\$mirror\s*=\s*'(https?://[\w.-]+/ubuntu)';", re.MULTILINE)


@functools.cache
def ubuntu_archive() -> str:
    """Its address; empty where that program cannot be had or says none."""
    try:
        program = find_mmdebstrap(Silent())
        return address_in(program.read_text(errors="replace"))
    except (BaseError, OSError):
        return ""


def address_in(program: str) -> str:
    """The address in the text of the program; empty for none."""
    match = _MIRROR.search(program)
    return match[1] if match else ""
