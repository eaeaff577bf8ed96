"""One more try of a comparison that fails by its packages: with those that the index had on the day
of the project's last commit, or on a day that was asked for; where it fails by the Node of today,
with that of the day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from runner.analysis.causes import (
    hints_of,
    lies_in_node,
    lies_in_packages,
    lies_in_python,
    lies_in_tools,
    likely_cause,
)
from runner.analysis.causes_of_packages import LENIENT_PIP
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_images import past_images
from runner.compare.past_npm import with_npm_of_day
from runner.compare.past_packages import PastPackages, past_packages, with_past
from runner.compare.past_pnpm import past_pnpm
from runner.compare.past_tools import lenient_pip, past_tools
from runner.compare.python_of_day import OF_WHEELS
from runner.compare.python_of_wheels import python_of_wheels
from runner.compare.request import Request
from runner.compare.user_dockerfile import own_variant
from runner.detect.last_commit import last_commit_day, today
from runner.detect.listing import Listing
from runner.image.cache import LayerCache
from runner.model.errors import ProjectError
from runner.model.levels import Base
from runner.model.project import Project
from runner.model.record import Failure, Record
from runner.network.past_index import NoPastError
from runner.sweep.config import Config
from runner.sweep.measure import measure
from runner.sweep.process import Process
from runner.sweep.session import Session

_PIP = re.compile(r"\bRUN\b.*\b(?:pip|pip3|pipenv|poetry|uv)\b.*\b(?:install|sync)\b")
"""A step that installs packages of Python."""


def asks_for_older_python(failures: Sequence[Failure]) -> bool:
    """Whether all of these, one at least, failed where packages of Python are installed, or by what
    was written for an earlier one."""
    return bool(failures) and all(_PIP.search(x.step) or lies_in_python(x) for x in failures)


class PastTry:
    """What is tried once at most, and what came of it."""

    def __init__(
        self,
        request: Request,
        dockerfiles: Sequence[OwnDockerfile],
        listing: Listing,
        process: Process,
    ) -> None:
        self.request = request
        self.inside = [item for item in dockerfiles if not item.outside]
        self.own = next(iter(self.inside), None)
        self.listing = listing
        self.process = process
        self.begun = False
        self.by_tool = False
        """Whether it is tried because of an installer's version."""
        self.found: PastPackages | None = None
        """The packages of an earlier day, where all is built with them."""

    def goes_on_with(self, dockerfiles: Sequence[OwnDockerfile]) -> None:
        """Take these in place of those of the same names: they are on another base since."""
        self.inside = [item for item in dockerfiles if not item.outside]
        names = [item.name for item in self.inside]
        if self.own is not None and self.own.name in names:
            self.own = self.inside[names.index(self.own.name)]

    @cached_property
    def day(self) -> date | None:
        """That of the project's last commit; None where there is none."""
        return last_commit_day(self.request.folder)

    @property
    def is_asked(self) -> bool:
        """Whether a day was asked for whose packages are not looked up yet."""
        return self.request.packages_as_of is not None and not self.begun

    def cause(self, failed: Mapping[str, Failure], left_s: float) -> str:
        """Why the day of the last commit is tried, where it is: one of the Dockerfiles, which is
        then the one that is built with its packages, fails by nothing else that is known.
        `failed` has how each of them failed."""
        if self.begun or left_s <= 0:
            return ""
        hints = hints_of(self.listing.paths, self.listing.texts)
        by_packages = {name: x for name, x in failed.items() if lies_in_packages(x, hints)}
        if not by_packages:
            return ""
        self.own = next((x for x in self.inside if x.name in by_packages), self.own)
        name = self.own.name if self.own is not None else ""
        failure = by_packages.get(name, next(iter(by_packages.values())))
        self.by_tool = lies_in_tools(failure, hints)
        return likely_cause(failure, hints)

    def on_node(self, failures: Sequence[Failure], left_s: float) -> bool:
        """Whether it is tried with the pnpm that its lock was written by, or on the Node of the day
        of its last commit, from now on, and say so: none of its Dockerfiles works with what they
        name without a version, and mean another one of today by it."""
        if self.begun or left_s <= 0 or not failures or self.own is None:
            return False
        hints = hints_of(self.listing.paths, self.listing.texts)
        if not all(lies_in_node(failure, hints) for failure in failures):
            return False
        cause = likely_cause(failures[0], hints) or failures[0].message
        self.found = past_pnpm(self.own, self.listing, self.day or today(), cause)
        told = "with the pnpm of its lock"
        if self.found is None and self.day is not None and self.day < today():
            images = past_images(self.own, self.day, cause, today())
            self.found = with_npm_of_day(self.own, self.listing, self.day, cause, images)
            told = "on the Node of its last commit"
            told += "" if self.found is images else ", with the packages of that day"
        return self._has_begun(cause, told)

    def on_python(self, failures: Sequence[Failure], left_s: float) -> bool:
        """The same for the Python that the packages which it pins are compiled for, else that of
        that day, where nothing builds on the one that a tag without a release means today."""
        if self.begun or left_s <= 0 or self.own is None:
            return False
        if not asks_for_older_python(failures):
            return False
        hints = hints_of(self.listing.paths, self.listing.texts)
        if any(lies_in_tools(x, hints) for x in failures):
            return False
        cause = likely_cause(failures[0], hints) or failures[0].message
        day, told = self.day or today(), f"on the Python of {self.day}"
        if release := python_of_wheels(self.own, self.listing, self.request.folder):
            told = f"on Python {release}, {OF_WHEELS}"
        self.found = past_images(self.own, day, cause, today(), release)
        return self._has_begun(cause, told)

    def _has_begun(self, cause: str, told: str) -> bool:
        """Whether something was found, which is said then."""
        self.begun = self.found is not None
        if self.begun:
            self.process.progress.note(f"{cause}; tried once more {told}")
        return self.begun

    def on(
        self, project: Project, cause: str, config: Config, session: Session, bases: Sequence[Base]
    ) -> Project:
        """The project with the packages of that day; as it is where that cannot be, which is said.

        Raises `ProjectError` where a day was asked for whose packages cannot be had.
        """
        self.begun = True
        asked = self.request.packages_as_of
        day = asked or self.day
        if day is None or self.own is None or day >= today():
            return project
        whose = f"that the index had on {day}"
        if cause:
            whose += ", the day of its last commit"
            self.process.progress.note(f"{cause}; tried once more with the packages {whose}")

        def build(probe: OwnDockerfile, only_built: Config) -> Record:
            return measure(own_variant(probe, only_built, session, bases), session, self.process)

        files_of = LayerCache(self.process.cache).live_files
        found: PastPackages | str = (
            "builds of this engine cannot reach this machine's loopback; `uv pip compile"
            f" --exclude-newer {day} requirements.txt` prints them"
        )
        if session.info.kind == "embedded":
            found = past_packages(self.own, day, cause, self.listing, config, build, files_of)
        if isinstance(found, str) and self.by_tool:
            found = self._tools(day, cause) or found
        if isinstance(found, str) and LENIENT_PIP in cause:
            found = lenient_pip(self.own, day, cause) or found
        if isinstance(found, PastPackages):
            self.found = found
            return with_past(project, found)
        said = f"the packages {whose} cannot be had: {found}"
        if asked is not None:
            raise ProjectError(f"--packages-as-of {asked}: {said}")
        self.process.progress.note(said)
        return project

    def _tools(self, day: date, cause: str) -> PastPackages | None:
        """The Dockerfile with the installers of that day, where nothing else can be named."""
        assert self.own is not None
        try:
            return past_tools(self.own, day, cause)
        except NoPastError:
            return None

    def applied(self, own: Sequence[OwnDockerfile]) -> list[OwnDockerfile]:
        """The Dockerfiles with what was found; as they are where nothing was."""
        return self.found.applied(own) if self.found is not None else list(own)
