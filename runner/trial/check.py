"""Proves that a container works: it becomes healthy, and its full answer is the expected one."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from runner.engine.reach import NOT_CUT_OFF
from runner.model.errors import ProjectError
from runner.model.project import Check
from runner.model.record import CheckRecord, Status
from runner.trial.answer import digest, first_difference
from runner.trial.ended import ended
from runner.trial.http import HttpAnswer, HttpRequest, exchange

POLL_S = 0.02
"""How often a container that does not answer yet is asked again."""

ALIVE_S = 0.2
"""How often the engine is asked whether the container still runs."""

PROBE_TIMEOUT_S = 5.0
"""How long one health request may take."""


class Reachable(Protocol):
    """A running container, as far as a check needs it."""

    @property
    def network(self) -> str:
        """How it is reached: `none`, `internal` or `published`."""

    def connect_socket(self, port: int, timeout_s: float = ...) -> socket.socket:
        """A TCP connection to a port of the container; raises `OSError` while nothing listens."""

    def exit_code(self) -> int | None:
        """The exit code of a container that has ended, None while it runs."""

    def logs(self, tail: int = ...) -> Sequence[str]:
        """The last lines that it printed."""


@dataclass(frozen=True)
class CheckPlan:
    """What is asked and what must be answered, read from the project before any clock."""

    health: HttpRequest
    question: HttpRequest
    expected: Any
    """The expected answer; `ANY` where the project names none."""
    port: int
    timeout_s: float

    @property
    def digest(self) -> str:
        """`sha256:…` of what is asked and what must be answered; how long that may take is no part
        of it."""
        body = self.question.body
        return digest(
            {
                "health": str(self.health),
                "question": str(self.question),
                "body": None if body is None else body.hex(),
                "expected": [] if self.expected is ANY else [self.expected],
                "port": self.port,
            }
        )


ANY = object()
"""No answer is expected in particular: being healthy is enough."""


def read_check(check: Check, port: int, folder: Path) -> CheckPlan:
    """The check of a project; raises `ProjectError` for a file that is missing or not JSON."""
    body = _file(folder, check.request_file, "check.request_file") if check.request_file else None
    headers = {"Content-Type": "application/json"} if body is not None else {}
    expected: Any = ANY
    if check.answer_file:
        try:
            expected = json.loads(_file(folder, check.answer_file, "check.answer_file"))
        except ValueError as error:
            raise ProjectError(
                f"check.answer_file={check.answer_file} is not JSON ({error}): correct the file"
            ) from error
    return CheckPlan(
        health=HttpRequest("GET", check.health_path),
        question=HttpRequest(check.request_method, check.request_path, body, headers),
        expected=expected,
        port=port,
        timeout_s=check.timeout_s,
    )


def run_check(container: Reachable, plan: CheckPlan, started_s: float) -> CheckRecord:
    """Wait until the container is healthy, then ask; `started_s` is its start by time.monotonic().

    Raises `TrialEnded` for a container that ends, never answers or answers something else.
    """
    healthy_s = _wait_until_healthy(container, plan, started_s) - started_s
    answer_digest = "" if plan.expected is ANY else _ask(container, plan)
    return CheckRecord(healthy_s, container.network, answer_digest)


def reservations(check: CheckRecord) -> tuple[str, ...]:
    """What a reader has to know of how the container was reached."""
    return (f"check: {NOT_CUT_OFF}",) if check.network == "published" else ()


def _wait_until_healthy(container: Reachable, plan: CheckPlan, started_s: float) -> float:
    """When the first healthy answer was there, by time.monotonic()."""
    deadline = started_s + plan.timeout_s
    look_again_s = started_s
    said = ""
    while (now := time.monotonic()) < deadline:
        try:
            timeout_s = min(PROBE_TIMEOUT_S, deadline - now)
            connection = container.connect_socket(plan.port, timeout_s)
            answer = exchange(connection, plan.health, timeout_s)
        except (OSError, http.client.HTTPException) as error:
            # The last look may be cut short: what was said before then tells more.
            cut_short = isinstance(error, TimeoutError) and timeout_s < PROBE_TIMEOUT_S
            if not isinstance(error, ConnectionRefusedError) and not (cut_short and said):
                said = str(error) or type(error).__name__
        else:
            if answer.is_success:
                return time.monotonic()
            said = f"it answered with status {answer.status}"
        if time.monotonic() >= look_again_s:
            _raise_if_ended(container, "before it was healthy")
            look_again_s = time.monotonic() + ALIVE_S
        time.sleep(POLL_S)
    _raise_if_ended(container, "before it was healthy")
    raise ended(
        Status.check_timeout,
        f"check: {plan.health}",
        f"not healthy within {plan.timeout_s:g} s: {said or 'it accepted no connection'}",
        _logs(container),
    )


def _ask(container: Reachable, plan: CheckPlan) -> str:
    """Digest of the answer, which was the expected one."""
    step = f"check: {plan.question}"
    try:
        connection = container.connect_socket(plan.port, plan.timeout_s)
        answer = exchange(connection, plan.question, plan.timeout_s)
    except TimeoutError as error:
        raise ended(
            Status.check_timeout,
            step,
            f"no full answer within {plan.timeout_s:g} s",
            _logs(container),
        ) from error
    except (OSError, http.client.HTTPException) as error:
        _raise_if_ended(container, f"instead of answering {plan.question}")
        raise ended(
            Status.check_failed,
            step,
            f"no answer: {error or type(error).__name__}",
            _logs(container),
        ) from error
    got, problem = _judged(answer, plan.expected)
    if problem:
        raise ended(Status.check_failed, step, problem, _logs(container))
    return digest(got)


def _judged(answer: HttpAnswer, expected: Any) -> tuple[Any, str]:
    """The answer as JSON, and what is wrong with it; nothing if that is empty."""
    beginning = answer.body[:200].decode(errors="replace")
    if not answer.is_success:
        return None, f"answered with status {answer.status}: {beginning}"
    try:
        got = json.loads(answer.body)
    except ValueError:
        return None, f"the answer is not JSON: {beginning}"
    difference = first_difference(expected, got)
    return got, f"the answer differs at {difference}" if difference else ""


def _raise_if_ended(container: Reachable, when: str) -> None:
    exit_code = container.exit_code()
    if exit_code is not None:
        raise ended(
            Status.check_failed,
            "check: start",
            f"the container ended with exit code {exit_code} {when}",
            _logs(container),
            exit_code,
        )


def _logs(container: Reachable) -> Sequence[str]:
    """The container's last words, if it can still be asked for them."""
    with contextlib.suppress(OSError):
        return container.logs()
    return ()


def _file(folder: Path, name: str, key: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ProjectError(
            f"{key}={name}: cannot read {folder / name} ({error.strerror}): correct the project"
        ) from error
