"""What a container runs or loads and its base brings: what a smaller base lacks is installed.

A health check with curl is the usual one: the large official images have it, slim and Alpine do
not, and every container would be unhealthy though it answers. Another one is the library that
psycopg2 was compiled with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.dockerfile.document import Document
from runner.dockerfile.edits.system_packages import RUNTIME_OF
from runner.dockerfile.facts import COMPOSE, Facts
from runner.dockerfile.shell import commands_of
from runner.dockerfile.starting import programs_run

_LACKING = {
    "full": (),
    "slim": ("curl", "wget", "git"),
    "alpine": ("bash", "curl", "git"),
}
"""What the full images hold of buildpack-deps, a variant lacks, and a container may run: programs
whose package has their name."""
_PYTHON = re.compile(r"(?:docker\.io/)?(?:library/)?python(?::.*)?")
_LACKING_BESIDE_SLIM = {"full": (), "slim": (), "alpine": ("bash",)}
_INSTALLING = {
    "slim": (
        "apt-get update && apt-get install -y --no-install-recommends {}"
        " && rm -rf /var/lib/apt/lists/*",
        "DL3008",
    ),
    "alpine": ("apk add --no-cache {}", "DL3018"),
}
"""How the rest is installed, and the rule of hadolint that wants a version: the base has none."""


@dataclass(frozen=True)
class Lacking:
    """Packages that a variant lacks, and that the image had from its base."""

    names: tuple[str, ...]
    comment: str
    """For whom, and where they were."""

    def lines(self, variant: str) -> list[str]:
        """What installs them behind a FROM of this variant."""
        command, rule = _INSTALLING[variant]
        return [
            self.comment,
            f"# hadolint ignore={rule}",
            f"RUN {command.format(' '.join(self.names))}",
        ]


def lacking_packages(
    document: Document, facts: Facts, reference: str, variant: str
) -> Lacking | None:
    """What a container runs or loads, the image had from `reference`, an official image, and this
    variant lacks; None where nothing is lacking."""
    lacking = _LACKING[variant] if is_full(reference) else _LACKING_BESIDE_SLIM[variant]
    run = _run(document, facts)
    installed = installed_programs(document, facts)
    names = [name for name in lacking if name in run and name not in installed]
    if variant == "slim" and is_full(reference) and _PYTHON.fullmatch(reference):
        run |= facts.libraries
        names += _libraries(document, facts)
    if not names:
        return None
    starting = " and ".join(sorted({run[name] for name in names}))
    are = "is" if len(names) == 1 else "are"
    return Lacking(tuple(names), f"# {starting}: {', '.join(names)} {are} part of {reference}")


def installed_lines(document: Document, facts: Facts, reference: str, variant: str) -> list[str]:
    """The lines behind a FROM of this variant that install these; none where nothing is lacking."""
    lacking = lacking_packages(document, facts, reference, variant)
    return lacking.lines(variant) if lacking else []


def _libraries(document: Document, facts: Facts) -> list[str]:
    """Those that packages of Python load, less what the image installs, by itself or by what it is
    compiled with."""
    named = [
        word.partition("=")[0]
        for item in document.runs()
        for command in commands_of(document, item)
        if command.program in ("apt-get", "apt")
        for word in command.operands[1:]
    ]
    known = {library for name in named if (library := RUNTIME_OF.get(name))} | {*named}
    return [name for name in facts.libraries if name not in known]


def _run(document: Document, facts: Facts) -> dict[str, str]:
    """Program → what runs it in a container: an instruction, or the project's sources. These are
    not named: a path may hold what no comment can."""
    run = programs_run(document, facts.scripts)
    by_sources = {
        name: COMPOSE if where == COMPOSE else "sources" for name, where in facts.started.items()
    }
    return by_sources | {name: item.keyword for name, item in run.items()}


def installed_programs(document: Document, facts: Facts) -> frozenset[str]:
    """What a container runs and a step of the image installs as a package of that name."""
    run = _run(document, facts)
    return frozenset(
        name
        for item in document.runs()
        if document.in_image(item)
        for command in commands_of(document, item)
        if command.program in ("apt-get", "apt", "apk", "aptitude")
        for name in command.operands[1:]
        if name in run
    )


def is_full(reference: str) -> bool:
    """Whether an official image is the large one, with the tools of buildpack-deps in it."""
    return not any(word in reference for word in ("slim", "alpine"))
