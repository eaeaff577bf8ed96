"""The Dockerfiles of a project: its own, those that are named, or the plain one of its language."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from runner.compare.compose_files import compose_files
from runner.compare.copied_examples import example_of
from runner.compare.copied_words import absent
from runner.compare.elsewhere import Elsewhere, asked_elsewhere
from runner.compare.mounted_sources import step_for, what_lacks
from runner.compare.mounting_service import said_of
from runner.compare.project_description import read_description
from runner.compare.service_choice import one_service
from runner.compare.service_directory import service_directory
from runner.compare.sources import Source, find_sources
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing, read_listing
from runner.detect.names import is_script
from runner.ecosystems.all import PLAIN_IGNORE, plain_of
from runner.ecosystems.port import Given, Lacking, Plain
from runner.model.errors import ProjectError
from runner.model.foreign import MOST_BYTES
from runner.model.paths import real
from runner.model.project import Service
from runner.model.text import printable
from runner.project.inside import inside, lies_in, read_inside, read_regular
from runner.project.named import named_path

DOCKERFILE = "Dockerfile"
OUTSIDE = "outside:"
_NOT_TOLD = frozenset(("PATH", "PORT", "HOST", "HOSTNAME"))
"""Variables of a Dockerfile that mean nothing where another one is built."""
MOST_SOURCES = 3
"""How many Dockerfiles of a project are compared if none is named."""


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
    secrets: tuple[str, ...] = ()
    """Names of the secrets that a compose file mounts."""
    seen: str = ""
    """Where it says that it is built like this: `service web in compose.yaml`."""
    outside: bool = False
    """Whether it lies elsewhere, and was named with --dockerfile."""
    plain: bool = False
    """Whether the project has none, and this is the one that its ecosystem would write."""
    elsewhere: frozenset[Elsewhere] = frozenset()
    """What the project's manifests have installers ask hosts for that may not answer."""
    further: bool = False
    """Whether the edits of another come first: of the first that is found, or of one that was
    named."""
    scripts: tuple[str, ...] = ()
    """Texts of the project's shell scripts that it names, or that a compose file starts."""
    written: str = ""
    """Its text in the project, where it does not work as that is and was mended; else empty."""
    mends: tuple[str, ...] = ()
    """What was mended, a line each."""

    def mended(self, text: str, *said: str) -> OwnDockerfile:
        """The same with another text, without which it does not work, and what is said of that."""
        return replace(
            self,
            dockerfile=replace(self.dockerfile, text=text),
            written=self.written or self.dockerfile.text,
            mends=(*self.mends, *said),
        )


def plain_dockerfile(folder: Path, listing: Listing) -> Plain | Lacking | None:
    """What a tutorial would write for a project or a directory of it, with what its description
    says; what it lacks for that; None for one of no known language."""
    return plain_of(listing, _given(read_description(folder)))


def plain_place(folder: Path, listing: Listing) -> str:
    """The directory of a project without Dockerfiles that the plain one is written for."""
    return service_directory(listing, _given(read_description(folder)))


def _given(values: Mapping[str, Any]) -> Given:
    """What of a description the plain Dockerfile is written with."""
    return Given(tuple(map(str, values.get("command") or ())), int(values.get("port") or 0))


def own_dockerfiles(folder: Path, named: Sequence[str]) -> list[OwnDockerfile]:
    """The Dockerfiles that are compared, and what is known of the project for all of them.

    Raises `ProjectError` for one that cannot be read, or is a link out of the project.
    """
    listing = read_listing(folder)
    elsewhere = asked_elsewhere(listing)
    found = _dockerfiles(folder, named, listing)
    return [replace(item, elsewhere=elsewhere, scripts=_scripts(item, listing)) for item in found]


def _scripts(own: OwnDockerfile, listing: Listing) -> tuple[str, ...]:
    """The texts of the shell scripts in its context that a Dockerfile names, or that its compose
    file starts."""
    said = f"{own.dockerfile.text} {' '.join(own.command)}"
    below = listing.below(own.context)
    return tuple(
        text
        for path, text in below.texts.items()
        if is_script(path) and posixpath.basename(path) in said
    )


