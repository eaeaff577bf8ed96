"""What the instructions of a Dockerfile read: paths of the context, other stages, images."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from runner.dockerfile.document import Document, Instruction
from runner.model.foreign import exec_form

_FLAGS = re.compile(r"(?:--\S+\s+)+")
_DIGITS = 9
"""Of a number, which are more than any stage has."""
_QUOTES = str.maketrans("", "", "\"'")


@dataclass(frozen=True)
class Reads:
    """What an instruction reads: paths of the context, or of a stage or image."""

    origin: str
    """Empty for the context."""
    sources: tuple[str, ...]
    """As they are written."""


@dataclass(frozen=True)
class Mount:
    """One `--mount` of a RUN."""

    options: Mapping[str, str]

    @property
    def is_cache(self) -> bool:
        """Whether what lies in it stays between builds."""
        return self.options.get("type") == "cache"

    @property
    def origin(self) -> str:
        """The stage or image that it shows; empty for the context, or for none."""
        return self.options.get("from", "")

    @property
    def target(self) -> str:
        """Where in the build it lies."""
        named = (self.options.get(key) for key in ("target", "dst", "destination"))
        return next(filter(None, named), "")

    @property
    def reads(self) -> Reads | None:
        """None for one that shows no files: a cache, a secret."""
        if self.options.get("type", "bind") != "bind":
            return None
        source = self.options.get("source") or self.options.get("src") or "."
        return Reads(self.origin, (source,))


def mount_of(word: str) -> Mount | None:
    """The mount that a flag asks for; None for any other word."""
    name, _, value = word.partition("=")
    parts = value.translate(_QUOTES).split(",")
    return Mount(dict(x.partition("=")[::2] for x in parts)) if name == "--mount" else None


def mounts_of(document: Document, item: Instruction) -> list[Mount]:
    """In order."""
    return [mount for flag in document.flags(item) if (mount := mount_of(flag)) is not None]


def words_of_copy(operands: str) -> list[str]:
    """The sources and the target of a COPY or ADD, in either form; flags may stand before them."""
    value = _FLAGS.sub("", operands, count=1) if operands.startswith("--") else operands
    words = exec_form(value)
    return [x.strip("\"'") for x in value.split()] if words is None else words


def copy_reads(document: Document, item: Instruction) -> Reads:
    """What a COPY or ADD takes along; of here-documents nothing."""
    flags = (flag.partition("=") for flag in document.flags(item))
    origin = next((value for name, _, value in flags if name == "--from"), "")
    sources = words_of_copy(document.value(item))[:-1]
    return Reads(origin, tuple(x for x in sources if not x.startswith("<<")))


def reads_of(document: Document, item: Instruction) -> Iterator[Reads]:
    """What a COPY or ADD takes along, or what the mounts of a RUN show it."""
    if item.keyword in ("COPY", "ADD"):
        yield copy_reads(document, item)
    elif item.keyword == "RUN":
        yield from filter(None, (mount.reads for mount in mounts_of(document, item)))


def read_in_context(document: Document, item: Instruction) -> list[str]:
    """The paths of the context that it reads, as they are written."""
    return [x for reads in reads_of(document, item) if not reads.origin for x in reads.sources]


def origin_of(document: Document, item: Instruction, named: str) -> int:
    """The index of the stage above an instruction that `--from` names; -1 for an image."""
    above = document.stages[: item.stage]
    known = [x.index for x in above if named and named.lower() in (x.name, str(x.index))]
    return known[-1] if known else -1


def stages_read(document: Document, indexes: Collection[int]) -> set[int]:
    """The indexes of the stages that the instructions of these stages take from."""
    items = [x for x in document.instructions if x.stage in indexes]
    found = {origin_of(document, x, reads.origin) for x in items for reads in reads_of(document, x)}
    return found - {-1}


def numbers_read(document: Document) -> set[int]:
    """Stages that are named by their numbers."""
    origins = (x.origin for item in document.instructions for x in reads_of(document, item))
    return {int(x[:_DIGITS]) for x in origins if x.isdecimal()}
