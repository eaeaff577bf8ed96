"""The packages of Node in a layer of their own: a deploy after an edit sends the sources alone.

For the usual shape, in which manifests are copied, packages installed, sources copied, and perhaps
something is built: what production needs is set aside behind the install, where it stays cached.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.appending import appended
from runner.dockerfile.edits.packages_stage import with_packages_stage
from runner.dockerfile.edits.places import user_at
from runner.dockerfile.edits.single_stage import SingleStage
from runner.dockerfile.reads import words_of_copy
from runner.dockerfile.shell import script_of
from runner.dockerfile.spans import Replacement

ASIDE = "/production"
WITHOUT = "/built/service"
"""Where the build stage has the service without its packages: to copy it takes a moment, while
`rm -rf` of packages that a lower layer holds takes seconds at each rebuild."""
NEW_YARN = "yarn 2"
"""What yarn 2 and later is called here, next to installers."""
_OF_ALL = "/tmp"
"""Where also a user who is not root may make these, in a stage that is left behind."""
PACKAGES_ASIDE = f"{ASIDE}/node_modules"
_PRUNE = {
    NEW_YARN: ("yarn{at} workspaces focus --all --production", " --cwd {}"),
    "npm": ("npm prune{at} {option}", " --prefix {}"),
    "yarn": (
        "yarn{at} install --production --ignore-scripts --prefer-offline --frozen-lockfile",
        " --cwd {}",
    ),
    "pnpm": ("CI=true pnpm{at} prune --prod --ignore-scripts", " --dir {}"),
    "bun": (
        "rm -rf {inside}node_modules && bun install{at} --production --ignore-scripts",
        " --cwd {}",
    ),
}
"""Installer → how it removes development dependencies, and how it is told another directory."""
_PLACE = re.compile(r"[\w.-]+(?:/[\w.-]+)*")
_MANIFEST = re.compile(
    r"(?:\./)?(?:package(?:-lock)?\*?\.json|package\*\.json|npm-shrinkwrap\.json|yarn\.lock"
    r"|bun\.lockb?|pnpm-(?:lock|workspace)\.yaml|pnpm-\*\.yaml|\.npmrc|\.yarnrc(?:\.yml)?"
    r"|\.yarn(?:/[\w@.-]+)*/?)\*?"
)


def prune_command(name: str, option: str, directory: str = "") -> str:
    """How the installer `name` removes development dependencies, in the working directory or in
    another one; empty where that is not known. `option` is npm's for leaving them out."""
    command, at = _PRUNE.get(name, ("", ""))
    inside, told = (f"{directory}/", at.format(directory)) if directory else ("", "")
    return command.format(option=option, at=told, inside=inside)


@dataclass(frozen=True)
class Aside:
    """How packages come into a layer of their own."""

    installed: list[Replacement]
    """Behind the install."""
    built: Replacement | None
    """Behind what builds, where the directory that is kept would hold the packages there."""
    copied: str
    """The instruction of the final stage that copies the packages."""
    service: str
    """The one that copies the directory that is kept, without them."""

    stage: SingleStage
    """The stage that the final one copies from."""

    def inside(self, whole: bool) -> list[Replacement]:
        """In the build stage, where the final stage gets the `whole` directory, or parts of it."""
        return [*self.installed, *([self.built] if whole and self.built else [])]


