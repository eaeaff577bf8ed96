"""The engine's own BuildKit through the SDK's connection: no command line, no session.

The daemon runs BuildKit for `POST /build?version=2`. Its progress comes as `aux` messages with the
id `moby.buildkit.trace`. Secrets and SSH agents need a session, which this builder does not open.
"""

from __future__ import annotations

import base64
import re
import time
import uuid
from dataclasses import dataclass, replace

from runner.engine.builders.steps import TAGGED, Steps, exit_code_of, require_outcome, timed_out
from runner.engine.builders.trace import Status, Vertex, decode_status
from runner.engine.ledger import Ledger, OpenBuild
from runner.engine.port import (
    Builder,
    BuildRefusedError,
    BuildTimedOutError,
    Engine,
    Message,
    StepListener,
)
from runner.model import labels
from runner.model.engine import BuilderName, BuildFailure, BuildRequest, BuildResult, BuildStep
from runner.model.text import one_line

_CLOCK_TOLERANCE_S = 1.0
"""An engine whose clock differs by more is on another machine; its times are shifted to ours."""


class BuildKit:
    """Builds with the BuildKit inside the engine."""

    def __init__(self, engine: Engine, ledger: Ledger | None = None) -> None:
        self._engine = engine
        self._ledger = ledger

    @property
    def name(self) -> BuilderName:
        """Which builder this is."""
        return BuilderName.buildkit

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        """Build; a Dockerfile that fails is a result, a lost engine raises `EngineLostError`."""
        ledger = self._ledger = self._ledger or Ledger.of(self._engine)
        if labels.OWNER in request.labels:
            request = replace(request, labels=request.labels | ledger.marks())
        with ledger.building(request.labels, request.tag) as noted:
            return self._build(request, on_step, noted)

    def _build(
        self, request: BuildRequest, on_step: StepListener | None, noted: OpenBuild
    ) -> BuildResult:
        build_id = uuid.uuid4().hex
        progress = TraceProgress(Steps(on_step), sent_at_s=time.time())
        begun = time.monotonic()
        try:
            for message in self._engine.build_messages(
                request, {"version": "2", "buildid": build_id}
            ):
                progress.take(message, time.time())
                noted.made(progress.image_id)
            failure = progress.failure()
        except BuildRefusedError as error:
            failure = BuildFailure("", str(error))
        except BuildTimedOutError:
            self._engine.cancel_build(build_id)  # closing the connection cancels too
            progress.steps.finish_lines()
            key = progress.running_key()
            name = progress.steps.found[key].name if key else ""
            failure = timed_out(request.timeout_s, name, progress.steps.tail(key))
        duration_s = time.monotonic() - begun
        require_outcome(failure, progress.image_id, self._engine.address)
        return progress.steps.result(duration_s, progress.image_id, failure)


_DEFAULT_REGISTRY = re.compile(r"(?<=\s)docker\.io/(?:library/)?")


@dataclass
class TraceProgress:
    """The state of one BuildKit build, fed with the engine's messages."""

    steps: Steps
    sent_at_s: float
    """When the request was sent, by the wall clock of this machine."""
    image_id: str = ""
    error: str = ""
    _shift_s: float | None = None

    def take(self, message: Message, arrived_at_s: float) -> None:
        """Take in one message; `arrived_at_s` is the wall clock of this machine."""
        if message.get("id") == "moby.buildkit.trace":
            self._take_status(decode_status(base64.b64decode(message["aux"])), arrived_at_s)
        elif isinstance(message.get("aux"), dict) and message["aux"].get("ID"):
            self.image_id = str(message["aux"]["ID"])
        elif "stream" in message:  # engines that build with something else than BuildKit
            if not str(message["stream"]).startswith(TAGGED):
                self.steps.say("", str(message["stream"]))
        elif "error" in message or "errorDetail" in message:
            detail = message.get("errorDetail") or {}
            self.error = one_line(str(message.get("error") or detail.get("message")))

    def failure(self) -> BuildFailure | None:
        """What went wrong, once the stream has ended."""
        self.steps.finish_lines()
        if not self.error:
            return None
        key = self._failing_key()
        step = self.steps.found[key] if key else None
        message = one_line(step.error) if step and step.error else self.error
        exit_code = exit_code_of(self.error)
        return BuildFailure(
            step=step.name if step else "",
            message=message,
            exit_code=exit_code if exit_code is not None else exit_code_of(message),
            log_tail=self.steps.tail(key),
        )

    def running_key(self) -> str:
        """Key of the step that started last among those that are not completed."""
        running = [
            (step.started_s, key)
            for key, step in self.steps.found.items()
            if step.started_s is not None and step.completed_s is None
        ]
        return max(running)[1] if running else ""

    def _take_status(self, status: Status, arrived_at_s: float) -> None:
        if self._shift_s is None:
            self._shift_s = clock_shift_s(status, arrived_at_s)
        for vertex in status.vertexes:
            known = self.steps.found.get(vertex.digest, BuildStep(vertex.name))
            self.steps.update(vertex.digest, self._merge(known, vertex))
        for log in status.logs:
            self.steps.say(log.digest, log.message.decode(errors="replace"))

    def _merge(self, known: BuildStep, vertex: Vertex) -> BuildStep:
        """A later message may leave out what an earlier one said."""
        return BuildStep(
            name=familiar(vertex.name) or known.name,
            started_s=self._relative_s(vertex.started_s, known.started_s),
            completed_s=self._relative_s(vertex.completed_s, known.completed_s),
            cached=vertex.cached or known.cached,
            error=vertex.error or known.error,
        )

    def _relative_s(self, engine_s: float | None, known_s: float | None) -> float | None:
        if engine_s is None:
            return known_s
        return max(0.0, engine_s + (self._shift_s or 0.0) - self.sent_at_s)

    def _failing_key(self) -> str:
        """The step that the error is about: steps that were only cancelled with it do not count."""
        failed = {
            key: step
            for key, step in self.steps.found.items()
            if step.error and "context canceled" not in step.error
        }
        named = [key for key, step in failed.items() if step.error in self.error]
        return next(iter(named or failed), "")


def familiar(name: str) -> str:
    """A step's name with images called as the Dockerfile calls them: the default registry and its
    directory for official images, which BuildKit writes out, are left out."""
    return _DEFAULT_REGISTRY.sub("", name)


def clock_shift_s(status: Status, arrived_at_s: float) -> float | None:
    """What to add to the engine's times to have them by our clock; 0 if the clocks agree.

    None if the message tells no time.
    """
    times = [
        moment
        for vertex in status.vertexes
        for moment in (vertex.started_s, vertex.completed_s)
        if moment is not None
    ]
    if not times:
        return None
    shift_s = arrived_at_s - max(times)
    return shift_s if abs(shift_s) > _CLOCK_TOLERANCE_S else 0.0


def _proof(builder: BuildKit) -> Builder:
    return builder
