"""A folder as a project: what its dockbench.yaml says, and what is detected of the rest."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from runner.compare.compose import example_variables, services_of_variables
from runner.compare.description import as_project
from runner.compare.project_description import read_description
from runner.compare.sources import Source, find_sources, one_service
from runner.detect.command import port as command_port
from runner.detect.detection import Detected, Found, Missing
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing, read_listing
from runner.detect.manifests import LOOKED_FOR, broken, other_language
from runner.detect.names import COMPOSE
from runner.detect.project import DESCRIPTION, detect, health_path, lenient
from runner.ecosystems.all import PLAIN_IGNORE, plain_of
from runner.ecosystems.port import Given, Lacking, Plain
from runner.model.errors import ProjectError
from runner.model.foreign import MOST_BYTES, ForeignError, yaml_document
from runner.model.project import Project, Proof, Service
from runner.model.text import printable
from runner.project.inside import inside, read_regular

DOCKERFILE = "Dockerfile"


@dataclass(frozen=True)
class OwnDockerfile:
    """A Dockerfile that is measured as it is."""

    name: str
    """Its path in the project; of a file elsewhere `outside:` and the end of its path."""
    dockerfile: Dockerfile
    dockerignore: str
    """Text of the .dockerignore that goes with it; empty for none."""
    ignore_path: str = ".dockerignore"
    """Where that lies, or would lie, relative to the project's root."""
    context: str = "."
    """The directory that is sent, relative to the project's root."""
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    """Ports that a compose file publishes."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What a compose file tells its container."""
    command: tuple[str, ...] = ()
    """What a compose file has its container run."""
    services: Mapping[str, Service] = field(default_factory=dict)
    """What a compose file runs beside it."""
    seen: str = ""
    """Where it says that it is built like this: `service web in compose.yaml`."""
    outside: bool = False
    """Whether it lies elsewhere, and was named with --dockerfile."""
    plain: bool = False
    """Whether the project has none, and this is the one that its ecosystem would write."""


@dataclass(frozen=True)
class Understood:
    """The project in a folder."""

    project: Project
    evidence: tuple[str, ...]
    python: str
    """The version of Python that it asks for; empty where it does not say."""
    ladder: bool = True
    """Whether enough is known of it to write Dockerfiles of our own, from the interpreter up."""
    listing: Listing = field(default_factory=lambda: Listing(()))


def understand(
    folder: Path, own: Sequence[OwnDockerfile], told: Mapping[str, str] | None = None
) -> Understood:
    """The project in a folder, which is only read. `told` are variables for the container of its
    check, beside those of a compose file and of its description.

    Raises `ConfigError` for a description that is wrong, and `ProjectError` with the lines to write
    where something cannot be found, or for a path that leads out of the folder.
    """
    listing = read_listing(folder)
    given = read_description(folder)
    first = next((item for item in own if not item.plain), None)
    place = first.context if first is not None and first.context != "." else ""
    detected = detect(listing, given, first.dockerfile if first is not None else None, place)
    unread = [f"{line}: not read" for line in broken(listing.paths, listing.texts)]
    detected = replace(
        detected, evidence=(*unread, *_others(folder, listing, own), *detected.evidence)
    )
    if builds := _builds(folder, listing, own):
        lacks = Missing(f"the ladder does not run {builds}", "")
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
    project, told_where = _with_variables(project, listing, first, place, told or {})
    evidence = (*detected.evidence, *told_where)
    return Understood(project, evidence, detected.python, not detected.missing, listing)


def _builds(folder: Path, listing: Listing, own: Sequence[OwnDockerfile]) -> str:
    """What the plain Dockerfile runs that installs nothing, where that is the source; else empty.
    Dockerfiles of the project's own are kept with all that they run."""
    if not any(item.plain for item in own):
        return ""
    plain = plain_of(listing, _given(read_description(folder)))
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
    if not composed:
        composed, where = example_variables(place, listing.texts)
    environment = {**composed, **project.check.environment, **told}
    services = project.check.services or dict(first.services if first is not None else {})
    services = services or services_of_variables(environment)
    check = replace(project.check, environment=environment, services=services)
    if first is not None and first.command and not (first.dockerfile.command or check.command):
        check = replace(check, command=list(first.command))
    said = [f"variables of the check {', '.join(composed)}: {where}"] if composed else []
    said += [f"service beside the check {host}: {x.image}" for host, x in services.items()]
    if check.command:
        said.append(f"command of the check {shlex.join(check.command)}: the Dockerfile has none")
    return replace(project, check=check), said


