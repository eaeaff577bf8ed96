"""What the jobs of one process share: where they report, the engine, and what ended them all.

The command makes one; a worker of a launcher, which is a process of its own, makes its own when its
first job begins.
"""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.util import Finalize

from runner.engine.connect import Preference
from runner.model.errors import DockbenchError
from runner.model.paths import CachePaths, ResultPaths
from runner.model.record import Record
from runner.sweep.progress import LinesOnStderr, SweepProgress
from runner.sweep.rejections import Refusal
from runner.sweep.session import Session
from runner.sweep.worker import end_with_command
from runner.trial.plan import Reference


@dataclass
class Process:
    """This process and all that its jobs have in common."""

    progress: SweepProgress
    cache: CachePaths
    worker: bool = False
    """Whether a launcher started it."""
    touched: list[ResultPaths] = field(default_factory=list)
    """Result directories that records went to."""
    failed: list[Record] = field(default_factory=list)
    """Trials that failed, as their variants' results."""
    launched: int = 0
    """How many trials a sweep has launched."""
    unmeasured: list[tuple[str, str]] = field(default_factory=list)
    """Jobs that ended without a record: what it was, and why."""
    refused: list[Refusal] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    """What a dry run has to say."""
    fatal: DockbenchError | None = None
    """What makes any further job of this process pointless."""
    expected_s: list[float | None] = field(default_factory=list)
    """How long each job of the sweep should take, in the order in which they are launched."""
    begun: int = 0
    """How many of them have begun in this process."""
    reference: Reference | None = None
    """What the next trial's size is told against."""
    tells_early: bool = False
    """Whether the next trial says its size as soon as that is measured."""
    sessions: dict[Preference, Session] = field(default_factory=dict)

    def session(self, prefer: Preference) -> Session:
        """Engine, bases and projects; connects the first time."""
        if prefer not in self.sessions:
            self.sessions[prefer] = Session.open(self.progress, self.cache, prefer, self.worker)
        return self.sessions[prefer]

    def touch(self, results: ResultPaths) -> None:
        """Remember where results went."""
        if results.root.absolute() not in [known.root.absolute() for known in self.touched]:
            self.touched.append(results)

    def begin(self, what: str) -> float | None:
        """The next job of a sweep in this process begins; returns how long it should take."""
        index, self.begun = self.begun, self.begun + 1
        if index >= len(self.expected_s):
            return None
        known = [left_s for left_s in self.expected_s[index:] if left_s is not None]
        left_s = sum(known) if len(known) == len(self.expected_s) - index else None
        self.progress.overall(what, index, len(self.expected_s), left_s)
        return self.expected_s[index]

    def skip(self) -> None:
        """The next job of a sweep is not run after all."""
        self.begun += 1

    def close(self) -> None:
        """Let go of the engines; an embedded one keeps running for the next command."""
        while self.sessions:
            self.sessions.popitem()[1].close()


_current: Process | None = None


def current() -> Process:
    """The process that this is."""
    global _current
    if _current is None:
        _current = Process(LinesOnStderr(), CachePaths.default(), worker=True)
        # A worker of multiprocessing ends without atexit's functions, others without Finalize's.
        Finalize(None, _current.close, exitpriority=10)
        atexit.register(_current.close)
        end_with_command()
    return _current


@contextlib.contextmanager
def process(progress: SweepProgress, cache: CachePaths | None = None) -> Iterator[Process]:
    """Be the process of a command until the block ends."""
    global _current
    before = _current
    _current = found = Process(progress, cache or CachePaths.default())
    try:
        yield found
    finally:
        try:
            found.close()
        finally:
            _current = before
