"""The packages of Node that npm's index had on the day of a project's last commit, where no lock
says which ones it works with."""

from __future__ import annotations

import posixpath
from datetime import date

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_packages import PastPackages
from runner.detect.listing import Listing
from runner.dockerfile.build_arguments import with_arguments
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.shell import commands_of
from runner.ecosystems.node_tools import LOCKS
from runner.ecosystems.package_json import PACKAGE


def with_npm_of_day(
    own: OwnDockerfile, listing: Listing, day: date, cause: str, images: PastPackages | None
) -> PastPackages | None:
    """The Dockerfile, on the `images` of that day if there are any, whose npm installs what its
    index had then; the images alone where a lock says that, or no npm installs anything."""
    names = {posixpath.basename(path) for path in listing.below(own.context).paths}
    if PACKAGE not in names or names & LOCKS:
        return images
    try:
        document = Document(images.text if images else own.dockerfile.text, own.target)
        stages = {
            run.stage
            for run in document.runs()
            for command in commands_of(document, run)
            if command.program == "npm" and command.operands[:1] in (("install",), ("i",))
        }
    except DockerfileError:
        return images
    if not stages:
        return images
    text = with_arguments(document, stages, f"npm_config_before={day}").text
    also = f"{images.said}; " if images else ""
    said = (
        f"{also}all was measured with the packages that npm's index had before {day}, the day of"
        " its last commit, as no lock names any: the recommended Dockerfile says so by"
        f" npm_config_before; with those of today {cause}"
    )
    return PastPackages.of_dockerfile(own, day, cause, text, said)
