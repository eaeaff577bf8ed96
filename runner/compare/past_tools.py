"""The Poetry or the Pipenv that a Dockerfile installs without a version, as the package index had
it on the day of a project's last commit, where the project does not work with that of today."""

from __future__ import annotations

from datetime import date

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_packages import PastPackages
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.edits.python_tools import TOOLS
from runner.dockerfile.pip_names import named_loosely, with_versions
from runner.network.past_index import PastIndex

_OF_A_BASE = frozenset(("pip", "setuptools", "wheel"))
"""What a Dockerfile upgrades, and no project is written for."""


_LENIENT_PIP = "24.0"


def lenient_pip(own: OwnDockerfile, day: date, cause: str) -> PastPackages | None:
    """A Dockerfile that names the last pip which takes the metadata of earlier years, where it
    upgrades that without a version; None for any other."""
    try:
        text = with_versions(
            Document(own.dockerfile.text, own.target), {"pip": _LENIENT_PIP}, {}
        ).text
    except DockerfileError:
        return None
    if text == own.dockerfile.text:
        return None
    line = (
        f"all was measured with pip {_LENIENT_PIP}, the last that takes the metadata of what the"
        f" project pins, which the recommended Dockerfile names; with that of today {cause}"
    )
    return PastPackages.of_dockerfile(own, day, cause, text, line)


def past_tools(own: OwnDockerfile, day: date, cause: str, index: str = "") -> PastPackages | None:
    """A Dockerfile that names these versions; None where it names them already, or installs no such
    tool with pip. `index` is the one that is asked, the public one if nothing is said.

    Raises `NoPastError` where the index does not say what it had then.
    """
    try:
        document = Document(own.dockerfile.text, own.target)
        loose = (named_loosely(document) & TOOLS) - _OF_A_BASE
    except DockerfileError:
        return None
    if not loose:
        return None
    with PastIndex(day, index) as past:
        versions = {name: version for name in sorted(loose) if (version := past.newest(name))}
    text = with_versions(document, versions, {}).text
    if text == document.text:
        return None
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    line = (
        f"all was measured with {named}, the newest on {day}, the day of its last commit, which the"
        f" recommended Dockerfile names; with that of today {cause}"
    )
    return PastPackages.of_dockerfile(own, day, cause, text, line)
