"""base=slim|alpine|full: another variant of the official image below the stages of the result."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document, Instruction, Stage
from runner.dockerfile.edits.distribution import as_apk
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import Script, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_OFFICIAL = re.compile(
    r"(?P<image>(?:docker\.io/)?(?:library/)?(?P<name>python|node|ruby|golang|php|openjdk|rust"
    r"|eclipse-temurin|perl))"
    r"(?::(?P<tag>[\w.${}-]+))?$"
)
_SUITES = ("trixie", "bookworm", "bullseye", "buster", "stretch", "jessie")
_WITH_SLIM = ("python", "node", "ruby", "openjdk", "rust", "perl")
_WITH_ALPINE = ("python", "node", "ruby", "golang", "php", "rust", "eclipse-temurin")
_OF_DEBIAN = ("bash", "useradd", "groupadd", "adduser", "dpkg", "apt-key", "add-apt-repository")
VARIANTS = ("full", "slim", "alpine")


def edit(document: Document, facts: Facts, variant: str) -> list[Replacement] | NotApplicable:
    """The tags of official images in the stages whose layers are in the image.

    `variant` is one of `VARIANTS`. For Alpine, what apt-get installs is installed by apk; refused
    where its counterpart is not known, and where a RUN needs something else that would go.
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
    if tag == "latest":
        return NotApplicable(f"{stage.reference} names no version: its {variant} is the tag latest")
    other = _for_the_other(document, stage, facts, variant)
    if isinstance(other, NotApplicable):
        return other
    return [Replacement(*stage.span, f"{match['image']}:{tag}"), *other]


def slim_of(reference: str) -> str:
    """The slim variant of an official image with one: for what does not build anything any more;
    any other reference as it is."""
    match = _OFFICIAL.match(reference)
    if match is None or match["name"] not in ("python", "node"):
        return reference
    tag = match["tag"] or "latest"
    small = "slim" in tag or "alpine" in tag
    return reference if small else f"{match['image']}:{_with_variant(tag, 'slim', match['name'])}"


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


def _for_the_other(
    document: Document, stage: Stage, facts: Facts, variant: str
) -> list[Replacement] | NotApplicable:
    """What changes in the RUN instructions where the distribution changes, or what cannot."""
    if (variant == "alpine") == ("alpine" in stage.reference):
        return []
    found: list[Replacement] = []
    for run in document.runs():
        script = script_of(document, run) if document.in_image(run) else None
        if script is None:
            continue
        if reason := _needs(document, run, script, facts, variant):
            return NotApplicable(reason)
        if any(command.program in ("apt-get", "apt") for command in script.commands):
            mapped = as_apk(document, run, script)
            if isinstance(mapped, NotApplicable):
                return mapped
            found += mapped
    return found


def _needs(document: Document, run: Instruction, script: Script, facts: Facts, variant: str) -> str:
    """Why a RUN cannot do without the distribution that it has; empty if it can."""
    line = f"line {document.line_of(run.start)}"
    for command in script.commands:
        installer = facts.installer_of(command)
        system = installer is not None and not installer.ecosystem and installer.name != "pip"
        if installer is not None and system and (variant != "alpine" or installer.name != "apt"):
            return f"{line} installs packages with {installer.name}, which {variant} lacks"
        if variant == "alpine" and command.program in _OF_DEBIAN:
            return f"{line} uses {command.program} as Debian has it"
    return ""
