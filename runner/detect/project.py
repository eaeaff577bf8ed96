"""From a folder's listing to the description of a project: a pure function.

What `dockbench.yaml` says comes first; the rest is looked for, and what is found is told with its
place, so that nobody has to guess what was guessed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Any

from runner.detect import command as commands
from runner.detect import dependencies as installs
from runner.detect.detection import Detected, Found, Missing
from runner.detect.dockerfile import Dockerfile
from runner.detect.ignored import line_of, secret_files, taken_back
from runner.detect.listing import Listing
from runner.detect.manifests import LOOKED_FOR
from runner.detect.names import is_dockerfile
from runner.detect.python_version import wanted_python
from runner.ecosystems.port import HEALTH_PATHS
from runner.model.text import printable
from runner.recipe.ignore_patterns import read_ignore_file

DESCRIPTION = "dockbench.yaml"
"""Where a project describes itself; the keys are those of `configs/project/*.yaml`."""

DOCKERFILE = "Dockerfile"
_NAMED = 5
_MANIFESTS = frozenset((*LOOKED_FOR, "Pipfile", "setup.py")) - {DOCKERFILE}
_IMAGE_VERSION = re.compile(r"(?:^|/)python:([23]\.\d{1,2})(?!\d)")
_INSTALLS = re.compile(
    r"(?<![\w-])(?:apt(?:-get)?(?:\s+-\S+)*+\s+install|apk(?:\s+-\S+)*+\s+add)\s+([^&|;]*)"
)
_NOT_FOR_THE_SERVICE = {"PATH", "PYTHONHOME", "PIP_NO_CACHE_DIR", "PYTHONDONTWRITEBYTECODE"}


def detect(
    listing: Listing, given: Mapping[str, Any], own: Dockerfile | None, place: str = ""
) -> Detected:
    """Everything that `given` does not say already.

    `own` is the Dockerfile at the project's root, or the first one that was named; `place` is the
    directory that it is built in, where that is not the root.
    """
    detection = _Detection(dict(given))
    built = Found({"backend": place}, (f"backend {place}: where its Dockerfile is built",))
    backend = built if place else installs.backend(listing)
    place = given.get("backend") or detection.take("backend", backend)
    service = listing.below(str(place or "."))
    required: set[str] = set()
    port = int(given.get("port", 0))
    if place and "dependencies" not in given:
        found = installs.dependencies(service, str(place))
        detection.take("dependencies", found)
        required = installs.names(service, found) if isinstance(found, Found) else set()
    if place and "command" not in given:
        detection.take("command", commands.command(service, own, required, port))
    words = [str(word) for word in detection.values.get("command") or ()]
    if words and "port" not in given:
        detection.take("port", commands.port(service, own, words))
    if place:
        detection.take("package", Found({"package": "."}, ()))
        detection.add_ignored(service)
        detection.add_environment(service, own)
        detection.add_check(service)
        detection.tell_system_packages(own)
    python, where = python_version(listing, service, own)
    if python:
        detection.evidence.append(f"Python {python}: {where}")
    return Detected(
        values=detection.values,
        evidence=tuple(map(printable, detection.evidence)),
        missing=tuple(detection.missing),
        python=python,
    )


class _Detection:
    """Collects what was found beside what was given, which is never changed."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.values = dict(given)
        self.evidence = [f"{key}: {DESCRIPTION}" for key in given]
        self.missing: list[Missing] = []

    def take(self, key: str, found: Found | Missing) -> Any:
        """Add what was found; returns the key's value."""
        if isinstance(found, Missing):
            self.missing.append(found)
        else:
            self.values = found.values | self.values
            self.evidence += found.evidence
        return self.values.get(key)

    def add_ignored(self, service: Listing) -> None:
        """The lines of the project's own .dockerignore, and what only dockbench reads."""
        if "ignore" in self.given:
            return
        own = read_ignore_file(service.texts.get(".dockerignore", ""))
        check = self.given.get("check") or {}
        files = [check.get(key) for key in ("request_file", "answer_file")]
        back = dict(taken_back(service))
        sent = [f"!{path}" for path in back]
        secret = secret_files(service, sent)
        self.values["ignore"] = [
            *sent,
            *map(line_of, secret),
            *own,
            DESCRIPTION,
            *(str(file) for file in files if file),
        ]
        for path, who in list(back.items())[:_NAMED]:
            self.evidence.append(f"sent all the same {path}: {who} needs it")
        for path in secret[:_NAMED]:
            self.evidence.append(f"left out {path}: what is called so usually is secret")
        if own:
            self.evidence.append(f"ignored: {len(own)} lines of .dockerignore, next to the usual")

    def add_environment(self, service: Listing, own: Dockerfile | None) -> None:
        """What the Dockerfile's ENV tells the service."""
        if own is None or "environment" in self.given:
            return
        kept = environment(service, own)
        if kept:
            self.values["environment"] = self.values.get("environment", {}) | kept
            self.evidence.append(f"environment {', '.join(kept)}: ENV in Dockerfile")

    def add_check(self, service: Listing) -> None:
        """Which request tells that the service is healthy: the first path that the sources have."""
        check = self.given.get("check") or {}
        if "health_path" in check:
            return
        path, where = health_path(service)
        self.values["check"] = {**lenient(path), **check}
        self.evidence.append(f"health GET {path}: {where}")

    def tell_system_packages(self, own: Dockerfile | None) -> None:
        """Which packages of the distribution the Dockerfile installs: whether the running service
        needs them, or only its build, cannot be told."""
        packages = system_packages(own) if own is not None else []
        if packages and "system_packages" not in self.given:
            self.evidence.append(
                f"system packages none: Dockerfile installs {', '.join(packages)}; name in"
                f" {DESCRIPTION} what of it the running service needs (system_packages)"
            )


