"""A folder as a project: what its dockbench.yaml says, and what is detected of the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from runner.compare.check_start import told_port, with_start
from runner.compare.compose import example_variables, services_of_variables
from runner.compare.compose_secrets import with_secrets
from runner.compare.copied_examples import copied_examples, parts_of
from runner.compare.description import as_project
from runner.compare.how_asked import check_and_reason, how_asked
from runner.compare.mounted_sources import what_lacks
from runner.compare.own_dockerfiles import (
    OwnDockerfile,
    not_built_before,
    plain_dockerfile,
    plain_place,
    sources_of,
)
from runner.compare.project_description import read_description
from runner.compare.service_choice import is_same_service
from runner.compare.service_directory import started_directories
from runner.compare.unknown_project import why_unknown
from runner.detect.detection import Detected, Missing
from runner.detect.listing import Listing, read_listing
from runner.detect.manifests import broken
from runner.detect.project import DESCRIPTION, detect
from runner.ecosystems.port import Plain
from runner.model.errors import ProjectError
from runner.model.project import Project
from runner.project.inside import inside


@dataclass(frozen=True)
class DetectedProject:
    """What detection found out of the project in a directory."""

    project: Project
    evidence: tuple[str, ...]
    python: str
    """The version of Python that it asks for; empty where it does not say."""
    ladder: bool = True
    """Whether enough is known of it to write Dockerfiles of our own, from the interpreter up."""
    listing: Listing = field(default_factory=lambda: Listing(()))


def understand(
    folder: Path, own: Sequence[OwnDockerfile], told: Mapping[str, str] | None = None
) -> DetectedProject:
    """The project in a folder, which is only read. `told` are variables for the container of its
    check, beside those of a compose file and of its description.

    Raises `ConfigError` for a description that is wrong, and `ProjectError` with the lines to write
    where something cannot be found, or for a path that leads out of the folder.
    """
    listing = read_listing(folder)
    given = read_description(folder)
    first = next((item for item in own if not item.plain), None)
    place = next((item.context for item in own if item.context != "."), "")
    detected = detect(listing, given, first.dockerfile if first is not None else None, place)
    unread = [f"{line}: not read" for line in broken(listing.paths, listing.texts)]
    detected = replace(
        detected, evidence=(*unread, *_others(folder, listing, own), *detected.evidence)
    )
    if builds := _builds(folder, listing, own):
        lacks = Missing(f"the ladder does not run {builds}", "")
        detected = replace(detected, missing=(*detected.missing, lacks))
    if script := _not_executable(folder, place, detected.values.get("command") or ()):
        lacks = Missing(f"the ladder does not make {script} executable, as the Dockerfile does", "")
        detected = replace(detected, missing=(*detected.missing, lacks))
    if detected.missing:
        detected = _of_dockerfile(folder, listing, detected, own)
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).strip("-.") or "project"
    values = {
        "name": name,
        "about": f"the project in {folder}",
        "repository": ".",
        **detected.values,
        "folder": str(folder),
    }
    project = as_project(values, str(folder / DESCRIPTION))
    of_check = next(iter(own), None)
    project, told_where = _with_variables(project, listing, of_check, place, told or {})
    project, mounted = with_secrets(project, of_check.secrets if of_check is not None else ())
    project, started = with_start(project, own, listing, folder)
    project, copied = _with_examples(project, own, listing)
    evidence = (*detected.evidence, *told_where, *mounted, *started, *copied)
    return DetectedProject(project, evidence, detected.python, not detected.missing, listing)


def _not_executable(folder: Path, place: str, command: Sequence[str]) -> str:
    """The script of the project that a command starts and that nobody may execute as it lies there;
    empty for none."""
    first = next(iter(command), "")
    if "/" not in first or first.startswith("/"):
        return ""
    try:
        mode = inside(folder, PurePosixPath(place) / first).stat().st_mode
    except (OSError, ProjectError):
        return ""
    return "" if mode & 0o111 else first


def _builds(folder: Path, listing: Listing, own: Sequence[OwnDockerfile]) -> str:
    """What the plain Dockerfile runs besides an installer, where that is the source; else empty.
    Dockerfiles of the project's own are kept with all that they run."""
    ours = next((item for item in own if item.plain), None)
    if ours is None:
        return ""
    plain = plain_dockerfile(folder, listing.below(ours.context))
    return plain.builds if isinstance(plain, Plain) else ""


