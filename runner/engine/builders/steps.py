"""Collects the steps and log lines of one build; pure, so that it is tested on recorded streams."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from runner.engine.port import StepListener
from runner.model.engine import BuildFailure, BuildResult, BuildStep
from runner.model.errors import EngineLostError

LOG_TAIL_LINES = 40

TAGGED = "Successfully tagged "
"""How the engine's own last word begins; it is no output of a step."""

_EXIT_CODE = re.compile(r"(?:exit code|non-zero code|exited with code):? (\d+)")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Steps:
    """What is known of a build so far: its steps in order of appearance and what they printed."""

    on_step: StepListener | None = None
    found: dict[str, BuildStep] = field(default_factory=dict)
    """Key of the step (its digest or number) → its present state."""
    log: list[str] = field(default_factory=list)
    _tails: dict[str, list[str]] = field(default_factory=dict)
    _unfinished: dict[str, str] = field(default_factory=dict)
    _last: str = ""

    def update(self, key: str, step: BuildStep) -> None:
        """Set the state of a step; the listener hears of every change."""
        if self.found.get(key) != step:
            self.found[key] = step
            if self.on_step is not None:
                self.on_step(step)

    def change(self, key: str, **changes: object) -> None:
        """Change fields of a known step."""
        self.update(key, replace(self.found[key], **changes))  # type: ignore[arg-type]

    def say(self, key: str, text: str) -> None:
        """Something that a step printed; an unfinished line waits for its rest."""
        *lines, rest = _ANSI.sub("", self._unfinished.get(key, "") + text).split("\n")
        self._unfinished[key] = rest
        for line in lines:
            self._add_line(key, line)

    def finish_lines(self) -> None:
        """Nothing more will come: unfinished lines are lines too."""
        for key, rest in self._unfinished.items():
            if rest.strip():
                self._add_line(key, rest)
        self._unfinished.clear()

    def tail(self, key: str) -> tuple[str, ...]:
        """The last lines that one step printed."""
        return tuple(self._tails.get(key, ())[-LOG_TAIL_LINES:])

    def result(
        self, duration_s: float, image_id: str = "", failure: BuildFailure | None = None
    ) -> BuildResult:
        """What the build came to."""
        return BuildResult(
            image_id="" if failure else image_id,
            duration_s=duration_s,
            steps=tuple(self.found.values()),
            log=tuple(self.log),
            failure=failure,
        )

    def _add_line(self, key: str, raw: str) -> None:
        # A progress bar overwrites itself with carriage returns: its last state is the line.
        line = raw.rstrip("\r").rpartition("\r")[2].rstrip()
        if key != self._last:
            self._last = key
            if key in self.found:
                self.log.append(f"--- {self.found[key].name}")
        self.log.append(line)
        if line:
            self._tails.setdefault(key, []).append(line)
            del self._tails[key][:-LOG_TAIL_LINES]


def exit_code_of(message: str) -> int | None:
    """The exit code that an engine's error message names, if it names one."""
    found = _EXIT_CODE.search(message)
    return int(found[1]) if found else None


def require_outcome(failure: BuildFailure | None, image_id: str, address: str) -> None:
    """Raises `EngineLostError` for a build that ended with neither an image nor an error."""
    if failure is None and not image_id:
        raise EngineLostError(
            f"the engine at {address} ended a build with neither image nor error: look at its log"
            " and start it again"
        )


def timed_out(timeout_s: float, step: str, tail: tuple[str, ...]) -> BuildFailure:
    """The failure of a build that was stopped because its time was over."""
    message = f"the build was stopped after its time limit of {timeout_s:g} s"
    return BuildFailure(step, message, timed_out=True, log_tail=tail)