def lenient(path: str) -> dict[str, Any]:
    """The check of a path: where none of the usual ones was found, any answer below 500 counts."""
    return {"health_path": path} | ({"healthy_below": 500} if path == "/" else {})


def system_packages(own: Dockerfile) -> list[str]:
    """What the image's RUN instructions install with apt-get or apk."""
    lines = [item.value for item in own.final if item.keyword == "RUN"]
    words = [word for line in lines for found in _INSTALLS.findall(line) for word in found.split()]
    return list(dict.fromkeys(word for word in words if re.fullmatch(r"[a-z0-9][\w.+=:~-]*", word)))


def environment(service: Listing, own: Dockerfile) -> dict[str, str]:
    """The variables that ENV sets, less what concerns the Dockerfile's own layout: a path below its
    working folder becomes a relative one, any other is left out."""
    names = [
        name
        for item in own.final
        if item.keyword == "ENV"
        for name in re.findall(r"(?:^|\s)([A-Za-z_]\w*)(?==|\s)", item.value)
    ]
    kept: dict[str, str] = {}
    for name in dict.fromkeys(names):
        value = own.environment.get(name, "")
        if value.startswith("/"):
            value = _relative(value, own.workdir, service)
        if value and name not in _NOT_FOR_THE_SERVICE and not re.search(r"[\"'\\$`\n]", value):
            kept[name] = value
    return kept


def _relative(path: str, workdir: str, service: Listing) -> str:
    """A path of the image relative to its working folder, if the service has it; else empty."""
    pure = PurePosixPath(path)
    if workdir == "/" or not pure.is_relative_to(workdir):
        return ""
    relative = str(pure.relative_to(workdir))
    known = any(other == relative or other.startswith(f"{relative}/") for other in service.paths)
    return relative if known or relative == "." else ""


def health_path(service: Listing) -> tuple[str, str]:
    """The usual path that stands in a source as a text of its own, and where; else `/`."""
    others = tuple(f"{place}/" for place in _other_services(service.paths))
    sources = [x for x in service.paths if x.endswith(".py") and not x.startswith(others)]
    for path in HEALTH_PATHS:
        for source in sources:
            text = service.texts.get(source, "")
            if f'"{path}"' in text or f"'{path}'" in text:
                return path, f"in {source}"
    return "/", "no usual path of a health check is in the sources"


def _other_services(paths: Collection[str]) -> list[str]:
    """The directories of a service that are services themselves: each has a Dockerfile and a
    manifest of its own, and so has what is around them."""
    there = set(paths)
    if not there & _MANIFESTS:
        return []
    places = {posixpath.dirname(path) for path in there if is_dockerfile(path)} - {""}
    return [x for x in sorted(places) if any(f"{x}/{name}" in there for name in _MANIFESTS)]


def python_version(listing: Listing, service: Listing, own: Dockerfile | None) -> tuple[str, str]:
    """The Python that the project asks for, and where: in its Dockerfile, else in its manifests."""
    images = own.images if own is not None else {}
    for image in images:
        if match := _IMAGE_VERSION.search(image):
            return match[1], f"FROM {image}"
    texts = {**listing.texts, **service.texts}
    return wanted_python(texts)
