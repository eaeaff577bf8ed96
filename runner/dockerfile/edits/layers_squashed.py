"""squash=one_layer: the final image in one layer, its configuration carried over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.config_lines import env_line
from runner.dockerfile.edits.places import before
from runner.dockerfile.facts import BaseConfig, Facts
from runner.dockerfile.spans import NotApplicable, Replacement

NAME = "whole"
_CARRIED = ("ENV", "WORKDIR", "USER", "EXPOSE", "LABEL", "VOLUME", "STOPSIGNAL", "HEALTHCHECK")
_STARTS = ("ENTRYPOINT", "CMD")
_AS_THEY_ARE = (*_STARTS, "HEALTHCHECK")
"""In which the builder fills in no variable."""
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_NAME = re.compile(r"(?:^|\s)([A-Za-z_]\w*)(?==|\s)")


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """`FROM scratch` and one COPY of everything, behind what there is.

    Needs the configuration of the base image: an empty one has none of it. Refused where a
    variable of the build stands in what would be carried over.
    """
    if not document.stages:
        return NotApplicable("it is built on no image (FROM)")
    if document.target:
        return NotApplicable("a stage before its last one is built")
    last = document.stages[document.final]
    if last.reference == "scratch":
        return NotApplicable("its final stage starts from nothing already")
    if facts.base is None:
        return NotApplicable(
            "what its base image is configured with is not known without an engine: `dockbench"
            " compare` looks it up"
        )
    carried = [item for item in document.instructions if document.in_image(item)]
    carried = [item for item in carried if item.keyword in (*_CARRIED, *_STARTS)]
    arguments = _arguments(document)
    for item in carried:
        used = _VARIABLE.findall(document.of(item))
        if item.keyword in _AS_THEY_ARE:
            continue
        if arguments & {*used} - _set_above(document, item):
            return NotApplicable(f"line {document.line_of(item.start)} uses a build argument")
    new = document.newline
    lines = ["FROM scratch", f"COPY --from={last.name or NAME} / /"]
    lines += _base_lines(facts.base, carried, document.escape)
    lines += [document.text[item.start : item.end] for item in carried]
    end = len(document.text.rstrip("\r\n"))
    replacements = [Replacement(end, end, new * 2 + new.join(lines))]
    if not last.name:
        replacements.insert(0, Replacement(last.span[1], last.span[1], f" AS {NAME}"))
    return replacements


def _set_above(document: Document, item: Instruction) -> set[str]:
    """The names that ENV instructions above one set."""
    found = (x for x in before(document, item) if x.keyword == "ENV")
    return {name for x in found for name in _NAME.findall(document.value(x))}


def _arguments(document: Document) -> set[str]:
    found = (document.value(item) for item in document.instructions if item.keyword == "ARG")
    return {word.partition("=")[0] for value in found for word in value.split()}


def _base_lines(base: BaseConfig, carried: list[Instruction], escape: str) -> Iterator[str]:
    """What the base image sets; CMD only counts where no ENTRYPOINT of ours resets it."""
    keywords = {item.keyword for item in carried}
    for name, value in base.environment.items():
        yield env_line(name, value, escape)
    if base.workdir and "WORKDIR" not in keywords:
        yield f"WORKDIR {base.workdir}"
    if base.user and "USER" not in keywords:
        yield f"USER {base.user}"
    if base.entrypoint and "ENTRYPOINT" not in keywords:
        yield f"ENTRYPOINT {json.dumps(list(base.entrypoint))}"
    if base.command and not keywords & {"ENTRYPOINT", "CMD"}:
        yield f"CMD {json.dumps(list(base.command))}"
