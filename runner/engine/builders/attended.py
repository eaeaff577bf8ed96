"""A builder under observation: what the engine did wrong itself is no result of a build."""

from __future__ import annotations

from dataclasses import replace

from runner.engine.built_images import remove_built, remove_image
from runner.engine.disk import Room
from runner.engine.fault import is_engines_own, lost_by
from runner.engine.port import Builder, Engine, StepListener
from runner.model.engine import BuilderName, BuildRequest, BuildResult
from runner.model.errors import EngineFullError, EngineLostError
from runner.model.failure import MOST_OF_A_STEP
from runner.model.text import without_middle


class Attended:
    """Another builder, whose engine is listened to while it builds."""

    def __init__(self, builder: Builder, engine: Engine) -> None:
        self._builder = builder
        self._engine = engine

    @property
    def name(self) -> BuilderName:
        """Which builder this is."""
        return self._builder.name

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        """Build, and without the cache once more if the engine was silent for seconds; a silence
        that stays is told in the result. With the cache, the second build would find what the first
        has left. A fault of the engine raises `EngineLostError`, as its loss does, and a full disk
        `EngineFullError`."""
        first = self._attended(request, on_step)
        if not (first.silent_s and request.no_cache and self._has_time_for(first)):
            return first
        second = self._attended(request, on_step)
        if first.image_id and first.image_id != second.image_id:
            remove_image(self._engine, first.image_id)
        return second

    def _attended(self, request: BuildRequest, on_step: StepListener | None) -> BuildResult:
        with self._engine.heartbeat() as heartbeat, Room(self._engine) as room:
            result = self._builder.build(request, on_step)
        failure = result.failure
        try:
            room.require(*_to_tell(result))
        except EngineFullError:
            remove_built(self._engine, result)
            raise
        if failure and failure.exit_code is None and is_engines_own(failure.message):
            raise EngineLostError(lost_by(self._engine.address, failure.message))
        return replace(result, silent_s=heartbeat.silent_s)

    def _has_time_for(self, result: BuildResult) -> bool:
        if result.failure is not None and result.failure.timed_out:
            return False
        deadline = self._engine.deadline
        return deadline is None or bool(deadline.left_s > 2 * result.duration_s)


def _to_tell(result: BuildResult) -> tuple[str, str]:
    """What came of a build, should the disk have been full, and all that was said on the way."""
    failure = result.failure
    if failure is None:
        return "the build came to an end, but may have left something out", ""
    what = f"the build failed in {without_middle(failure.step or 'its request', MOST_OF_A_STEP)}"
    return what, "\n".join((failure.message, *failure.log_tail, *result.log))


def _proof(builder: Attended) -> Builder:
    return builder