def _with_variables(
    project: Project,
    listing: Listing,
    first: OwnDockerfile | None,
    place: str,
    told: Mapping[str, str],
) -> tuple[Project, list[str]]:
    """The project with what the container of its check is told and what runs beside it, and where
    that was seen: in a compose file, else in an example of variables that it brings."""
    composed, where = dict(first.environment) if first is not None else {}, "a compose file"
    if first is not None and first.plain and not first.seen:
        where = "ENV of a Dockerfile that is left out"
    if not composed:
        composed, where = example_variables(place, listing.texts)
    number, platform = told_port(project, first, listing)
    given = {"PORT": str(number)} if platform else {}
    environment = {**given, **composed, **project.check.environment, **told}
    services = project.check.services or dict(first.services if first is not None else {})
    services = services or services_of_variables(environment)
    check = replace(project.check, environment=environment, services=services)
    said = [f"variables of the check {', '.join(composed)}: {where}"] if composed else []
    if platform and "PORT" not in {**composed, **told}:
        said.append(
            f"variable of the check PORT={environment['PORT']}: {platform} takes its port from it,"
            " as a platform tells it"
        )
    said += [f"service beside the check {host}: {x.image}" for host, x in services.items()]
    return replace(project, check=check), said


def _with_examples(
    project: Project, own: Sequence[OwnDockerfile], listing: Listing
) -> tuple[Project, list[str]]:
    """The project whose copy has the files of variables that its Dockerfiles copy and git ignores,
    by their examples."""
    found: dict[str, str] = {}
    for item in own:
        if not item.plain and not item.outside:
            found |= copied_examples(item.dockerfile.text, item.context, listing)
    said = [f"{path}: {example} in its place, in the copy alone" for path, example in found.items()]
    return replace(project, parts=[*project.parts, *parts_of(found, listing)]), said


def _others(folder: Path, listing: Listing, own: Sequence[OwnDockerfile]) -> list[str]:
    """The services of a repository that are not compared, and how each is."""
    known = {item.context for item in own}
    found = sources_of(listing) if own else []
    names = {item.name for item in own}
    chosen = [x for x in found if x.path in names]
    unbuilt = not_built_before(folder, listing, found)
    aside = [
        f"{path} is left out: it copies {word}, which the project does not have"
        for path, word in unbuilt.items()
        if path not in names
    ]
    aside += [
        f"{path} is left out: {reason}"
        for path, reason in {x.path: what_lacks(x, listing.texts) for x in found}.items()
        if reason and path not in names
    ]
    aside += [
        f"{x.path} is left out: it runs tests, or is a database or a proxy, and not the service"
        for x in found
        if x.is_aside and x.context in known and x.path not in names | unbuilt.keys()
    ]
    aside += [
        f"{x.path} is left out: it is for developers (--dockerfile {x.path})"
        for x in found
        if x.for_developers
        and not x.is_aside
        and x.context in known
        and x.path not in names | unbuilt.keys()
    ]
    others = [x for x in found if x.path not in names and not x.for_developers]
    others = [x for x in others if x.path not in unbuilt]
    places = {x.path: str(folder / x.context) for x in others if x.context not in known}
    places |= {
        x.path: f"{folder} --dockerfile {x.path}"
        for x in others
        if chosen and x.context in known
        if not any(is_same_service(x, other, listing.paths) for other in chosen)
    }
    if _is_part(own):
        started = [place for place in started_directories(listing) if place not in known]
        places |= {place: str(folder / place) for place in started}
    return aside + [
        f"another service {path}, not compared: dockbench compare {how}"
        for path, how in places.items()
    ]


def _is_part(own: Sequence[OwnDockerfile]) -> bool:
    """Whether there is no Dockerfile, and the service is one of several directories."""
    return any(item.plain and item.context != "." for item in own)


def _of_dockerfile(
    folder: Path, listing: Listing, detected: Detected, own: Sequence[OwnDockerfile]
) -> Detected:
    """What is known of a project whose Dockerfile says how it is installed and started.

    Raises `ProjectError` where there is none, and where no port is known to ask on.
    """
    service = listing.below(own[0].context if own else plain_place(folder, listing))
    plain = plain_dockerfile(folder, service)
    asked = how_asked(service, own, plain, detected.values)
    if not own or not asked.is_known:
        raise why_unknown(folder, listing, detected, own, plain)
    check, said = check_and_reason(asked, service, plain)
    seen = plain.evidence if isinstance(plain, Plain) and own[0].plain else ()
    kept = {key: value for key, value in detected.values.items() if key != "dependencies"}
    return replace(
        detected,
        values={
            "command": [],
            **kept,
            "backend": ".",
            "package": ".",
            "parts": [],
            **({} if asked.port is None else {"port": asked.port}),
            "check": check,
        },
        evidence=tuple(dict.fromkeys((*detected.evidence, *(asked.evidence or seen), said))),
    )
