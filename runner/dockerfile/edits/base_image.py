"""base=slim|alpine|full: another variant of the official image below the stages of the result, and
below those that build for it where the distribution changes."""

from __future__ import annotations

import re

from runner.dockerfile.document import Document, Instruction, Stage
from runner.dockerfile.edits.alpine_users import PROGRAMS, as_busybox
from runner.dockerfile.edits.distribution import as_apk
from runner.dockerfile.edits.started_programs import installed_lines, is_full
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import Script, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

OFFICIAL = re.compile(
    r"(?P<image>(?:docker\.io/)?(?:library/)?(?P<name>python|node|ruby|golang|php|openjdk|rust"
    r"|eclipse-temurin|perl|nginx|oven/bun))"
    r"(?::(?P<tag>[\w.${}-]+))?$"
)
WEB_SERVERS = ("nginx",)
"""Those of them that are no language."""
_SUITES = ("trixie", "bookworm", "bullseye", "buster", "stretch", "jessie")
_WITH_SLIM = ("python", "node", "ruby", "openjdk", "rust", "perl", "oven/bun")
_WITH_ALPINE = (
    *("python", "node", "ruby", "golang", "php", "rust", "eclipse-temurin", "nginx", "oven/bun"),
)
_SLIM_SINCE = (1, 23, 3)
"""The nginx since which there is a smaller one on Alpine, without curl and the modules that are
loaded by name."""
_OF_THE_LARGER = re.compile(r"\bcurl\b|load_module|ngx_\w+_module")
_WITH_MODULES = ("perl", "otel")
"""What tags of nginx say of modules that the others lack."""
_SLIM_RUNS = ("python", "node", "oven/bun")
"""Whose slim variant runs what the full one has built."""
_OF_DEBIAN = ("bash", "dpkg", "apt-key", "add-apt-repository")
VARIANTS = ("full", "slim", "alpine")


def edit(document: Document, facts: Facts, variant: str) -> list[Replacement] | NotApplicable:
    """The tags of official images in the stages whose layers are in the image; where the
    distribution changes, also in the stages of the same language that it copies from.

    `variant` is one of `VARIANTS`. For Alpine, what apt-get installs is installed by apk; refused
    where its counterpart is not known, and where a RUN needs something else that would go.
    """
    if not document.stages:
        return NotApplicable("it is built on no image (FROM)")
    stage = document.stages[document.lineage[0]]
    match = OFFICIAL.match(stage.reference)
    if match is None:
        return NotApplicable(f"{stage.reference} is not an official image with variants")
    if match["name"] == "nginx" and variant == "alpine":
        tag = _of_nginx(match["tag"] or "latest", _needs_all(document))
    else:
        tag = _with_variant(match["tag"] or "latest", variant, match["name"])
    if tag is None:
        return NotApplicable(f"the official image {match['name']} has no variant {variant}")
    if tag == (match["tag"] or "latest"):
        return NotApplicable(f"its base is {variant} already")
    if tag == "latest":
        return NotApplicable(f"{stage.reference} names no version: its {variant} is the tag latest")
    changed = _changing_with(document, stage, match["name"], variant)
    if isinstance(changed, NotApplicable):
        return changed
    other = _for_the_other(document, stage, changed, facts, variant)
    if isinstance(other, NotApplicable):
        return other
    own = Replacement(*stage.span, f"{match['image']}:{tag}")
    lines = installed_lines(document, facts, stage.reference, variant)
    end = stage.head.end
    return [
        own,
        *(Replacement(end, end, f"{document.newline}{line}") for line in lines),
        *(_retagged(document.stages[index], variant) for index in changed),
        *other,
    ]


def slim_of(reference: str) -> str:
    """The slim variant of an official image with one: for what does not build anything any more;
    any other reference as it is."""
    match = OFFICIAL.match(reference)
    if match is None or match["name"] not in _SLIM_RUNS or not is_full(reference):
        return reference
    tag = match["tag"] or "latest"
    return f"{match['image']}:{_with_variant(tag, 'slim', match['name'])}"


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
        of_alpine = next((part for part in parts if part.startswith("alpine")), "alpine")
        return "-".join([*version, of_alpine])
    wanted = ["slim"] if variant == "slim" else []
    # node writes bookworm-slim, python and ruby slim-bookworm
    ends = [*suite, *wanted] if name == "node" else [*wanted, *suite]
    return "-".join([*version, *ends]) or "latest"


def _has_slim(version: str) -> bool:
    """Whether this nginx has a smaller image on Alpine; `stable` and `1` move with releases."""
    numbers = [int(x) for x in re.findall(r"[0-9]{1,4}", version)]
    newest = (*numbers, _SLIM_SINCE[2])[: len(_SLIM_SINCE)]
    return "$" not in version and (len(numbers) < 2 or newest >= _SLIM_SINCE)