def _others(folder: Path, listing: Listing, own: Sequence[OwnDockerfile]) -> list[str]:
    """The services of a repository that are not compared, and how each is."""
    known = {item.context for item in own}
    found = find_sources(listing.paths, listing.texts, _compose_files(listing)) if own else []
    others = [x for x in found if x.context not in known and not x.for_developers]
    return [
        f"another service {x.path}, not compared: dockbench compare {folder / x.context}"
        for x in others
    ]


def _usual_port(service: Listing, own: Sequence[OwnDockerfile]) -> int | None:
    """Where the program that a Dockerfile starts listens if it is told nothing."""
    words = own[0].dockerfile.command if own else []
    found = command_port(service, own[0].dockerfile, words) if words else None
    return int(found.values["port"]) if isinstance(found, Found) else None


def _of_dockerfile(
    folder: Path, listing: Listing, detected: Detected, own: Sequence[OwnDockerfile]
) -> Detected:
    """What is known of a project whose Dockerfile says how it is installed and started.

    Raises `ProjectError` where there is none, and where no port is known to ask on.
    """
    ports = [port for item in own for port in (*item.dockerfile.ports, *item.ports)]
    service = listing.below(own[0].context if own else ".")
    plain = plain_of(service, _given(read_description(folder)))
    guessed = plain.port if isinstance(plain, Plain) else None
    port = detected.values.get("port") or next(iter(ports), guessed) or _usual_port(service, own)
    check = detected.values.get("check") or {}
    proof = _proof(check)
    if not own or (port is None and proof in (Proof.http, Proof.port)):
        wanted = detected.missing
        if not own and "dependencies" not in detected.values:
            if unread := broken(listing.paths, listing.texts):
                raise ProjectError(f"{folder}: {printable('; '.join(unread))}: correct it")
            if isinstance(plain, Lacking):
                raise ProjectError(f"{folder}: {printable(plain.why)}")
            if not _known(listing):
                raise ProjectError(_unknown(folder, listing))
        wanted = tuple(x for x in wanted if not own or not x.line.startswith("dependencies"))
        if own and not any(item.line.startswith("port") for item in wanted):
            wanted = (*wanted, Missing("no EXPOSE in a Dockerfile", "port: 8000"))
        raise ProjectError(_missing(folder, replace(detected, missing=wanted)))
    health, where = health_path(service)
    if isinstance(plain, Plain):
        health, where = plain.health_path, where if plain.health_path == "/" else "in its sources"
    shown = f"port {port}, health GET {health}: {where}"
    if proof is not Proof.http:
        shown = f"healthy by {proof.value}: {DESCRIPTION}"
    said = plain.evidence if isinstance(plain, Plain) and own[0].plain else ()
    kept = {key: value for key, value in detected.values.items() if key != "dependencies"}
    return replace(
        detected,
        values={
            "command": [],
            **kept,
            "backend": ".",
            "package": ".",
            "parts": [],
            **({} if port is None else {"port": port}),
            "check": {**lenient(health), **check},
        },
        evidence=tuple(dict.fromkeys((*detected.evidence, *said, shown))),
    )


def _proof(check: Mapping[str, Any]) -> Proof:
    """What tells that a container of the project is healthy, as its description says it."""
    said = check.get("proof", Proof.http)
    return said if isinstance(said, Proof) else Proof(str(said))


def _given(values: Mapping[str, Any]) -> Given:
    """What of a description the plain Dockerfile is written with."""
    return Given(tuple(map(str, values.get("command") or ())), int(values.get("port") or 0))


def _known(listing: Listing) -> bool:
    """Whether anything in it is of a language that is known."""
    return any(
        PurePosixPath(path).name in LOOKED_FOR or "requirements" in path or path.endswith(".py")
        for path in listing.paths
    )


def _unknown(folder: Path, listing: Listing) -> str:
    """What was looked for in a project of which nothing is known, and what to do."""
    language = other_language(listing.paths)
    seen = f" ({printable(language)}, for which no Dockerfile is made here)" if language else ""
    *names, last = LOOKED_FOR
    return (
        f"{folder}: no {', '.join(names)} or {last} was found{seen}: write a Dockerfile with EXPOSE"
        " and CMD, or name one elsewhere (--dockerfile FILE)"
    )


def _missing(folder: Path, detected: Detected) -> str:
    """One line with all that could not be found, and what to write instead."""
    lacks = "; ".join(f"{item.why}: write `{item.line}`" for item in detected.missing)
    return (
        f"{folder}: {printable(lacks)} into {folder / DESCRIPTION} (docs/compare.md has an example)"
    )


OUTSIDE = "outside:"
MOST_SOURCES = 3
"""How many Dockerfiles of a project are compared if none is named."""


