"""base=slim|alpine|full: another variant of the official image below the stages of the result."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document, Stage
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_OFFICIAL = re.compile(
    r"(?P<image>(?:docker\.io/)?(?:library/)?(?P<name>python|node|ruby|golang|php|openjdk|rust"
    r"|eclipse-temurin|perl))"
    r"(?::(?P<tag>[\w.${}-]+))?$"
)
_SUITES = ("trixie", "bookworm", "bullseye", "buster", "stretch", "jessie")
_WITH_SLIM = ("python", "node", "ruby", "openjdk", "rust", "perl")
_WITH_ALPINE = ("python", "node", "ruby", "golang", "php", "rust", "eclipse-temurin")
VARIANTS = ("full", "slim", "alpine")


def edit(document: Document, facts: Facts, variant: str) -> list[Replacement] | NotApplicable:
    """The tags of official images in the stages whose layers are in the image.

    `variant` is one of `VARIANTS`. Refused where a RUN uses the package manager of the distribution
    that would go, or a shell that would.
    """
    if not document.stages:
        return NotApplicable("it is built on no image (FROM)")
    stage = document.stages[document.lineage[0]]
    match = _OFFICIAL.match(stage.reference)
    if match is None:
        return NotApplicable(f"{stage.reference} is not an official image with variants")
    tag = _with_variant(match["tag"] or "latest", variant, match["name"])
    if tag is None:
        return NotApplicable(f"the official image {match['name']} has no variant {variant}")
    if tag == (match["tag"] or "latest"):
        return NotApplicable(f"its base is {variant} already")
    if reason := _needs(document, stage, facts, variant):
        return NotApplicable(reason)
    return [Replacement(*stage.span, f"{match['image']}:{tag}")]


def _with_variant(tag: str, variant: str, name: str) -> str | None:
    """The tag of the same version in another variant; None where there is no such one."""
    if variant == "slim" and name not in _WITH_SLIM:
        return None
    if variant == "alpine" and name not in _WITH_ALPINE:
        return None
    parts = tag.split("-")
    version = [
        part
        for part in parts
        if part not in ("slim", "latest", *_SUITES) and not part.startswith("alpine")
    ]
    suite = [part for part in parts if part in _SUITES]
    if variant == "alpine":
        return "-".join([*version, "alpine"])
    wanted = ["slim"] if variant == "slim" else []
    # node writes bookworm-slim, python and ruby slim-bookworm
    ends = [*suite, *wanted] if name == "node" else [*wanted, *suite]
    return "-".join([*version, *ends]) or "latest"


def _needs(document: Document, stage: Stage, facts: Facts, variant: str) -> str:
    """Why the stages cannot do without the distribution that they have; empty if they can."""
    alpine_before = "alpine" in stage.reference
    if (variant == "alpine") == alpine_before:
        return ""
    for run in document.runs():
        script = script_of(document, run) if document.in_image(run) else None
        for command in script.commands if script else ():
            installer = facts.installer_of(command)
            if installer is not None and not installer.ecosystem and installer.name != "pip":
                line = document.line_of(run.start)
                return f"line {line} installs packages with {installer.name}, which {variant} lacks"
            if variant == "alpine" and command.program in (
                "bash",
                "useradd",
                "groupadd",
                "adduser",
            ):
                return f"line {document.line_of(run.start)} uses {command.program} as Debian has it"
    return ""
