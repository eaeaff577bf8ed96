"""The source Dockerfiles of a project: which there are, and from which directory each is built.

A pure function of names and texts. What a compose file says of a build comes first; else a
Dockerfile is built from the directory that has what its COPY instructions name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runner.compare.compose import (
    command_of,
    environment_of,
    pairs,
    services_beside,
    variables_at,
)
from runner.compare.compose_secrets import secrets_of
from runner.compare.compose_service import (
    is_for_developers,
    mounts_of,
    ports_of,
    services_of,
)
from runner.compare.copied_words import copied, exists, named_then
from runner.compare.environment import interpolated
from runner.compare.pushed_image import PushedService, pushed_service
from runner.detect.dockerfile import Dockerfile
from runner.detect.names import FOR_DEVELOPERS, is_bake, is_dockerfile
from runner.detect.not_the_service import is_database, is_proxy, runs_tests
from runner.model.project import Service
from runner.trial.listening import serves

_FOR_PRODUCTION = re.compile(r"(?:^|[./_-])prod(?:uction)?(?:[./_-]|$)", re.IGNORECASE)
_OF_QUEUES = re.compile(r"\b(?:celery|flower|rq|rq-dashboard|dramatiq|huey_consumer|arq|taskiq)\b")
EXPOSES = re.compile(r"^\s*EXPOSE\s", re.MULTILINE | re.IGNORECASE)
MANIFESTS = frozenset(
    (
        *("pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "package.json", "go.mod"),
        *("Cargo.toml", "Gemfile", "composer.json", "pom.xml", "build.gradle", "mix.exs"),
    )
)
"""Files that say what a service is made of, by name."""


@dataclass(frozen=True)
class Source:
    """One Dockerfile of a project, and how it is built."""

    path: str
    """Relative to the project's root."""
    context: str = "."
    """The directory that is sent, relative to the project's root."""
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    seen: str = ""
    """Why it is built like this: `service web in compose.yaml`."""
    ports: tuple[int, ...] = ()
    """Container ports that a compose file publishes or exposes."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What a compose file gives its container."""
    command: tuple[str, ...] = ()
    """What a compose file has its container run."""
    services: Mapping[str, Service] = field(default_factory=dict)
    """Host name → database or cache that a compose file says it depends on."""
    secrets: tuple[str, ...] = ()
    """Names of the secrets that a compose file mounts."""
    volumes: tuple[str, ...] = ()
    """Directories of the project that a compose file mounts."""
    is_aside: bool = False
    """Whether it runs tests, or is for a database or a proxy: not the service."""

    @property
    def serves(self) -> tuple[bool, bool, bool]:
        """How likely it is the service that users ask: it has ports, or starts a server; what
        works on a queue or shows how that goes has a port of its own."""
        known = serves(self.command)
        aside = not known and bool(_OF_QUEUES.search(" ".join(self.command)))
        return not aside, bool(self.ports), known

    @property
    def for_developers(self) -> bool:
        """Whether its name says that it is not for production."""
        return self.is_aside or bool(FOR_DEVELOPERS.search(self.path))

    @property
    def for_production(self) -> bool:
        """Whether its name says that it is for production: what lies beside it is not then."""
        return bool(_FOR_PRODUCTION.search(self.path))


def find_sources(
    paths: Sequence[str],
    texts: Mapping[str, str],
    compose: Mapping[str, Mapping[str, Any]],
    project: str = "",
) -> list[Source]:
    """All of them, the one at the root and those for production first.

    `compose` holds the compose files that were read: path → document; `project` is the name of the
    project's directory.
    """
    found = list(_of_compose(paths, texts, compose))
    known = {source.path for source in found}
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        if is_dockerfile(path) and path not in known:
            context = _context_of(path, texts.get(path, ""), paths)
            found.append(Source(path, context, seen=f"found at {path}"))
    if len(found) == 1 and not known and (pushed := pushed_service(compose, project)):
        found = [_run_as(found[0], pushed, compose, texts)]
    return sorted(
        (
            replace(x, is_aside=_is_aside(x.path, Dockerfile(texts.get(x.path, ""), x.target)))
            for x in found
        ),
        key=lambda x: (x.for_developers, x.path.count("/"), not x.for_production, x.path),
    )


def _run_as(
    source: Source,
    pushed: PushedService,
    compose: Mapping[str, Mapping[str, Any]],
    texts: Mapping[str, str],
) -> Source:
    """A Dockerfile as a compose file runs the image that is pushed of it."""
    folder = posixpath.dirname(pushed.file) or "."
    build = {
        "context": posixpath.relpath(source.context, folder),
        "dockerfile": posixpath.relpath(source.path, source.context),
    }
    said = {**pushed.said, "build": build}
    found = _of_service(pushed.file, compose[pushed.file], pushed.name, said, texts)
    return found or source


def _is_aside(path: str, dockerfile: Dockerfile) -> bool:
    return runs_tests(path, dockerfile) or is_database(dockerfile) or is_proxy(dockerfile)


