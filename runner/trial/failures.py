"""How a trial ends early: low down it is an exception, in the record it is status and failure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from runner.model.engine import BuildResult
from runner.model.record import Failure, Status
from runner.model.redact import redacted
from runner.model.secret_values import MARK
from runner.trial.index_errors import unreached, unreached_python

LOG_TAIL_LINES = 40
SHORTEST_HIDDEN = 6
"""Shorter values (`true`, `8000`) tell nothing, and would leave holes in every log."""

_MOUNTED = re.compile(r"/run/secrets/[\w.-]+")
"""The place of a secret, and not the secret."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""What tells a terminal in which colour to write."""
_WAITS = re.compile(
    r"\bwait(?:ing|s)?\b|\bsleeping\b|\bnot (?:yet )?(?:ready|available|reachable|up)\b"
    r"|\bunavailable\b|\bretry(?:ing)?\b",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:error|fatal|failed|cannot|not found|no such)\b|^\s*[\w.]*(?:Error|Exception)(?:: |$)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"A complete log of this run can be found in|\bWorker failed to boot"
    r"|^\s*(?:npm (?:error|ERR!) (?:code|path|command|errno|syscall|workspace|location|signal)\b"
    r"|npm (?:error|ERR!) (?:Lifecycle script|Exit status)"
    r"|(?:error|ELIFECYCLE) +Command failed with|error: script \S+ exited with"
    r"|make(?:\[\d+\])?: \*\*\*|note: This error originates from a subprocess"
    r"|error: (?:subprocess-exited-with-error|metadata-generation-failed"
    r"|failed-wheel-build-for-install))"
)
"""What npm, yarn, make, pip and gunicorn say behind any error."""
_HEADING = re.compile(r"^\W*(?:\w+ +)*\w*errors?(?: [a-z]+)*:$", re.IGNORECASE)
"""A line that announces an error, which the next one tells."""
_BEFORE_USAGE = re.compile(
    r"npm (?:error|ERR!) (?:Missing: \S+ from lock file|Invalid: lock file's|notsup Unsupported)"
)
"""What npm says before it explains at length how it is used, or what else it has tried."""


class TrialEnded(Exception):  # noqa: N818 - not an error of dockbench: it becomes a record
    """The variant failed; carries what the record says about it."""

    def __init__(self, status: Status, failure: Failure) -> None:
        super().__init__(failure.message)
        self.status = status
        self.failure = failure


def ended(
    status: Status,
    step: str,
    message: str,
    log: Iterable[str] = (),
    exit_code: int | None = None,
) -> TrialEnded:
    """A trial's early end, with credentials taken out of all texts."""
    tail = tuple(redacted(_COLOURS.sub("", line)) for line in list(log)[-LOG_TAIL_LINES:])
    said = redacted(_COLOURS.sub("", message))
    return TrialEnded(status, Failure(redacted(step), said, exit_code, tail))


def values_in(text: str) -> list[str]:
    """The lines of a file, and what stands behind `=` in them: a program may print each."""
    lines = [line.strip() for line in text.splitlines()]
    return [*lines, *(line.partition("=")[2].strip(" \t\"'") for line in lines if "=" in line)]


def without_values(end: TrialEnded, values: Iterable[str]) -> TrialEnded:
    """The same without texts that a container was told and has printed; where a secret is mounted
    is none."""
    hidden_values = (x for x in values if len(x) >= SHORTEST_HIDDEN and not _MOUNTED.fullmatch(x))
    told = sorted(hidden_values, key=len)[::-1]
    failure = end.failure

    def hide(text: str) -> str:
        for value in told:
            text = text.replace(value, MARK)
        return text

    hidden = replace(
        failure, message=hide(failure.message), log_tail=tuple(map(hide, failure.log_tail))
    )
    return TrialEnded(end.status, hidden)


def build_ended(result: BuildResult, index_fault: str = "") -> TrialEnded:
    """The end of a trial whose build failed; an index that gives no proper answer (`index_fault`
    says why) fails it in the words for a missing package."""
    assert result.failure is not None
    failure = result.failure
    status = Status.build_timeout if failure.timed_out else Status.build_failed
    log = failure.log_tail or result.log
    message = failure.message
    if failure.exit_code is not None and not failure.timed_out:
        why = no_index(failure.step, log, result.log, index_fault)
        why = why or telling_line(log) or message
        message = f"exit code {failure.exit_code}: {why}"
    return ended(status, failure.step or "build", message, log, failure.exit_code)


def no_index(step: str, log: Sequence[str], whole: Sequence[str], fault: str) -> str:
    """What does not answer of what packages, or a Python, are fetched from, and what to do; empty
    if all do, for all that is known."""
    wanted, why = unreached_python(log)
    if wanted:
        return (
            f"the Python that is asked for ({wanted}) is not in the image, and the host that uv"
            f" downloads it from does not answer ({why})"
        )
    if reason := fault or unreached(step, log, whole):
        return (
            f"the package index does not answer ({reason}): check the network, or name another one"
            " with mirror=custom"
        )
    return ""


def telling_line(log: Sequence[str]) -> str:
    """The last line of a log that speaks of an error, else its last line; empty for no log."""
    return error_line(log) or next((x.strip() for x in reversed(log) if x.strip()), "")


def error_line(log: Sequence[str]) -> str:
    """The last line of a log that speaks of an error; empty where none does."""
    if said := next((x for x in log if _BEFORE_USAGE.search(x)), ""):
        return said.strip()
    errors = [index for index, line in enumerate(log) if _ERROR.search(line)]
    telling = [index for index in errors if not _ASIDE.search(log[index])] or errors
    if not telling:
        return ""
    said = log[telling[-1]].strip()
    below = next((x.strip() for x in log[telling[-1] + 1 :] if x.strip()), "")
    return f"{said} {below}".strip() if _HEADING.match(said) else said


def waiting_line(log: Sequence[str]) -> str:
    """The last line of a log with which a script says, again and again, that it waits for another
    service; empty for none. What a shell traces (`+ sleep 1`) is no such line."""
    lines = [x.strip() for x in log if not x.startswith("+ ")]
    said = (x for x in reversed(lines) if _WAITS.search(x) and lines.count(x) > 1)
    return next(said, "")