def _dockerfiles(folder: Path, named: Sequence[str], listing: Listing) -> list[OwnDockerfile]:
    """The project's Dockerfiles: the one at its root and those that were named (relative to the
    current directory or to the project's); if none was, all that are found, those for production
    first. Where there are none, the one that the project's ecosystem would write."""
    sources = sources_of(listing)
    if named:
        asked = [named_path(Path(name), folder) for name in named]
        paths = [folder / DOCKERFILE] if (folder / DOCKERFILE).is_file() else []
        paths += asked
        known = {real(folder / source.path): source for source in sources}
        found = {
            where: _of_source(folder, known[where]) if where in known else _read(path, folder)
            for where, path in ((real(path), path) for path in paths)
        }
        leading = {*map(real, asked)}
        return _told_apart(
            [replace(item, further=where not in leading) for where, item in found.items()]
        )
    if not sources:
        return [_as_composed(item, listing) for item in _plain(folder, listing)]
    chosen = one_service(sources, listing.paths, listing.texts)
    unbuilt = not_built_before(folder, listing, chosen)
    lacking = {x.path: why for x in chosen if (why := what_lacks(x, listing.texts))}
    complete = [x for x in chosen if x.path not in unbuilt | lacking]
    if complete:
        own = [_of_source(folder, source) for source in complete[:MOST_SOURCES]]
        return [replace(item, further=item is not own[0]) for item in own]
    if plain := _plain(folder, listing):
        told = _of_source(folder, chosen[0]).dockerfile
        environment = {k: v for k, v in told.set_variables.items() if k not in _NOT_TOLD}
        environment |= chosen[0].environment
        services = chosen[0].services
        return [replace(item, environment=environment, services=services) for item in plain]
    if not unbuilt:
        path, why = next(iter(lacking.items()))
        raise ProjectError(
            f"{folder / path}: {why}: {step_for(why)}, or name another Dockerfile (--dockerfile"
            " FILE)"
        )
    path, word = next(iter(unbuilt.items()))
    raise ProjectError(
        f"{folder / path}: it copies {printable(word)}, which is not in"
        f" {folder / chosen[0].context}: make that first, or name another Dockerfile (--dockerfile"
        " FILE)"
    )


def _as_composed(plain: OwnDockerfile, listing: Listing) -> OwnDockerfile:
    """A plain Dockerfile with what a compose file says of the directory that it is for."""
    said = said_of(plain.context, listing.texts)
    return replace(plain, environment=said.environment, services=said.services, seen=said.seen)


def not_built_before(folder: Path, listing: Listing, sources: Sequence[Source]) -> dict[str, str]:
    """Dockerfile → the first that it copies and the project does not have: something that is to be
    built before, elsewhere."""

    def has(context: Path, name: str) -> bool:
        place = posixpath.relpath(context / name, folder)
        if example_of(place, listing.paths, listing.texts):
            return True
        try:
            return inside(folder, context / name).exists()
        except (OSError, ProjectError):
            return True  # the build will say what is wrong with it

    found: dict[str, str] = {}
    for source in sources:
        context = folder / source.context
        text = listing.texts.get(source.path, "")
        if word := absent(text, partial(has, context), source.args):
            found[source.path] = word
    return found


def sources_of(listing: Listing) -> list[Source]:
    """The Dockerfiles of a project, as its compose files say that they are built."""
    compose = compose_files(listing.texts)
    return find_sources(listing.paths, listing.texts, compose, listing.name)


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
        secrets=source.secrets,
        seen=source.seen,
    )


def _plain(folder: Path, listing: Listing) -> list[OwnDockerfile]:
    """The Dockerfile that a tutorial would write; none for a project of no known language."""
    place = plain_place(folder, listing)
    below = listing.below(place)
    plain = plain_dockerfile(folder, below)
    if not isinstance(plain, Plain):
        return []
    found = OwnDockerfile(
        f"plain {plain.ecosystem}",
        Dockerfile(plain.dockerfile),
        below.texts.get(".dockerignore", "") or PLAIN_IGNORE[plain.ecosystem],
        ignore_path=posixpath.join("" if place == "." else place, ".dockerignore"),
        context=place,
        plain=True,
    )
    return [found]


def _read(path: Path, folder: Path, context: Path | None = None) -> OwnDockerfile:
    root = real(folder)
    lies_inside = lies_in(folder, path)
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
    where = real(path)
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
    if root is None:
        content = read_regular(path, MOST_BYTES)
    else:
        content = read_inside(root, path.absolute(), MOST_BYTES)
    if content is None:
        raise ProjectError(f"{path}: no regular file of at most {MOST_BYTES >> 10} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path}: not UTF-8 text: name a Dockerfile") from error
