"""What a Dockerfile names of the directory that it is built from, and whether it is there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType

from runner.detect.assignments import pairs
from runner.detect.instructions import expanded, instructions
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.reads import read_in_context
from runner.oci.platforms import of_this_machine

_RUNNING = frozenset(("RUN", "CMD", "ENTRYPOINT"))
_FILE = re.compile(r"(?<![\w./-])\w[\w./-]*\.(?:py|js|mjs|ts|txt|toml|sh)\b")
_READS = {"npm|yarn|pnpm": "package.json", "go (?:build|mod|install)": "go.mod"}
"""Programs → what they read in the working directory."""


def named_then(text: str) -> list[str]:
    """The files that RUN, CMD and ENTRYPOINT name, or that a package manager reads."""
    try:
        document = Document(text)
    except DockerfileError:
        return []
    run = " ".join(document.value(x) for x in document.instructions if x.keyword in _RUNNING)
    read = [file for program, file in _READS.items() if re.search(rf"\b{program}\b", run)]
    return list(dict.fromkeys([*_FILE.findall(run), *read]))


def copied(text: str) -> Iterator[str]:
    """What the COPY and ADD instructions of a Dockerfile name in the context, with the values that
    it gives its own variables; what holds others is left out."""
    try:
        words = list(copied_words(Document(text)))
    except DockerfileError:
        return
    if any("$" in word for word in words):
        values = _values(text)
        words = [expanded(word, values) for word in words]
    yield from (word for word in words if "://" not in word and "$" not in word)


def _platform() -> dict[str, str]:
    """The arguments that a builder gives of the platform that it builds for: this machine's."""
    system, _, architecture = of_this_machine().partition("/")
    return {
        "TARGETPLATFORM": f"{system}/{architecture}",
        "TARGETOS": system,
        "TARGETARCH": architecture,
    }


def _values(text: str) -> dict[str, str]:
    """What ARG and ENV set in any stage, less names to which they give several values."""
    values: dict[str, str] = {}
    several: set[str] = set()
    for item in instructions(text):
        if item.keyword in ("ARG", "ENV"):
            found = pairs(item, values)
            several |= {name for name, x in found.items() if values.get(name, x) != x}
            values |= found
    return {name: value for name, value in values.items() if name not in several}


def absent(
    text: str, has: Callable[[str], bool], args: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The first that a Dockerfile copies or mounts and its context does not have, with the values
    of its variables: what is built elsewhere before. Patterns may find nothing, and of a variable
    without a value only what is before it is looked for. Empty where all is there."""
    try:
        document = Document(text)
        words = [x for item in document.instructions for x in read_in_context(document, item)]
    except DockerfileError:
        return ""  # the builder will say what is wrong with it
    values = {**_platform(), **_values(text), **args}
    for word in (expanded(word, values) for word in words):
        wanted = posixpath.dirname(word[: word.index("$")]) if "$" in word else word
        known = "://" in word or "git@" in word or any(sign in wanted for sign in "*?[")
        if not known and wanted.strip("/.") and not has(wanted.lstrip("/")):
            return word
    return ""


def copied_words(document: Document, stages: Collection[int] | None = None) -> Iterator[str]:
    """What the COPY and ADD instructions of a Dockerfile, or of these stages of it, name in its
    context; of a here-document nothing."""
    for item in document.instructions:
        if item.keyword in ("COPY", "ADD") and (stages is None or item.stage in stages):
            yield from read_in_context(document, item)


def exists(name: str, folder: str, paths: Sequence[str]) -> bool:
    """Whether a name or pattern of a COPY finds something below a directory of the project."""
    head = "" if folder == "." else f"{folder}/"
    wanted = posixpath.normpath(name.lstrip("/"))
    if wanted == ".":
        return True
    if any(sign in wanted for sign in "*?["):
        parts = wanted.split("/")
        below = (path.removeprefix(head).split("/") for path in paths if path.startswith(head))
        return any(len(x) >= len(parts) and all(map(fnmatchcase, x, parts)) for x in below)
    full = f"{head}{wanted}"
    return any(path == full or path.startswith(f"{full}/") for path in paths)