def set_aside(
    found: SingleStage, install: Instruction, name: str, option: str, rest: str = ""
) -> Aside | None:
    """The packages that `install` installs with the installer `name`, set aside; None where the
    Dockerfile has another shape, or something else may write into them. `option` leaves out what
    only development needs; empty where only production's packages are installed. `rest` is what
    only installing needs, in the directory that is kept."""
    if not _has_usual_shape(found, install, "yarn" if name == NEW_YARN else name):
        return None
    behind = [item for item in found.body if item.start > install.start]
    runs = [item for item in behind if item.keyword == "RUN" and item not in found.moved]
    packages = f"{found.kept}/node_modules"
    others = [f"{found.kept}/{rest}"] if rest else []
    head = _OF_ALL if user_at(found.document, install) else ""
    aside = f"{head}{ASIDE}"
    prune = prune_command(name, option, aside if runs else "") if option else ""
    if runs:
        steps = steps_aside(found.kept, prune, aside)
    else:
        removed = [f"rm -rf {path}" for path in others]
        steps = [prune, f"mkdir -p {packages} {aside}", f"mv {packages} {aside}/", *removed]
    installed = added(found.document, install, steps)
    if installed is None:
        return None
    built, service = None, found.kept
    if runs:
        service, steps = _without_packages(found, runs, [*packages_of_sites(found), *others], head)
        built = added(found.document, runs[-1], steps)
        if built is None or any(x.keyword == "USER" and x.start < runs[-1].start for x in behind):
            return None
    stage, begun = with_packages_stage(found, install) if built else (found, [])
    at = " ".join(found.copied().split()[2:-2])
    return Aside(
        [installed, *begun],
        built,
        " ".join(
            filter(None, (f"COPY --from={stage.first_name}", at, f"{aside}/node_modules", packages))
        ),
        " ".join(filter(None, (f"COPY --from={stage.name}", at, service, found.kept))),
        stage,
    )


def _without_packages(
    found: SingleStage, runs: list[Instruction], others: list[str], head: str
) -> tuple[str, list[str]]:
    """Where the directory that is kept is, without packages and `others`, after these commands;
    `runs` stand behind the install, `head` is the directory in which that may be made."""
    programs = {command.program for item in runs for command in found.commands(item)}
    if programs & {"chown", "chmod"}:
        return found.kept, [f"rm -rf {' '.join([f'{found.kept}/node_modules', *others])}"]
    place = f"{head}{WITHOUT}"
    return place, [
        f"rm -rf {' '.join(others)}" if others else "",
        f"mkdir -p {place}",
        f"find {found.kept} -mindepth 1 -maxdepth 1 ! -name node_modules"
        f" -exec cp -a {{}} {place}/ \\;",
    ]


def packages_of_sites(found: SingleStage) -> list[str]:
    """What is installed for sites that are built in directories of their own, and that no command
    of the image's start names."""
    said = [
        found.document.value(item) for item in found.body if item.keyword in ("CMD", "ENTRYPOINT")
    ]
    places = [x for x in found.facts.built_sites if not any(x in words for words in said)]
    return [f"{found.kept}/{place}/node_modules" for place in places if _PLACE.fullmatch(place)]


def steps_aside(place: str, prune: str, aside: str = ASIDE) -> list[str]:
    """The commands that set aside what is installed in a directory, less what `prune` removes."""
    return [f"mkdir -p {place}/node_modules", f"cp -a {place} {aside}", prune]


def added(document: Document, run: Instruction, commands: list[str]) -> Replacement | None:
    """The commands, a line each, behind those of a RUN; None where nothing can stand there."""
    script = script_of(document, run)
    if script is None:
        return None
    gap = document.and_then
    return appended(document, run, script, gap.join(filter(None, commands)))


def _has_usual_shape(found: SingleStage, install: Instruction, name: str) -> bool:
    """Whether manifests alone are copied before the install, and sources behind it; by root, or for
    a user to whom COPY gives them."""
    manifests = [x for x in found.facts.manifests if x.installer == name and _is_at_root(x.files)]
    if len(manifests) != 1:
        return False
    if not manifests[0].self_contained or manifests[0].written_later:
        return False
    if not found.place(install) == found.kept == found.workdir:
        return False
    before = [item for item in found.body if item.start < install.start]
    behind = [item for item in found.body if item.start > install.start]
    if any(item.keyword == "VOLUME" for item in before):
        return False
    given = any(flag.startswith("--chown=") for flag in found.flags_of_copies)
    if any(item.keyword == "USER" for item in before) and not given:
        return False
    copies = [item for item in before if item.keyword in ("COPY", "ADD")]
    return all(copies_manifests(found.document, item) for item in copies) and any(
        item.keyword in ("COPY", "ADD") for item in behind
    )


def _is_at_root(files: tuple[str, ...]) -> bool:
    """Whether the first of them, the manifest itself, lies there."""
    return bool(files) and "/" not in files[0]


def copies_manifests(document: Document, item: Instruction) -> bool:
    """Whether a COPY or ADD takes nothing but what an installer of Node reads."""
    words = words_of_copy(document.value(item))
    return bool(words) and all(map(_MANIFEST.fullmatch, words[:-1]))
