"""Which instruction wrote which layer, in words that its author would recognise."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import json

from runner.model.redact import redacted

UNKNOWN = "(which instruction wrote it is not known: the history has more entries than layers)"
UNKNOWN_FEWER = (
    "(which instruction wrote it is not known: the history has fewer entries than layers)"
)
UNKNOWN_NONE = "(instruction not known: every history entry says that it has no layer)"
_LONGEST = 1 << 16
"""Characters of an instruction: every hint looks for words in it."""
_LOOKED_AT = 4 * _LONGEST
"""Characters of what an image says, before white space and secrets are taken out."""

_SHELL = r"(?:/bin/(?:ba|a|da)?sh(?: -[a-z]+)*? -c )"
_NOT_RUN = re.compile(rf"^{_SHELL}#\(nop\)\s*")
_ARGUMENTS = re.compile(rf"^(?:RUN )?\|\d+ .*?(?={_SHELL})", re.DOTALL)
_RUN_BY_SHELL = re.compile(rf"^(?:RUN )?{_SHELL}")
_BUILDAH_TAIL = re.compile(
    r"(?:\s*\|(?:force-mtime|timestamp|source-date-epoch|rewrite-timestamp|unset(?:Label|Annotation|env)"
    r"|inherit(?:Labels|Annotations))=[\w.:@/+-]*)+\s*$",
    re.IGNORECASE,
)
_BUILDKIT_TAIL = re.compile(r"\s*# buildkit$")
_METADATA = re.compile(
    r"^(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER"
    r"|VOLUME)\b"
)


def instruction(created_by: str, comment: str = "") -> str:
    """One line for an entry of an image's history.

    Wrappers of the builders are taken off, and with them the values of build arguments, which may
    be secret. An entry without a command is named by its comment (`Imported from -`). At most
    64 KiB of it are kept.
    """
    said = created_by or comment
    words = said[:_LOOKED_AT].split()
    if len(said) > _LOOKED_AT:
        del words[-1:]  # it may be half a secret, which nothing would find
    text = redacted(" ".join(words))[:_LONGEST]
    text = _BUILDKIT_TAIL.sub("", _BUILDAH_TAIL.sub("", text))
    if _NOT_RUN.match(text):
        return _NOT_RUN.sub("", text)
    text = _ARGUMENTS.sub("", text)
    return _RUN_BY_SHELL.sub("RUN ", text)


def layer_instructions(history: Sequence[Mapping[str, Any]], layers: int) -> list[str]:
    """The instruction of each of `layers` layers, from an image configuration's `history`.

    Without any entry each layer gets "" (an image assembled by hand). Where there are more entries
    with a layer than layers, or fewer, which entry belongs to which layer is not known (a build on
    a base without a history leaves entries for its last layers, an added layer without an entry
    those for the first), and each layer gets `UNKNOWN`, `UNKNOWN_FEWER`, or `UNKNOWN_NONE` where no
    entry has a layer.
    """
    own = [
        instruction(str(entry.get("created_by") or ""), str(entry.get("comment") or ""))
        for entry in history
        if not entry.get("empty_layer")
    ]
    if len(own) > layers:
        return [UNKNOWN] * layers
    if 0 < len(own) < layers:
        return [UNKNOWN_FEWER] * layers
    return own or [UNKNOWN_NONE if history else ""] * layers


def guessed_history(listed: Sequence[Mapping[str, Any]], layers: int) -> list[dict[str, Any]]:
    """The engine's own listing (newest first) in a configuration's form.

    The listing does not say which entries have no layer: those that only set metadata have none,
    and of the others those without content, WORKDIR first, as many as there are too many.
    """
    entries = [
        {
            "created_by": str(entry.get("CreatedBy") or ""),
            "comment": str(entry.get("Comment") or ""),
        }
        for entry in reversed(listed)
    ]
    sizes = [int(entry.get("Size") or 0) for entry in reversed(listed)]
    texts = [instruction(entry["created_by"], entry["comment"]) for entry in entries]
    empty = {
        place for place, text in enumerate(texts) if not sizes[place] and _METADATA.match(text)
    }
    doubtful = sorted(
        (place for place in range(len(entries)) if place not in empty and not sizes[place]),
        key=lambda place: not texts[place].startswith("WORKDIR"),
    )
    excess = len(entries) - len(empty) - layers
    empty.update(doubtful[: max(0, excess)])
    return [{**entry, "empty_layer": place in empty} for place, entry in enumerate(entries)]


def stored_history(layer_folder: Path, image_id: str) -> list[Mapping[str, Any]] | None:
    """The history in the image configuration that the engine keeps beside its layer directories.

    `layer_folder` is ROOT/overlay2/ID/diff. None if the configuration is not there.
    """
    driver_folder = layer_folder.parents[1]
    configuration = (
        driver_folder.parent
        / "image"
        / driver_folder.name
        / "imagedb/content/sha256"
        / image_id.removeprefix("sha256:")
    )
    try:
        return list(json.decode(configuration.read_bytes()).get("history") or [])
    except (OSError, ValueError):
        return None