def _needs_all(document: Document) -> bool:
    """Whether the stages of the image name what only nginx's larger image on Alpine has."""
    items = [x for x in document.instructions if x.stage in document.lineage]
    return any(_OF_THE_LARGER.search(document.of(item)) for item in items)


def _of_nginx(tag: str, needs_all: bool) -> str | None:
    """The tag of the smaller image on Alpine, or of the larger one where that is needed or there is
    no smaller one; None for a tag that cannot be read, or has modules that others lack."""
    parts = tag.split("-")
    if set(parts) & {*_WITH_MODULES} or "$" in "".join(parts[1:]):
        return None
    alpine = next((x for x in parts if x.startswith("alpine")), "alpine")
    version = [x for x in parts[:1] if x != "latest" and not x.startswith("alpine")]
    slim = ["slim"] if "slim" in parts or (_has_slim(parts[0]) and not needs_all) else []
    return "-".join([*version, alpine, *slim])


def _changing_with(
    document: Document, stage: Stage, name: str, variant: str
) -> list[int] | NotApplicable:
    """Indexes of the first stages that build what the image copies, of the same language: what
    they compile is linked with the libraries of their distribution, so it changes with the
    image's. None where the distribution stays; refused where one has no such variant."""
    if not _is_other(stage, variant):
        return []
    found: list[int] = []
    for first in sorted({document.lineage_of(index)[0] for index in _copied_from(document)}):
        built_on = document.stages[first]
        match = OFFICIAL.match(built_on.reference)
        if first == stage.index or (match is None and name not in built_on.reference):
            continue
        if match is None:
            return NotApplicable(
                f"what is copied into it is built on {built_on.reference}, whose libraries are not"
                f" those of {variant}"
            )
        if match["name"] == name and _is_other(built_on, variant):
            found.append(first)
    return found


def _copied_from(document: Document) -> set[int]:
    """Indexes of the stages that the image gets files of, also through others."""
    names = {stage.name: stage.index for stage in document.stages if stage.name}
    waiting, found = list(document.lineage), set[int]()
    while waiting:
        for item in document.in_stage(waiting.pop()):
            for flag in document.flags(item):
                origin = flag.partition("=")[2].lower()
                if not flag.startswith("--from=") or item.keyword != "COPY":
                    continue
                number = int(origin) if re.fullmatch(r"[0-9]{1,4}", origin) else -1
                index = names.get(origin, number)
                if 0 <= index < item.stage and index not in found:
                    found.add(index)
                    waiting += document.lineage_of(index)
    return found


def _retagged(stage: Stage, variant: str) -> Replacement:
    match = OFFICIAL.match(stage.reference)
    assert match is not None, "only official images are to change"
    tag = _with_variant(match["tag"] or "latest", variant, match["name"])
    return Replacement(*stage.span, f"{match['image']}:{tag}")


def _is_other(stage: Stage, variant: str) -> bool:
    """Whether the variant is of another distribution than the image of a stage."""
    return (variant == "alpine") != ("alpine" in stage.reference)


def _for_the_other(
    document: Document, stage: Stage, changed: list[int], facts: Facts, variant: str
) -> list[Replacement] | NotApplicable:
    """What changes in the RUN instructions where the distribution changes, or what cannot."""
    if not _is_other(stage, variant):
        return []
    found: list[Replacement] = []
    for run in document.runs():
        first = document.lineage_of(run.stage)[0]
        concerned = document.in_image(run) or first in changed
        script = script_of(document, run) if concerned else None
        if script is None:
            continue
        if reason := _needs(document, run, script, facts, variant):
            return NotApplicable(reason)
        if any(command.program in ("apt-get", "apt") for command in script.commands):
            mapped = as_apk(document, run, script)
            if isinstance(mapped, NotApplicable):
                return mapped
            found += mapped
        if variant == "alpine":
            found += _users(script)
    return found


def _users(script: Script) -> list[Replacement]:
    """The commands that make users, said for busybox."""
    made = [(x, as_busybox(script, x)) for x in script.commands if x.program in PROGRAMS]
    return [Replacement(x.spans[0][0], x.spans[-1][1], said) for x, said in made if said]


def _needs(document: Document, run: Instruction, script: Script, facts: Facts, variant: str) -> str:
    """Why a RUN cannot do without the distribution that it has; empty if it can."""
    line = f"line {document.line_of(run.start)}"
    for command in script.commands:
        installer = facts.installer_of(command)
        system = installer is not None and not installer.ecosystem and installer.name != "pip"
        if installer is not None and system and (variant != "alpine" or installer.name != "apt"):
            return f"{line} installs packages with {installer.name}, which {variant} lacks"
        is_user = command.program in PROGRAMS and as_busybox(script, command) is None
        if variant == "alpine" and (command.program in _OF_DEBIAN or is_user):
            return f"{line} uses {command.program} as Debian has it"
    return ""
