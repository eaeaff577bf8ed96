"""Which file pip installs a project's dependencies from."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from runner.detect.detection import Found, Missing
from runner.detect.listing import Listing, included
from runner.model.foreign import table_of, toml_or_nothing

LEVEL = "found"
"""The level of `deps` that the detected set is."""

MADE = "requirements.dockbench.txt"
"""What the requirements file is called that is made from pyproject.toml."""

_PREFERRED = (
    "requirements.txt",
    "requirements/prod.txt",
    "requirements/production.txt",
    "requirements/main.txt",
    "requirements/base.txt",
    "requirements-prod.txt",
    "requirements_prod.txt",
)
_OF_SOURCES = re.compile(
    r"^[ \t]*(?:(?:-e|--editable)[ =]?[ \t]*)?(?:\.|\./\S*|file:\S+)[ \t\r]*(?:#|$)", re.M
)
_LOCKS = ("uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock")
_LINE = "dependencies: {prod: {requirements: requirements.txt}}"


def backend(listing: Listing) -> Found | Missing:
    """The folder that holds the service: the root, else the only folder that can be installed."""
    manifests = [path for path in listing.paths if path.endswith((".txt", "pyproject.toml"))]
    holders = {
        str(PurePosixPath(path).parent)
        for path in manifests
        if PurePosixPath(path).name == "pyproject.toml" or path.endswith("requirements.txt")
    } | {
        str(PurePosixPath(path).parent.parent)
        for path in manifests
        if PurePosixPath(path).parent.name == "requirements" and path.endswith(".txt")
    }
    holders -= {path for path in holders if PurePosixPath(path).name == "requirements"}
    if "." in holders or _requirements(listing):
        return Found({"backend": "."}, ())
    if len(holders) == 1:
        (folder,) = holders
        return Found({"backend": folder}, (f"backend {folder}: the only folder to be installed",))
    if holders:
        return Missing(f"which of {', '.join(sorted(holders))} to package", "backend: FOLDER")
    return Missing("no requirements.txt and no pyproject.toml", _LINE)


def dependencies(service: Listing, folder: str) -> Found | Missing:
    """The dependency set of the service's folder (its path in the repository)."""
    chosen = _requirements(service)
    if len(chosen) == 1:
        return _from_file(service, chosen[0])
    if chosen:
        return Missing(f"which of {', '.join(chosen)} to install", _line(chosen[0]))
    locks = [lock for lock in _LOCKS if lock in service.paths]
    if locks:
        return Missing(
            f"{locks[0]} is not for pip, which is all that the ladder installs with", _LINE
        )
    return _from_pyproject(service, folder)


def _requirements(service: Listing) -> list[str]:
    """The requirements file to install, or the several ones that it could be."""
    for name in _PREFERRED:
        if name in service.paths:
            return [name]
    return [
        path
        for path in service.paths
        if path.endswith(".txt")
        and path.startswith("requirements")
        and not re.search(r"dev|test|doc|lint", path)
    ]


def _line(requirements: str) -> str:
    return _LINE.replace("requirements.txt", requirements)


def _from_file(service: Listing, path: str) -> Found | Missing:
    if _OF_SOURCES.search(service.texts.get(path, "")):
        return Missing(
            f"{path} installs the project itself, which lies beside it only later (its dependencies"
            " alone are wanted)",
            _line("requirements-prod.txt"),
        )
    files = _included(service, path)
    values: dict[str, Any] = {"requirements": path} | ({"files": files} if files else {})
    evidence = f"dependencies {path}: the requirements file"
    also = f", which names {', '.join(files)}" if files else ""
    aside = (
        f"{lock} is there, too, and is not read by the ladder"
        for lock in _LOCKS
        if lock in service.paths
    )
    return Found({"dependencies": {LEVEL: values}}, (evidence + also, *aside))


def _included(service: Listing, path: str) -> list[str]:
    """The files that a requirements file names, those that these name too."""
    found: list[str] = []
    waiting = [path]
    while waiting:
        current = waiting.pop()
        for other in included(current, service.texts.get(current, "")):
            if other in service.paths and other not in (path, *found):
                found.append(other)
                waiting.append(other)
    return sorted(found)


def _from_pyproject(service: Listing, folder: str) -> Found | Missing:
    """A requirements file made of the dependencies that pyproject.toml lists."""
    lines = project_table(service).get("dependencies")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        return Missing("no requirements file, and no dependencies in pyproject.toml", _LINE)
    return Found(
        {
            "dependencies": {LEVEL: {"requirements": MADE}},
            "parts": [
                {"kind": "text", "path": str(PurePosixPath(folder) / MADE), "lines": [*lines]}
            ],
        },
        (f"dependencies {MADE}: made of the {len(lines)} that pyproject.toml lists",),
    )


def project_table(service: Listing) -> dict[str, Any]:
    """What pyproject.toml says of the project; empty where it is not there or cannot be read."""
    return table_of(toml_or_nothing(service.texts.get("pyproject.toml", "")), "project")


def names(service: Listing, found: Found) -> set[str]:
    """The distributions that are required, in small letters; also those of included files."""
    sets = found.values["dependencies"].values()
    files = [path for each in sets for path in (each["requirements"], *each.get("files", ()))]
    lines = [line for path in files for line in service.texts.get(path, "").splitlines()]
    lines += [line for part in found.values.get("parts", ()) for line in part["lines"]]
    matches = (re.match(r"\s*([A-Za-z0-9][\w.-]*)", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", match[1]).lower() for match in matches if match}
