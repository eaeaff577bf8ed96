"""Cache mounts of a Dockerfile: whether there are any, whose they are, how to keep them warm."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document
from runner.dockerfile.reads import Mount, mount_of, mounts_of
from runner.dockerfile.spans import Replacement

OWN = "dockbench-"
"""How the ids of our cache mounts begin."""

NONCE_FILE = "dockbench-nonce"

_MOUNT = re.compile(r"--mount=\S+")


def has_cache_mounts(document: Document) -> bool:
    """Whether any RUN has a cache mount."""
    return any(x.is_cache for item in document.runs() for x in mounts_of(document, item))


def with_own_ids(document: Document) -> Document:
    """The document with ids of our own on all cache mounts.

    By default an id is the mount's target, which all builds of an engine share, and a build that is
    told to use no cache empties every mount of its ids: those of whoever else uses the engine.
    """
    replacements = [
        Replacement(match.start(), match.end(), _owned(match[0], mount))
        for item in document.runs()
        for match in _MOUNT.finditer(document.text, item.start, item.body)
        if (mount := mount_of(match[0])) is not None and mount.is_cache
    ]
    return document.edited(replacements)


def with_nonce(document: Document, nonce: str) -> tuple[str, dict[str, str]]:
    """The text of a Dockerfile none of whose steps can come from the cache, and the file that its
    context needs for it: each stage begins by copying it."""
    line = f"{document.newline}COPY {NONCE_FILE} /{NONCE_FILE}"
    heads = [stage.head.end for stage in document.stages]
    text = document.edited([Replacement(end, end, line) for end in heads]).text
    return text, {NONCE_FILE: nonce}


def _owned(text: str, mount: Mount) -> str:
    """One `--mount=type=cache,…` with an id of ours."""
    name = mount.options.get("id") or mount.target
    if name.startswith(OWN):
        return text
    options = text.removeprefix("--mount=").split(",")
    kept = [option for option in options if option.partition("=")[0] != "id"]
    own = OWN + re.sub(r"[^A-Za-z0-9_.$-]+", "-", name).strip("-")
    return f"--mount={kept[0]},id={own}," + ",".join(kept[1:]) if kept[1:] else text