def own_dockerfiles(folder: Path, named: Sequence[str]) -> list[OwnDockerfile]:
    """The project's Dockerfiles: the one at its root and those that were named (relative to the
    current directory or to the project's); if none was, all that are found, those for production
    first. Where there are none, the one that the project's ecosystem would write.

    Raises `ProjectError` for one that cannot be read, or is a link out of the project.
    """
    listing = read_listing(folder)
    sources = find_sources(listing.paths, listing.texts, _compose_files(listing))
    if named:
        paths = [folder / DOCKERFILE] if (folder / DOCKERFILE).is_file() else []
        for name in named:
            here = Path(name)
            paths.append(here if here.is_file() else folder / name)
        known = {(folder / source.path).resolve(): source for source in sources}
        found = {
            path.resolve(): _of_source(folder, known[path.resolve()])
            if path.resolve() in known
            else _read(path, folder)
            for path in paths
        }
        return _told_apart(list(found.values()))
    if not sources:
        return _plain(folder, listing)
    chosen = one_service(sources, listing.paths, listing.texts)[:MOST_SOURCES]
    return [_of_source(folder, source) for source in chosen]


def _compose_files(listing: Listing) -> dict[str, Any]:
    """The compose files of a project; one that is not YAML says nothing."""
    found: dict[str, Any] = {}
    for path in listing.texts:
        if path.rpartition("/")[2] in COMPOSE:
            try:
                document = yaml_document(listing.texts[path])
            except ForeignError:
                continue
            if isinstance(document, dict):
                found[path] = document
    return found


def _of_source(folder: Path, source: Source) -> OwnDockerfile:
    read = _read(folder / source.path, folder, folder / source.context)
    return replace(
        read,
        dockerfile=replace(read.dockerfile, target=source.target, args=source.args),
        context=source.context,
        target=source.target,
        args=source.args,
        ports=source.ports,
        environment=source.environment,
        command=source.command,
        services=source.services,
        seen=source.seen,
    )


def _plain(folder: Path, listing: Listing) -> list[OwnDockerfile]:
    """The Dockerfile that a tutorial would write; none for a project of no known language."""
    plain = plain_of(listing, _given(read_description(folder)))
    if not isinstance(plain, Plain):
        return []
    text = listing.texts.get(".dockerignore", "") or PLAIN_IGNORE[plain.ecosystem]
    dockerfile = Dockerfile(plain.dockerfile)
    return [OwnDockerfile(f"plain {plain.ecosystem}", dockerfile, text, plain=True)]


def _read(path: Path, folder: Path, context: Path | None = None) -> OwnDockerfile:
    root = folder.resolve()
    lies_inside = Path(os.path.abspath(path)).is_relative_to(root)  # noqa: PTH100 - links as written
    try:
        text = _file_text(path, root if lies_inside else None)
    except OSError as error:
        raise ProjectError(
            f"--dockerfile {path}: cannot be read ({error.strerror}): name a file in the current"
            f" directory or in {folder}"
        ) from error
    beside = path.with_name(f"{path.name}.dockerignore")
    ignore = beside if beside.is_file() else (context or folder) / ".dockerignore"
    ignored = ""
    if ignore.is_file():
        try:
            ignored = _file_text(ignore, root if lies_inside or ignore is not beside else None)
        except OSError as error:
            raise ProjectError(f"{ignore}: cannot be read ({error.strerror})") from error
    where = path.resolve()
    inside_it = where.is_relative_to(root)
    name = where.relative_to(root).as_posix() if inside_it else f"{OUTSIDE}{_end_of(where)}"
    place = os.path.relpath(os.path.abspath(ignore), root)  # noqa: PTH100 - links as written
    place = ignore.name if place.startswith("..") else Path(place).as_posix()
    seen = "" if inside_it else f"{path} lies outside of the project, and is built in it"
    return OwnDockerfile(name, Dockerfile(text), ignored, place, outside=not inside_it, seen=seen)


def _end_of(path: Path) -> str:
    """A file by its name and its directory's, which tell it apart and lead nowhere."""
    return "/".join(path.parts[-2:]).lstrip("/")


def _told_apart(found: Sequence[OwnDockerfile]) -> list[OwnDockerfile]:
    """Each with a name of its own: of two files outside with one name the second gets a number."""
    names: dict[str, int] = {}
    told = []
    for item in found:
        names[item.name] = number = names.get(item.name, 0) + 1
        told.append(item if number == 1 else replace(item, name=f"{item.name}-{number}"))
    return told


def _file_text(path: Path, root: Path | None) -> str:
    """The text of a file; of one that must lie below `root` no link leads out of it."""
    content = read_regular(path if root is None else inside(root, path.absolute()), MOST_BYTES)
    if content is None:
        raise ProjectError(f"{path}: no regular file of at most {MOST_BYTES >> 10} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path}: not UTF-8 text: name a Dockerfile") from error
