"""Whether a stand-in can be made on this machine: some are made from a file of an archive that not
every machine reaches."""

from __future__ import annotations

import functools
import urllib.error
import urllib.request
from http.client import HTTPException

from runner.engine.bases.images import find_image
from runner.engine.port import Engine
from runner.engine.standins.on_others import fetched_from
from runner.engine.standins.references import standin_for
from runner.engine.standins.ubuntu_archive import ubuntu_archive
from runner.model import labels

_TIMEOUT_S = 5.0


def can_be_made(reference: str, engine: Engine) -> bool:
    """Whether the stand-in for a reference is on the engine, or what it is made from answers; also
    for a reference that has none."""
    target = standin_for(reference)
    path = fetched_from(target)
    if not path or find_image(engine, labels.standin_tag(target)) is not None:
        return True
    archive = ubuntu_archive()
    return bool(archive) and answers(f"{archive}/{path}")


@functools.cache
def answers(url: str) -> bool:
    """Whether a file can be had there."""
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S):
            return True
    except (urllib.error.URLError, HTTPException, OSError):
        return False
