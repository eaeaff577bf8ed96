"""copies=mounted: wheels that a COPY brings are a bind mount of the RUN in which pip installs them.

Wheels that an image has a layer of, and that nothing opens once they are installed, are what
tutorials with a stage of `pip wheel` leave behind.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice, pairwise

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.around import with_flags
from runner.dockerfile.edits.copied_wheels import MOST, Wheels, wheels_of
from runner.dockerfile.edits.wheel_uses import Shells, Span, Uses, uses_of
from runner.dockerfile.facts import Facts
from runner.dockerfile.reads import origin_of
from runner.dockerfile.shell import script_of
from runner.dockerfile.spans import NotApplicable, Replacement
from runner.dockerfile.starting import programs_run

NAME = "wheels"
"""What a stage is called that had no name: a mount cannot tell its number."""
_WITHOUT_MOUNTS = re.compile(r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?:1\.[01](?:\.\d+)?")
_INSTALLERS = re.compile(r"pip[\d.]*|uv")

_Mounted = tuple[Wheels, Uses]


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The COPY goes, each RUN that installs from it gets a mount in its place, and what removes the
    wheels later goes, too.

    Refused for what may be used in any other way, by the service or by another instruction.
    """
    syntax = document.directives.get("syntax", "")
    if not facts.mounts or _WITHOUT_MOUNTS.fullmatch(syntax):
        return NotApplicable("what builds it has no bind mounts: BuildKit has")
    shells = Shells(document, facts)
    copies = (x for x in document.instructions if x.keyword == "COPY" and document.in_image(x))
    found = list(islice(filter(None, (_looked_at(shells, item) for item in copies)), MOST))
    mounted = [pair for x in found if isinstance(x, list) for pair in x]
    if not mounted:
        nothing = "no COPY brings wheels that only pip reads"
        return NotApplicable(next((x for x in found if isinstance(x, str)), nothing))
    return list(_replacements(document, mounted))


def _looked_at(shells: Shells, item: Instruction) -> list[_Mounted] | str:
    """The sources of a COPY that need not be one, or why a COPY of wheels has to stay; nothing for
    others."""
    document = shells.document
    brought = wheels_of(document, item)
    if isinstance(brought, str):
        return f"line {document.line_of(item.start)} {brought}"
    if not brought:
        return []
    if said := _why_no_origin(document, item, brought[0].origin):
        return said
    started = programs_run(document, shells.facts.scripts)
    if late := next(filter(_INSTALLERS.fullmatch, started), ""):
        return f"{late} runs when a container starts, and may read what is copied"
    uses = [(x, uses_of(shells, x)) for x in brought]
    said = next((x for _, x in uses if isinstance(x, str)), "")
    return said or [(x, y) for x, y in uses if isinstance(y, Uses)]


def _why_no_origin(document: Document, item: Instruction, origin: str) -> str:
    """Why a mount cannot name the stage that a COPY takes from; empty if it can."""
    index = origin_of(document, item, origin)
    if index < 0:
        return "it copies from a stage that is not above it" if origin.isdecimal() else ""
    name, stages = _name_of(document, index), document.stages
    others = [x for x in stages if x.index != index and name in (x.name, x.reference.lower())]
    if any(x.name == name or not stages[index].name for x in others):
        return f"more than one stage would be called {name}"
    return ""


def _name_of(document: Document, index: int) -> str:
    """What a stage is called, or will be."""
    return document.stages[index].name or (f"{NAME}_{index}" if index else NAME)


def _replacements(document: Document, mounted: Sequence[_Mounted]) -> Iterator[Replacement]:
    """All changes at once: a RUN may get several mounts."""
    mounts: dict[Instruction, dict[str, None]] = defaultdict(dict)
    removed: dict[Instruction, list[Span]] = defaultdict(list)
    origins = {x: origin_of(document, x.item, x.origin) for x, _ in mounted}
    for wheels, uses in mounted:
        index = origins[wheels]
        name = _name_of(document, index) if index >= 0 else wheels.origin
        origin = f",from={name}" if name else ""
        mount = f"--mount=type=bind{origin},source={wheels.source},target={wheels.target}"
        for run, _ in uses.reads:
            mounts[run][mount] = None
        for run, span in uses.removals:
            removed[run].append(span)
    for item in dict.fromkeys(wheels.item for wheels, _ in mounted):
        yield _without_instruction(document, item)
    for index in {x for x in origins.values() if x >= 0 and not document.stages[x].name}:
        at = document.stages[index].span[1]
        yield Replacement(at, at, f" AS {_name_of(document, index)}")
    for run, flags in mounts.items():
        yield with_flags(document, run, list(flags))
    for run, spans in removed.items():
        yield from _without_links(document, run, spans)


def _without_instruction(document: Document, item: Instruction) -> Replacement:
    """Its lines removed; of the empty lines around it, those above stay."""
    text, new = document.text, document.newline
    start = text.rfind("\n", 0, item.start) + 1
    end = item.end + len(new) if text.startswith(new, item.end) else item.end
    if end == len(text) and not text.endswith("\n"):
        return Replacement(len(text[:start].rstrip("\r\n")), end, "")
    above_is_empty = not text[:start].rpartition("\n")[0].rpartition("\n")[2].strip()
    while above_is_empty and text.startswith(new, end):
        end += len(new)
    return Replacement(start, end, "")


def _without_links(
    document: Document, run: Instruction, gone: Collection[Span]
) -> Iterator[Replacement]:
    """A chain of `&&` without some links, each with the operator before it, the first ones with
    that behind them; the whole RUN where no link is left."""
    script = script_of(document, run)
    assert script is not None, "it was understood"
    chain = script.chain
    first = next((index for index, link in enumerate(chain) if link not in gone), len(chain))
    if first == len(chain):
        yield _without_instruction(document, run)
        return
    if first:
        yield Replacement(chain[0][0], chain[first][0], "")
    for above, link in pairwise(chain[first:]):
        if link in gone:
            yield Replacement(above[1], link[1], "")
