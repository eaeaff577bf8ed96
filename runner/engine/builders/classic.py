"""The legacy builder, which many machines still run: one container and one image per step.

Its stream carries no times, so each step is stamped when its announcement arrives. It does not
label the images of steps in between; those that a build of ours made get a tag of ours instead,
so that `dockbench clean` can tell them from the user's.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from runner.engine.builders.steps import TAGGED, Steps, exit_code_of, require_outcome, timed_out
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
from runner.model.errors import EngineError
from runner.model.text import one_line

_STEP = re.compile(r"^(?:Step|STEP) (\d+)/(\d+) ?: (.*)$", re.DOTALL)
_IMAGE = re.compile(r"^ ---> ([0-9a-f]{12,64})$")
_GONE = re.compile(r'unable to find image "sha256:[0-9a-f]{64}"')
_CHATTER = (" ---> ", "Removing intermediate container ", "Successfully built ", TAGGED)
"""What the builder itself says between what the steps print."""


class Classic:
    """Builds with the engine's legacy builder."""

    def __init__(self, engine: Engine, ledger: Ledger | None = None) -> None:
        self._engine = engine
        self._ledger = ledger

    @property
    def name(self) -> BuilderName:
        """Which builder this is."""
        return BuilderName.classic

    def build(self, request: BuildRequest, on_step: StepListener | None = None) -> BuildResult:
        """Build; a Dockerfile that fails is a result, a lost engine raises `EngineLostError`."""
        ledger = self._ledger = self._ledger or Ledger.of(self._engine)
        with ledger.building(request.labels, request.tag) as noted:
            result = self._build(request, on_step, noted)
            if lost_in_cache(result.failure):
                result = self._build(request, on_step, noted)
        return result

    def _build(
        self, request: BuildRequest, on_step: StepListener | None, noted: OpenBuild
    ) -> BuildResult:
        progress = ClassicProgress(Steps(on_step))
        begun = time.monotonic()
        try:
            for message in self._engine.build_messages(request, {"version": "1"}):
                progress.take(message, time.monotonic() - begun)
                for image_id in (*progress.made[-1:], progress.image_id):
                    noted.made(image_id)
            progress.end(time.monotonic() - begun)
            failure = progress.failure()
        except BuildRefusedError as error:
            failure = BuildFailure("", str(error))
        except BuildTimedOutError:
            progress.steps.finish_lines()
            tail = progress.steps.tail(progress.current)
            failure = timed_out(request.timeout_s, progress.current_name, tail)
        duration_s = time.monotonic() - begun
        require_outcome(failure, progress.image_id, self._engine.address)
        between = progress.between()
        self._mark(between)
        result = progress.steps.result(duration_s, progress.image_id, failure)
        return replace(result, between=between)

    def _mark(self, image_ids: Sequence[str]) -> None:
        """Tag the images between the steps as ours; the clock has stopped already."""
        for image_id in image_ids:
            with contextlib.suppress(EngineError):
                self._engine.images.tag(image_id, labels.STEP_REPOSITORY, image_id[:12])


def lost_in_cache(failure: BuildFailure | None) -> bool:
    """Whether the engine failed to look in its cache because an image was removed meanwhile.

    On `FROM scratch` it reads every image without a parent, anybody's, and gives the build up with
    this message if one is gone (moby, image/cache). Built once more, the Dockerfile is judged.
    """
    return failure is not None and _GONE.fullmatch(failure.message) is not None


@dataclass
class ClassicProgress:
    """The state of one build of the legacy builder, fed with the engine's messages."""

    steps: Steps
    current: str = ""
    """Key of the step that runs."""
    image_id: str = ""
    error: str = ""
    code: int | None = None
    made: list[str] = field(default_factory=list)
    """Images that this build made: not those of FROM, and not those found in the cache."""

    @property
    def current_name(self) -> str:
        """Name of the step that runs; empty before the first."""
        return self.steps.found[self.current].name if self.current else ""

    def take(self, message: Message, at_s: float) -> None:
        """Take in one message that arrived `at_s` seconds after the request was sent."""
        if isinstance(message.get("aux"), dict) and message["aux"].get("ID"):
            self.image_id = str(message["aux"]["ID"])
        elif "errorDetail" in message or "error" in message:
            detail = message.get("errorDetail") or {}
            self.error = one_line(str(message.get("error") or detail.get("message")))
            code = detail.get("code")
            self.code = code if isinstance(code, int) and code > 0 else exit_code_of(self.error)
        elif "stream" in message:
            self._take_text(str(message["stream"]), at_s)

    def end(self, at_s: float) -> None:
        """The stream has ended."""
        self.steps.finish_lines()
        if self.current:
            self.steps.change(self.current, completed_s=at_s, error=self.error)

    def failure(self) -> BuildFailure | None:
        """What went wrong, once the stream has ended."""
        if not self.error:
            return None
        tail = self.steps.tail(self.current)
        return BuildFailure(self.current_name, self.error, self.code, log_tail=tail)

    def between(self) -> tuple[str, ...]:
        """Images that this build made on the way to its last one."""
        image_id = self.image_id
        return tuple(made for made in self.made if not image_id.startswith(f"sha256:{made}"))

    def _take_text(self, text: str, at_s: float) -> None:
        line = text.rstrip("\n")
        if announced := _STEP.match(line):
            self._begin(announced, at_s)
        elif line.strip() == "---> Using cache":
            self.steps.change(self.current, cached=True)
        elif made := _IMAGE.match(line):
            self._note_image(made[1])
        elif line and not line.startswith(_CHATTER):
            self.steps.say(self.current, text)

    def _begin(self, announced: re.Match[str], at_s: float) -> None:
        if self.current:
            self.steps.change(self.current, completed_s=at_s)
        number, total, instruction = announced.groups()
        self.current = number
        name = f"[{number}/{total}] {instruction.strip()}"
        self.steps.update(number, BuildStep(name, started_s=at_s))

    def _note_image(self, image_id: str) -> None:
        step = self.steps.found.get(self.current)
        if step is None or step.cached or step.name.partition("] ")[2].upper().startswith("FROM "):
            return
        self.made.append(image_id)


def _proof(builder: Classic) -> Builder:
    return builder
