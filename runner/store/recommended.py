"""The files of a recommendation, replaced as a whole: what an earlier one wrote goes, nothing else.

A manifest in the results directory holds the name and digest of each file that was written. A file
that somebody has edited since, or put there himself, stays.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping

import msgspec

from runner.model.errors import StoreError
from runner.model.paths import ResultPaths
from runner.store.atomic import write_bytes, write_text
from runner.store.directories import open_directory


def replace_files(results: ResultPaths, texts: Mapping[str, str]) -> None:
    """Write `recommended/` (name → text), and remove what is left of an earlier one.

    Raises `StoreError` where it cannot be written.
    """
    contents = {name: text.encode(errors="surrogateescape") for name, text in texts.items()}
    for name, content in contents.items():
        write_bytes(results.recommended / name, content, results.root)
    for name, digest in _manifest(results).items():
        if name not in contents:
            _remove(results, name, digest)
    digests = {name: _digest(content) for name, content in contents.items()}
    write_text(
        results.recommended_manifest, f"{msgspec.json.encode(digests).decode()}\n", results.root
    )


def _manifest(results: ResultPaths) -> dict[str, str]:
    """What an earlier recommendation wrote; empty where nothing says so."""
    path = results.recommended_manifest
    try:
        with open_directory(path.parent, results.root) as directory:
            return msgspec.json.decode(directory.read(path.name), type=dict[str, str])
    except (OSError, StoreError, msgspec.MsgspecError):
        return {}


def _remove(results: ResultPaths, name: str, digest: str) -> None:
    """Remove a file of ours that is as we wrote it."""
    path = results.recommended / name
    with (
        contextlib.suppress(OSError, StoreError, ValueError),
        open_directory(path.parent, results.root) as directory,
    ):
        if path.name == name.rpartition("/")[2] and _digest(directory.read(path.name)) == digest:
            directory.remove(path.name)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
