"""How a trial failed: where, with which words, and what went wrong unseen before that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from runner.model.redact import redacted
from runner.model.text import without_middle

MOST_OF_A_STEP = 120
"""Characters of the step that went on, in a message."""


@dataclass(frozen=True)
class HiddenFailure:
    """An installer that failed in a step that went on (`pip install …; rm …`), so that the build
    ended, if at all, by what was not installed."""

    step: str
    program: str
    message: str
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """What went wrong, where, and the last lines that were printed."""

    step: str
    message: str
    exit_code: int | None = None
    log_tail: tuple[str, ...] = ()
    hidden: HiddenFailure | None = None
    """What failed before in a step that went on; None for nothing, and in records of earlier
    versions."""

    @property
    def words(self) -> str:
        """The message and the last lines as one text, in which causes are looked for."""
        return "\n".join((self.message, *self.log_tail))

    @property
    def told(self) -> str:
        """The message, with what failed unseen before."""
        if self.hidden is None:
            return self.message
        return (
            f"{self.message}; before that {self.hidden.program} failed in"
            f" {without_middle(self.hidden.step, MOST_OF_A_STEP)}, which went on:"
            f" {self.hidden.message}"
        )


def without_credentials(failure: Failure) -> Failure:
    """The same, with credentials taken out of all texts."""
    hidden = failure.hidden
    return replace(
        failure,
        step=redacted(failure.step),
        message=redacted(failure.message),
        log_tail=tuple(map(redacted, failure.log_tail)),
        hidden=hidden
        and HiddenFailure(
            redacted(hidden.step),
            hidden.program,
            redacted(hidden.message),
            tuple(map(redacted, hidden.log_tail)),
        ),
    )
