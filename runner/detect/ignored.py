"""What of a service a usual .dockerignore would leave out though its sources need it.

`**/docs`, `**/tests` and `**/*.md` are what hardly any service reads; here a source says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from runner.detect.listing import Listing
from runner.recipe.in_build.unneeded import Needs

FOLDERS = ("docs", "tests")
TEXTS = ".md"
_MOST = 100
_MENTIONED = re.compile(rf"{'|'.join(FOLDERS)}|{re.escape(TEXTS)}")
"""What a source that needs one of them has in its text."""
_PLAIN = re.compile(r"[\w./ -]+")
_SOURCES = "src/"


def taken_back(service: Listing) -> Iterator[tuple[str, str]]:
    """A path that has to be sent, and the source that needs it."""
    folders = sorted({folder for path in service.paths for folder in _left_out(path)})
    needs = Needs()
    texts = ""
    for path, text in service.texts.items():
        if path.endswith(".py") and _MENTIONED.search(text) and not _left_out(path):
            package = ".".join(PurePosixPath(path.removeprefix(_SOURCES)).parent.parts)
            needs.take(text, path, package)
            if not texts and re.search(rf"{re.escape(TEXTS)}[\"']", text):
                texts = path
    found = [
        (folder, who)
        for folder in folders
        if (who := needs.get(folder.removeprefix(_SOURCES).replace("/", "."), ""))
    ]
    if texts:
        found += [(path, texts) for path in service.paths if path.endswith(TEXTS)]
    return ((path, who) for path, who in found[:_MOST] if _PLAIN.fullmatch(path))


def _left_out(path: str) -> list[str]:
    """The folders of a path that a usual .dockerignore leaves out, the uppermost first."""
    parts = path.split("/")
    return [
        "/".join(parts[: place + 1]) for place, name in enumerate(parts[:-1]) if name in FOLDERS
    ][:1]
