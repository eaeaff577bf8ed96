"""Files of variables that a Dockerfile copies and the repository does not have, as git ignores
them: in the copy that is built the project's example takes their place."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from runner.compare.compose import example_at
from runner.compare.copied_words import copied
from runner.detect.listing import Listing
from runner.detect.names import is_env_file
from runner.model.project import GeneratedPart, PartKind


def example_of(path: str, paths: Sequence[str], texts: Mapping[str, str]) -> str:
    """The example that stands for a file of variables which is not there; empty for any other file,
    and where there is none."""
    is_lacking = is_env_file(posixpath.basename(path)) and path not in paths
    return example_at(path, texts) if is_lacking else ""


def copied_examples(text: str, context: str, listing: Listing) -> dict[str, str]:
    """The file that a Dockerfile copies and the project lacks → the example for it."""
    found = {}
    for word in copied(text):
        path = posixpath.normpath(posixpath.join(context, word.lstrip("/")))
        if example := example_of(path, listing.paths, listing.texts):
            found[path] = example
    return found


def parts_of(examples: Mapping[str, str], listing: Listing) -> list[GeneratedPart]:
    """The files, for the copy of the project that is built."""
    return [
        GeneratedPart(PartKind.text, path, lines=listing.texts[example].rstrip("\n").split("\n"))
        for path, example in examples.items()
    ]