def _of_compose(
    paths: Sequence[str], texts: Mapping[str, str], compose: Mapping[str, Mapping[str, Any]]
) -> Iterator[Source]:
    known = set(paths)
    found: dict[tuple[str, str], Source] = {}
    for file, document in compose.items():
        here: dict[tuple[str, str], Source] = {}
        for name, service in services_of(document):
            source = _of_service(file, document, name, service, texts)
            if source and not source.command:
                whole = Dockerfile(texts.get(source.path, ""))
                command = _command(name, posixpath.dirname(file), compose, whole, texts)
                source = replace(source, command=command)
            if source and source.path in known:
                other = here.setdefault((source.path, source.target), source)
                if source.serves > other.serves:  # the service, and not a worker beside it
                    here[source.path, source.target] = source
        found = here | found
    yield from found.values()


def _of_service(
    file: str, document: Mapping[str, Any], name: str, service: Any, texts: Mapping[str, str]
) -> Source | None:
    build = service.get("build") if isinstance(service, dict) else None
    if isinstance(build, str):
        build = {"context": build}
    if not isinstance(build, dict) or not isinstance(build.get("context", "."), str):
        return None
    folder = posixpath.dirname(file)
    place = build.get("context", ".").replace("\\", "/")  # as it is written on Windows
    context = posixpath.normpath(posixpath.join(folder, place))
    if "://" in place or context.startswith(("..", "/")) or "$" in context:
        return None
    known = variables_at(folder, texts)
    named = interpolated(str(build.get("dockerfile", "Dockerfile")), known) or "Dockerfile"
    path = posixpath.normpath(posixpath.join(context, named.replace("\\", "/")))
    if path not in texts and "dockerfile" not in build:  # docker looks for either name
        other = posixpath.normpath(posixpath.join(context, "dockerfile"))
        path = other if other in texts else path
    if path.startswith(("..", "/")):
        return None
    target = str(build.get("target") or "")
    seen = f"{'target' if is_bake(file) else 'service'} {name} in {file}"
    whole = Dockerfile(texts.get(path, ""))
    if FOR_DEVELOPERS.search(target) and not whole.is_below(target):
        target, seen = "", f"{seen}, but for its target {target}, which is for developers"
    if target and whole.process and not Dockerfile(texts.get(path, ""), target).process:
        target, seen = "", f"{seen}, but for its target {target}, which starts nothing"
    args = pairs(build.get("args"), known)
    environment = environment_of(service, folder, texts)
    if path in texts and is_for_developers(service, folder, context):
        shipped = Dockerfile(texts[path], target, args).set_variables
        environment = {key: x for key, x in environment.items() if key not in shipped}
    return Source(
        path=path,
        context=context,
        target=target,
        args=args,
        seen=seen,
        ports=(*ports_of(service.get("ports"), known), *ports_of(service.get("expose"), known)),
        environment=environment,
        command=() if FOR_DEVELOPERS.search(file) else tuple(_started(service, whole, known)),
        services=services_beside(document, name, folder, texts),
        secrets=secrets_of(service),
        volumes=tuple(source for source, _ in mounts_of(service, folder)),
    )


def _started(service: Mapping[str, Any], whole: Dockerfile, known: Mapping[str, str]) -> list[str]:
    """What a service runs: its command, behind its own entry point where the image has none. None
    where it takes the place of the image's."""
    entry = command_of(service.get("entrypoint"), known)
    if entry and whole.entrypoint:
        return []
    return [*entry, *command_of(service.get("command"), known)]


def _command(
    name: str,
    folder: str,
    compose: Mapping[str, Mapping[str, Any]],
    whole: Dockerfile,
    texts: Mapping[str, str],
) -> tuple[str, ...]:
    """What another compose file of the same directory, which goes on top of this one, has a service
    run: `docker-compose.prod.yml`. Those for developers come last, and only count where the image
    starts nothing itself."""
    known = variables_at(folder, texts)
    for file in sorted(compose, key=lambda x: bool(FOR_DEVELOPERS.search(x))):
        services = compose[file].get("services")
        service = services.get(name) if isinstance(services, dict) else None
        aside = FOR_DEVELOPERS.search(file) and whole.process
        if posixpath.dirname(file) != folder or aside:
            continue
        if isinstance(service, dict) and (words := _started(service, whole, known)):
            return tuple(words)
    return ()


def _context_of(path: str, text: str, paths: Sequence[str]) -> str:
    """The directory that has most of what it copies, and if it copies all, of what it then names:
    its own, else the root, or one between."""
    wanted = list(copied(text))
    if any(posixpath.normpath(word.strip("/") or ".") == "." for word in wanted):
        wanted += named_then(text)
    folder = posixpath.dirname(path) or "."
    above = [folder]
    while folder not in ("", "."):
        folder = posixpath.dirname(folder) or "."
        above.append(folder)
    return max(above, key=lambda place: sum(exists(name, place, paths) for name in wanted))
