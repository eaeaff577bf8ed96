"""The tries of a comparison: on the next nearest bases where nothing builds on the first ones, and
with what its failed checks showed to be lacking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.analysis.causes import lies_in_no_base
from runner.compare.alternatives import Alternatives
from runner.compare.base_images import lines_of
from runner.compare.lessons import Lessons, Setup
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_packages import PastPackages
from runner.compare.python_of_day import build_limit_s
from runner.compare.request import Request
from runner.compare.services import with_services
from runner.detect.listing import Listing
from runner.model.record import Record
from runner.sweep.config import Config
from runner.sweep.process import Process

ROUNDS = 6
"""How often a check is tried again: most services name one thing that they lack at a time."""


class Tries:
    """Which try comes next, and what it is made with."""

    def __init__(
        self,
        request: Request,
        own: Sequence[OwnDockerfile],
        listing: Listing,
        process: Process,
        setup: Setup,
    ) -> None:
        """`setup` has the bases of the ladder; those that were named come before them."""
        self.progress = process.progress
        self.lessons = Lessons(request, own, listing, process, setup)
        self.learnt: list[str] = []
        """What was found out by checks that failed, a line each."""
        self.nearest: list[Record] = []
        """How the Dockerfiles failed on the first of several rounds of bases."""
        self.amended = 0
        self.left_out: tuple[str, ...] = ()
        """Services beside the check whose images cannot be had."""

    @property
    def own(self) -> list[OwnDockerfile]:
        """The Dockerfiles of this try."""
        return self.lessons.own

    @property
    def past_packages(self) -> PastPackages | None:
        """The packages of an earlier day, where all is built with them."""
        return self.lessons.past.found

    def setup(self) -> Setup:
        """This try's, with images for the services beside the check."""
        lessons = self.lessons
        for line in [] if self.amended else lines_of(lessons.rounds[lessons.turn]):
            self.progress.note(line)
        served, self.left_out = with_services(
            lessons.project, lessons.session, lessons.bases, self.progress
        )
        lessons.config = replace(lessons.config, project=served)
        lessons.planned = [
            replace(x, config=replace(x.config, project=served)) for x in lessons.planned
        ]
        older = lessons.older_python
        planned = [replace(x, config=_limited(x.config, older)) for x in lessons.planned]
        return Setup(_limited(lessons.config, older), planned, lessons.session, lessons.bases)

    def goes_on(self, alternatives: Alternatives) -> bool:
        """Whether there is another try after these alternatives, and if so, prepare it and say
        why."""
        lessons = self.lessons
        if lessons.turn + 1 < len(lessons.rounds) and self._may_lie_in_bases(alternatives):
            self.nearest = self.nearest or alternatives.of_roots()
            self.progress.note("nothing builds on that: the next nearest is tried")
            lessons.turn += 1
            return True
        failures = alternatives.failed_checks() if self.amended < ROUNDS else {}
        said = lessons.learn(failures, alternatives.budget.left_s)
        self.amended += bool(said)
        self.learnt += said
        for line in said:
            self.progress.note(line)
        return bool(said)

    def _may_lie_in_bases(self, alternatives: Alternatives) -> bool:
        failures = [x.failure for x in alternatives.of_roots() if x.failure is not None]
        return alternatives.none_builds() and not all(map(lies_in_no_base, failures))


def _limited(config: Config, older: str) -> Config:
    """The configuration with the time that a build may take where an `older` Python comes next."""
    limit_s = build_limit_s(config.run.build_timeout_s, older)
    return replace(config, run=replace(config.run, build_timeout_s=limit_s))
