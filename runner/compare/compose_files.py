"""The compose files of a project as documents, and those of `docker buildx bake` as such."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from runner.detect.bake import builds_of
from runner.detect.names import compose_order, is_bake, is_compose, is_named_compose
from runner.model.foreign import ForeignError, yaml_document


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
    return _put_together(found) | {x: builds_of(x, texts[x]) for x in texts if is_bake(x)}


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
