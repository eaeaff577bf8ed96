"""What a comparison takes in from its failed checks: what they lacked, as far as the project tells
it or it is well known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from runner.analysis.causes import hints_of, missing_variables
from runner.compare.absent_lock import without_absent_lock
from runner.compare.base_images import in_their_place, on_standins
from runner.compare.check_start import with_compose_command
from runner.compare.heard_port import exposed, with_heard_port
from runner.compare.ladder import named_bases
from runner.compare.migrations import with_migrations, with_tables_made
from runner.compare.missed_health import with_root_asked
from runner.compare.missing_packages import with_missing_packages
from runner.compare.open_host import with_open_host
from runner.compare.opened_env_file import with_env_file
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.own_package import with_own_package
from runner.compare.past_try import PastTry, asks_for_older_python
from runner.compare.pinned_patch import with_any_patch
from runner.compare.placeholders import with_placeholders
from runner.compare.project_description import read_description
from runner.compare.python_of_day import older_python, on_python_of_day
from runner.compare.python_of_wheels import python_of_wheels
from runner.compare.racing_workers import with_one_load
from runner.compare.read_variables import with_database_parts, with_read_variables
from runner.compare.request import Request
from runner.compare.unfit_lock import with_npm_install, without_hashes
from runner.compare.unpinned_packages import with_newer_packages
from runner.compare.unreadable_values import with_readable_values, without_unreadable_values
from runner.compare.uv_at_start import with_no_sync
from runner.detect.listing import Listing
from runner.detect.python_version import named_release
from runner.model.levels import Base
from runner.model.project import Project
from runner.model.record import Failure
from runner.sweep.config import Config
from runner.sweep.plan import PlannedVariant
from runner.sweep.process import Process
from runner.sweep.session import Session


@dataclass(frozen=True)
class Setup:
    """What all alternatives of one try have in common."""

    config: Config
    planned: Sequence[PlannedVariant]
    """The steps of the ladder; empty where too little is known of the project."""
    session: Session
    bases: Sequence[Base]
    """Images that take the place of others of the same name, the preferred ones first."""


class Lessons:
    """The project, its Dockerfiles and their bases as they are tried next."""

    def __init__(
        self,
        request: Request,
        own: Sequence[OwnDockerfile],
        listing: Listing,
        process: Process,
        setup: Setup,
    ) -> None:
        """`setup` has the bases of the ladder; those that were named come before them."""
        self.request = request
        self.own = list(own)
        self.listing = listing
        self.config, self.session = setup.config, setup.session
        self.planned = setup.planned
        """The steps of the ladder; none once a Dockerfile is another one than they stand for."""
        self.project: Project = setup.config.project
        self.usual = setup.bases
        self.named = named_bases(request.bases)
        self.rounds = self._rounds()
        """What stands for the images of the project's Dockerfiles: the nearest, then the next."""
        self.turn = 0
        self.left_out: set[str] = set()
        """Variables of the check that the service cannot read."""
        self.past = PastTry(request, own, listing, process)
        if self.past.is_asked:
            self.go_to_past("")

    def _rounds(self) -> list[list[Base]]:
        known = [*self.named, *self.usual]
        return in_their_place(self.own, self.session, known, self.listing) or [[]]

    @property
    def bases(self) -> list[Base]:
        """Those of this try: what stands for an image of the project's comes before a step of the
        ladder on it."""
        return [*self.named, *self.rounds[self.turn], *self.usual]

    @property
    def older_python(self) -> str:
        """That of the last commit's day, if it is tried where this one does not build."""
        if not self.own or not self.own[0].plain:
            return ""
        return older_python(self.own, self.past.day, self._texts)[0]

    def learn(self, failed: Mapping[str, Failure], left_s: float) -> list[str]:
        """Take in what the failures, by Dockerfile, show to be lacking, and return what that is:
        values that can be read, else variables and databases, else a file of variables, else the
        port or the address that it listens on, else the health path, else what uv installs at its
        start, else workers that race, else migrations, else a lock or a version that an installer
        takes, else a package that nothing installs, else the command, else another Python, else
        packages of an earlier day, else what its sources read."""
        failures = list(failed.values())
        return (
            self._learn_unreadable(failures)
            or self._learn_values(failures)
            or self._learn_env_file(failed)
            or self._learn_port(failures)
            or self._learn_host(failures)
            or self._learn_health(failures)
            or self._learn_no_sync(failures)
            or self._learn_one_load(failures)
            or self._learn_migrations(failures)
            or self._learn_lock(failed)
            or self._learn_missing(failed)
            or self._learn_command(failures)
            or self._learn_patch(failures)
            or self._learn_python(failures, left_s)
            or self._learn_packages(failed, left_s)
            or self._learn_read_variables(failures)
        )

    @property
    def _context(self) -> str:
        return self.own[0].context if self.own else "."

    @property
    def _set_by_image(self) -> Collection[str]:
        return self.own[0].dockerfile.environment if self.own else ()

    @property
    def _texts(self) -> Mapping[str, str]:
        return self.listing.below(self._context).texts

    def _learn_unreadable(self, failures: Sequence[Failure]) -> list[str]:
        told = self.request.environment
        self.project, said = with_readable_values(self.project, failures, told, self._texts)
        if said:
            return said
        before = self.project.check.environment
        self.project, said = without_unreadable_values(self.project, failures, told)
        self.left_out |= {*before} - {*self.project.check.environment}
        return said

    def _learn_values(self, failures: Sequence[Failure]) -> list[str]:
        hints = hints_of(self.listing.paths, self.listing.texts)
        missing = [name for failure in failures for name in missing_variables(failure, hints)]
        self.project, said = with_database_parts(self.project, missing, self._texts)
        if said:
            return said
        self.project, said = with_placeholders(
            self.project, failures, self.listing.paths, self.listing.texts
        )
        return said

    def _learn_env_file(self, failed: Mapping[str, Failure]) -> list[str]:
        workdir = next((x.dockerfile.workdir for x in self.own if x.name in failed), "/")
        failures = list(failed.values())
        self.project, said = with_env_file(self.project, failures, self._texts, workdir)
        return said

    def _learn_port(self, failures: Sequence[Failure]) -> list[str]:
        is_said = "port" in read_description(self.request.folder)
        self.project, said = with_heard_port(self.project, failures, is_said)
        self.own = exposed(self.own, self.project) if said else self.own
        return said

    def _learn_host(self, failures: Sequence[Failure]) -> list[str]:
        known = self._set_by_image
        self.project, said = with_open_host(self.project, failures, self._texts, known)
        return said

    def _learn_health(self, failures: Sequence[Failure]) -> list[str]:
        asked = read_description(self.request.folder).get("check") or {}
        self.project, said = with_root_asked(self.project, failures, "health_path" in asked)
        return said

    def _learn_no_sync(self, failures: Sequence[Failure]) -> list[str]:
        self.project, said = with_no_sync(self.project, failures)
        return said

    def _learn_one_load(self, failures: Sequence[Failure]) -> list[str]:
        self.project, said = with_one_load(self.project, failures)
        return said

    def _learn_migrations(self, failures: Sequence[Failure]) -> list[str]:
        own, said = with_migrations(self.own, failures, self.listing)
        if not said:
            self.project, said = with_tables_made(self.project, own, failures, self.listing)
        if said:
            self._go_on_with(own)
        return said

    def _learn_lock(self, failed: Mapping[str, Failure]) -> list[str]:
        own, said = without_absent_lock(self.own, failed, self.listing.below(self._context).paths)
        if said:
            self._go_on_with(own)
            return said
        failures = list(failed.values())
        for mended in (with_npm_install, without_hashes, with_newer_packages):
            own, said = mended(self.own, failures)
            if said:
                self._go_on_with(own)
                return said
        return []

    def _learn_missing(self, failed: Mapping[str, Failure]) -> list[str]:
        own, said = with_own_package(self.own, failed)
        if not said:
            own, said = with_missing_packages(self.own, failed, self._texts)
        if said:
            self._go_on_with(own)
        return said

    def _go_on_with(self, own: Sequence[OwnDockerfile]) -> None:
        """Take these Dockerfiles in place of those of the same names, without the ladder: that is
        on the Python that it was planned with, and starts the service alone."""
        self.own = list(own)
        self.past.goes_on_with(own)
        self.planned = []

    def _learn_command(self, failures: Sequence[Failure]) -> list[str]:
        self.project, said = with_compose_command(self.project, self.own, failures)
        return said

    def _learn_patch(self, failures: Sequence[Failure]) -> list[str]:
        if not self.own or not on_standins(self.own[0], self.session.engine):
            return []
        self.project, said = with_any_patch(self.project, failures, self._context)
        return said

    def _learn_python(self, failures: Sequence[Failure], left_s: float) -> list[str]:
        if self.past.begun or not self.own:
            return []
        if not self.own[0].plain:
            return self._on_past_images() if self.past.on_python(failures, left_s) else []
        release = ""
        if asks_for_older_python(failures) and not named_release(self._texts):
            release = python_of_wheels(self.own[0], self.listing, self.request.folder)
        found, said = on_python_of_day(self.own, failures, self.past.day, self._texts, release)
        if said:
            self._go_on_with(found)
            self.rounds, self.turn = self._rounds(), 0
        return said

    def _learn_packages(self, failed: Mapping[str, Failure], left_s: float) -> list[str]:
        if cause := self.past.cause(failed, left_s):
            self.go_to_past(cause)
            return [self.past.found.line] if self.past.found is not None else []
        return self._on_past_images() if self.past.on_node(list(failed.values()), left_s) else []

    def _on_past_images(self) -> list[str]:
        self.own = self.past.applied(self.own)
        self.rounds, self.turn = self._rounds(), 0
        return [self.past.found.line] if self.past.found is not None else []

    def _learn_read_variables(self, failures: Sequence[Failure]) -> list[str]:
        texts = self._texts
        known = {*self._set_by_image, *self.request.environment, *self.left_out}
        self.project, said = with_read_variables(self.project, failures, texts, known)
        return said

    def go_to_past(self, cause: str) -> None:
        """Build with the packages of an earlier day from now on, where that can be."""
        self.project = self.past.on(self.project, cause, self.config, self.session, self.bases)
        self.own = self.past.applied(self.own)
