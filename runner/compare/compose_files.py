"""The compose files of a project as documents, and those of `docker buildx bake` as such."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from runner.detect.bake import builds_of
from runner.detect.names import (
    COMPOSE,
    FOR_DEVELOPERS,
    FOR_PRODUCTION,
    compose_order,
    is_bake,
    is_compose,
    is_named_compose,
)
from runner.model.foreign import ForeignError, yaml_document

_LISTS = ("environment", "ports", "expose", "volumes", "env_file", "depends_on", "secrets")


def compose_files(texts: Mapping[str, str]) -> dict[str, Any]:
    """Path → document, those for production first; one that is not YAML says nothing."""
    found: dict[str, Any] = {}
    for path in sorted(filter(is_compose, texts), key=compose_order):
        try:
            document = yaml_document(texts[path])
        except ForeignError:
            continue
        if not isinstance(document, dict):
            continue
        read = document if "services" in document else _of_version_1(document)
        if is_named_compose(path) or _has_services(read):
            found[path] = _with_shared_builds(read)
    return _with_overrides(_put_together(found)) | {
        x: builds_of(x, texts[x]) for x in texts if is_bake(x)
    }


def _of_version_1(document: dict[Any, Any]) -> dict[Any, Any]:
    """A compose file of version 1, in which the services stand at the top, as a later one."""
    services = {
        name: x for name, x in document.items() if isinstance(x, dict) and {"build", "image"} & {*x}
    }
    return {"services": services} if services else document


def _with_shared_builds(document: dict[Any, Any]) -> dict[Any, Any]:
    """A compose file in which each service says how its image is built, also where one service
    builds it (`image: shop` next to `build: .`) and others only run it (`image: shop`)."""
    services = document.get("services")
    if not isinstance(services, dict):
        return document
    built = {
        x["image"]: x["build"]
        for x in services.values()
        if isinstance(x, dict) and "build" in x and isinstance(x.get("image"), str)
    }
    return document | {
        "services": {
            name: {"build": built[x["image"]], **x}
            if isinstance(x, dict) and isinstance(x.get("image"), str) and x["image"] in built
            else x
            for name, x in services.items()
        }
    }


def _with_overrides(found: Mapping[str, dict[Any, Any]]) -> dict[str, Any]:
    """The documents; of one that compose reads by itself, a service whose build is told no
    arguments is as another file of its directory has it that tells them and no context
    (`docker-compose.prod.yml`), and that is given to compose behind it; none for developers."""
    return {
        path: document | {"services": _overridden(path, document, found)}
        if posixpath.basename(path) in COMPOSE and isinstance(document.get("services"), dict)
        else document
        for path, document in found.items()
    }


def _overridden(
    path: str, document: Mapping[Any, Any], found: Mapping[str, Mapping[Any, Any]]
) -> dict[Any, Any]:
    place = posixpath.dirname(path)
    beside = [
        x
        for x in found
        if posixpath.dirname(x) == place
        and not FOR_DEVELOPERS.search(x)
        and is_named_compose(x)
        and x.rpartition("/")[2] not in COMPOSE
    ]
    first = sorted(beside, key=lambda x: (not FOR_PRODUCTION.search(x), compose_order(x)))
    services = dict(document["services"])
    for name, service in services.items():
        if not isinstance(service, dict) or "build" not in service:
            continue
        build = service["build"]
        if isinstance(build, dict) and build.get("args"):
            continue
        others = (found[x].get("services") or {} for x in first)
        overrides = (x.get(name) for x in others if isinstance(x, dict))
        override = next((x for x in overrides if _tells_arguments(x)), None)
        if override is not None:
            whole = {"context": build} if isinstance(build, str) else build
            services[name] = merged({**service, "build": whole}, override)
    return services


def _tells_arguments(service: Any) -> bool:
    """Whether a service says arguments of its build, and not where that is."""
    build = service.get("build") if isinstance(service, dict) else None
    return isinstance(build, dict) and bool(build.get("args")) and "context" not in build


def merged(service: Mapping[Any, Any], override: Mapping[Any, Any]) -> dict[Any, Any]:
    """A service with what a later file says of it: tables are put together, lists of variables and
    of what is mounted as well, and anything else takes the place of what it was."""
    found = dict(service)
    for key, value in override.items():
        known = found.get(key)
        if key in ("environment", "env_file"):
            known, value = _of_one_kind(known), _of_one_kind(value)
        if isinstance(known, dict) and isinstance(value, dict):
            found[key] = merged(known, value)
        elif isinstance(known, list) and isinstance(value, list) and key in _LISTS:
            found[key] = [*known, *value]
        else:
            found[key] = value
    return found


def _of_one_kind(said: Any) -> Any:
    """Variables and files of variables as a list, however they are written."""
    if isinstance(said, dict):
        return [name if value is None else f"{name}={value}" for name, value in said.items()]
    return [said] if isinstance(said, str) else said


def _has_services(document: Mapping[Any, Any]) -> bool:
    services = document.get("services")
    return isinstance(services, dict) and any(
        isinstance(x, dict) and {"build", "image"} & {*x} for x in services.values()
    )


def _put_together(found: Mapping[str, dict[Any, Any]]) -> dict[str, Any]:
    """The documents, those of a directory of parts (`compose/app.yaml`, `compose/storages.yaml`)
    with the images that the others of it run: they are given to compose at once."""
    images: dict[str, dict[Any, Any]] = {}
    for path, document in found.items():
        if not is_named_compose(path):
            services = document["services"]
            only = {name: x for name, x in services.items() if "build" not in (x or {})}
            images.setdefault(posixpath.dirname(path), {}).update(only)
    return {
        path: document
        if is_named_compose(path)
        else document | {"services": {**images[posixpath.dirname(path)], **document["services"]}}
        for path, document in found.items()
    }
