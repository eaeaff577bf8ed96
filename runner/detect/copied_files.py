"""Which file of the build context lies at a path of an image: a COPY may give it another name, as
with `COPY docker/entrypoint.sh /entrypoint`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator

from runner.detect.dockerfile import Dockerfile
from runner.detect.instructions import expanded
from runner.dockerfile.reads import words_of_copy

_ELSEWHERE = re.compile(r"--(?:from|parents|exclude)\b")
_PATTERN = re.compile(r"[*?\[]|://|<<")


def source_of(dockerfile: Dockerfile, path: str, files: Collection[str]) -> str:
    """Which of the files of the context the last COPY or ADD put at this path of the image; a name
    without a directory may lie in any that is searched. Empty for what came from elsewhere."""
    is_name = "/" not in path
    wanted = path if is_name else posixpath.normpath(posixpath.join(dockerfile.workdir, path))
    found = ""
    for source, target in _copied(dockerfile):
        if wanted == (posixpath.basename(target) if is_name else target):
            known = source
        elif not is_name and wanted.startswith(f"{target.rstrip('/')}/"):
            known = posixpath.normpath(posixpath.join(source, posixpath.relpath(wanted, target)))
        else:
            continue
        found = known if known in files else found
    return found


def _copied(dockerfile: Dockerfile) -> Iterator[tuple[str, str]]:
    """Each source of a COPY or ADD from the context and where it lies then, in order: a file as
    well as a directory, as nothing says which it is."""
    place = "/"
    for item in dockerfile.final:
        value = expanded(item.value, dockerfile.environment)
        if item.keyword == "WORKDIR":
            place = posixpath.normpath(posixpath.join(place, value.strip("\"'")))
        if item.keyword not in ("COPY", "ADD") or _ELSEWHERE.search(value):
            continue
        *sources, target = words_of_copy(value) or [""]
        into = len(sources) > 1 or target.endswith(("/", "."))
        target = posixpath.normpath(posixpath.join(place, target))
        for source in sources:
            if _PATTERN.search(source):
                continue
            below = posixpath.normpath(source.lstrip("/") or ".")
            yield below, target
            if into:
                yield below, posixpath.join(target, posixpath.basename(below))
