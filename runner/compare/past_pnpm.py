"""The pnpm that a project was written for, where its Dockerfile installs that of today and does not
build with it."""

from __future__ import annotations

import posixpath
from datetime import date

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_packages import PastPackages
from runner.detect.listing import Listing
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.pnpm_version import with_version_of_pnpm
from runner.ecosystems.node_tools import PNPM_LOCK, pnpm_version
from runner.ecosystems.package_json import PACKAGE, package_of

_CAREFUL, _BEFORE, _SINCE = "10", "9", date(2025, 1, 7)
"""The first pnpm that runs no scripts of packages unless it is told to (bcrypt is not compiled
then), the one before it, which reads and writes the same lock, and the day on which it came."""


def past_pnpm(own: OwnDockerfile, listing: Listing, day: date, cause: str) -> PastPackages | None:
    """A Dockerfile that names that version; None where it names one, or installs no pnpm, and for a
    project without its lock."""
    service = listing.below(own.context)
    locks = [path for path in service.paths if posixpath.basename(path) == PNPM_LOCK]
    if not locks:
        return None
    place = posixpath.dirname(min(locks, key=lambda path: (path.count("/"), path)))
    inside = service.below(place) if place else service
    package = package_of(inside, PACKAGE) or {}
    version, where = pnpm_version(inside, package)
    if version == _CAREFUL and day < _SINCE:
        version = _BEFORE
    try:
        document = Document(own.dockerfile.text, own.target)
        text = with_version_of_pnpm(document, version, "packageManager" in package).text
    except DockerfileError:
        return None
    if text == document.text:
        return None
    line = (
        f"all was measured with pnpm {version}, by {where}, which the recommended Dockerfile names;"
        f" with that of today {cause}"
    )
    return PastPackages(day, cause, {own.name: (document.text, text)}, own.name, text, line)
