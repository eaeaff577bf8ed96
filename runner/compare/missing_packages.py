"""Packages that a project's sources import and that nothing installs: the Dockerfile installs them
next to what it installs already, where the package of a module is well known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from runner.analysis.causes_of_packages import missing_module
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.pins import is_locked, requirements_files
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.pip_names import named_packages, requirement_of, with_package
from runner.ecosystems.python_imports import modules_of, own_names, package_of
from runner.model.record import Failure

_ASKED = (
    (re.compile(r"Form data requires \"python-multipart\" to be installed"), "python-multipart"),
    (re.compile(r"email-validator is not installed"), "email-validator"),
    (re.compile(r"Pillow is not installed"), "pillow"),
    (re.compile(r"No module named ['\"]pkg_resources['\"]"), "setuptools<81"),
)
"""What a failure says, and the package that it asks for; setuptools 81 has no `pkg_resources`."""

_NOTED = re.compile(r"\bNo module named (['\"])(\w+)\1")

_EXCEPTION = re.compile(r"^[\w.]*(?:Error|Exception|Warning)\b", re.MULTILINE)
"""What else it may have ended for."""


def with_missing_packages(
    own: Sequence[OwnDockerfile], failures: Mapping[str, Failure], texts: Mapping[str, str]
) -> tuple[list[OwnDockerfile], list[str]]:
    """The Dockerfiles with what they failed for want of, and what is said of it; the Dockerfiles
    themselves and nothing where it is not known what that is, or how they install packages.
    `failures` has how each of them failed, `texts` the project's files."""
    found = list(own)
    said: dict[str, None] = {}
    for index, item in enumerate(own):
        failure = failures.get(item.name)
        if failure is None or failure.hidden is not None:  # what failed before may be why
            continue
        package, why = _missing(failure, texts)
        text = _installing(item, package, texts) if package else item.dockerfile.text
        if text != item.dockerfile.text:
            line = _line(package, why)
            found[index] = item.mended(text, line)
            said[line] = None
    return found, list(said)


def _missing(failure: Failure, texts: Mapping[str, str]) -> tuple[str, str]:
    """The package that is missing, and who asks for it; empty texts where it is not known."""
    asked = next((name for pattern, name in _ASKED if pattern.search(failure.words)), "")
    if asked:
        return asked, "what it installs asks for it"
    module = missing_module(failure.words) or _noted(failure.words)
    if module in own_names(texts):
        return "", ""
    importing = [
        path for path, text in texts.items() if path.endswith(".py") and module in modules_of(text)
    ]
    if not importing:
        return "", ""
    nearest = min(importing, key=lambda x: (x.count("/"), x))
    return package_of(module), f"{nearest} imports {module}"


def _noted(words: str) -> str:
    """The module that a service says to be missing in words of its own, and ends for want of."""
    match = _NOTED.search(words)
    return match[2] if match is not None and not _EXCEPTION.search(words) else ""


def _installing(own: OwnDockerfile, package: str, texts: Mapping[str, str]) -> str:
    """The text of a Dockerfile that installs a package as well; as it is where it does so already,
    and where it installs none by name or from a list."""
    document = Document(own.dockerfile.text, own.target)
    requirement = requirement_of(package)
    try:
        if requirement is None or _is_installed(requirement, own, document, texts):
            return document.text
        return with_package(document, package, own.dockerfile.needed).text
    except DockerfileError:
        return document.text  # the builder will say what is wrong with it


def _is_installed(
    requirement: Requirement, own: OwnDockerfile, document: Document, texts: Mapping[str, str]
) -> bool:
    """Whether its commands install it by name, or a list says it that they read; also where such a
    list has hashes, next to which nothing is installed without. A version is another thing."""
    files = requirements_files(document, own.dockerfile.needed, list(texts), texts)
    if any(is_locked(texts.get(file, "")) for file in files):
        return True
    if requirement.specifier:
        return str(requirement) in document.text
    lines = (line.partition("#")[0] for file in files for line in texts.get(file, "").splitlines())
    found = (requirement_of(line.partition(" --")[0].strip(" \\")) for line in lines)
    listed = {canonicalize_name(x.name) for x in found if x is not None}
    return requirement.name in named_packages(document) | listed


def _line(package: str, why: str) -> str:
    return (
        f"{package} is installed as well: {why}, and nothing installs it; name it in the project's"
        " file of dependencies"
    )
