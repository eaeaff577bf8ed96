"""What tells that a container is healthy, a function for each way; whether an answer is right."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from runner.model.project import Proof
from runner.model.record import Status
from runner.trial.answer_words import words_of
from runner.trial.check_plan import ANY, JSON_LIMIT_BYTES, CheckPlan
from runner.trial.failures import ended
from runner.trial.http import HttpAnswer, follow
from runner.trial.json_compare import first_difference
from runner.trial.watch import ANSWERED, Reachable, last_words

_LOG_LINES = 10_000
"""How much of a log is looked through."""
_POLL_S = 0.05

Probe = Callable[[Reachable, CheckPlan, float], str | None]
"""None for a healthy container, else what it said; raises as a connection does."""


def _http(container: Reachable, plan: CheckPlan, timeout_s: float) -> str | None:
    connect = partial(container.connect_socket, plan.port, timeout_s)
    answer = follow(connect, plan.health, timeout_s, plan.redirects)
    if 200 <= answer.status < plan.healthy_below:
        return None
    words = words_of(answer.body)
    return f"{ANSWERED} with status {answer.status}" + (f": {words}" if words else "")


def _port(container: Reachable, plan: CheckPlan, timeout_s: float) -> str | None:
    container.connect_socket(plan.port, timeout_s).close()
    return None


def _log(container: Reachable, plan: CheckPlan, timeout_s: float) -> str | None:  # noqa: ARG001
    if any(plan.log_line in line for line in container.logs(_LOG_LINES)):
        return None
    return f"no line of its log holds {plan.log_line!a}"


def _healthcheck(container: Reachable, plan: CheckPlan, timeout_s: float) -> str | None:  # noqa: ARG001
    said = container.health()
    if not said:
        message = "the image has no HEALTHCHECK: write one, or take check.proof out"
        raise ended(Status.check_failed, step_of(plan), message)
    return None if said == "healthy" else f"its HEALTHCHECK says {said}"


PROBES: Mapping[Proof, Probe] = {
    Proof.http: _http,
    Proof.port: _port,
    Proof.log: _log,
    Proof.healthcheck: _healthcheck,
}


def step_of(plan: CheckPlan) -> str:
    """What is done, for messages and records."""
    told = {
        Proof.http: str(plan.health),
        Proof.port: f"port {plan.port}",
        Proof.log: "log",
        Proof.healthcheck: "HEALTHCHECK",
        Proof.exit_code: " ".join(plan.command) or "the image's command",
        Proof.runs: "the image's process",
    }
    return f"check: {told[plan.proof]}"


def wait_until_over(container: Reachable, plan: CheckPlan, started_s: float) -> float:
    """When a program has ended as it should, by time.monotonic(); raises `TrialEnded` else."""
    step = step_of(plan)
    while (code := container.exit_code()) is None:
        if time.monotonic() > started_s + plan.timeout_s:
            message = f"it still runs after {plan.timeout_s:g} s"
            raise ended(Status.check_timeout, step, message, last_words(container))
        time.sleep(_POLL_S)
    over_s = time.monotonic()
    words = last_words(container)
    if code != plan.exit_code:
        message = f"it ended with {code} and not with {plan.exit_code}"
        raise ended(Status.check_failed, step, message, words, code)
    if plan.text and not any(plan.text in line for line in container.logs(_LOG_LINES)):
        message = f"it did not print {plan.text!a}"
        raise ended(Status.check_failed, step, message, words)
    return over_s


def judged(answer: HttpAnswer, plan: CheckPlan) -> tuple[Any, str]:
    """The answer as JSON where one is expected, and what is wrong with it; empty for nothing."""
    beginning = answer.body[:200].decode(errors="replace")
    right = answer.status == plan.status if plan.status else answer.is_success
    if not right:
        return None, f"answered with status {answer.status}: {beginning}"
    if plan.text and plan.text not in answer.body.decode(errors="replace"):
        return None, f"the answer does not hold {plan.text!a}: {beginning}"
    if plan.expected is ANY:
        return None, ""
    if len(answer.body) > JSON_LIMIT_BYTES:
        return None, f"the answer is larger than {JSON_LIMIT_BYTES >> 20} MiB: {beginning}"
    try:
        got = json.loads(answer.body)
    except ValueError:
        return None, f"the answer is not JSON: {beginning}"
    except RecursionError:
        return None, f"the answer is nested too deeply: {beginning}"
    difference = first_difference(plan.expected, got)
    return got, f"the answer differs at {difference}" if difference else ""
