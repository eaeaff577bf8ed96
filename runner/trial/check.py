"""Proves that a container works: it becomes healthy, and its full answer is the expected one."""

from __future__ import annotations

import http.client
import time
from functools import partial

from runner.engine.containers import Hook, run_container
from runner.engine.port import Container, Engine
from runner.engine.put_files import SECRETS, put_files
from runner.engine.reachability import NOT_CUT_OFF
from runner.engine.running import RunningContainer
from runner.model.project import Proof
from runner.model.record import CheckRecord, Status
from runner.trial.check_plan import ANY, CheckPlan
from runner.trial.failures import ended
from runner.trial.healthcheck import PASSED
from runner.trial.http import exchange, follow
from runner.trial.json_compare import digest
from runner.trial.proofs import PROBES, judged, step_of, wait_until_over
from runner.trial.still_running import wait_while_it_runs
from runner.trial.watch import (
    AFTER_FIRST,
    ENDING_S,
    Reachable,
    Watch,
    last_words,
    raise_if_ended,
)

POLL_S = 0.02
"""How often a container that does not answer yet is asked again."""

ASKED_S = 0.1
"""The same where the engine is asked: for its log, for what its HEALTHCHECK says."""

HEALTH_INTERVAL_S = 0.5
"""How often a HEALTHCHECK is run: the images' own intervals are made for weeks."""

PROBE_TIMEOUT_S = 5.0
"""How long one health request may take."""


def started(
    engine: Engine,
    image_id: str,
    plan: CheckPlan,
    *,
    purpose: str = "check",
    variant: str = "",
    before_start: Hook | None = None,
) -> RunningContainer:
    """A container of the image as the check wants it; raises as `run_container` does."""
    return run_container(
        engine,
        image_id,
        list(plan.command) or None,
        purpose=purpose,
        variant=variant,
        port=plan.port,
        environment=plan.environment,
        services=plan.services,
        confinement=plan.confinement,
        before_start=_with_secrets(plan, before_start),
        health_interval_s=HEALTH_INTERVAL_S if plan.proof is Proof.healthcheck else 0.0,
    )


def _with_secrets(plan: CheckPlan, before_start: Hook | None) -> Hook | None:
    """The same, and behind it the secrets: what watches a container does not take them for files of
    its image."""
    if not plan.secrets:
        return before_start

    def hook(container: Container) -> None:
        if before_start is not None:
            before_start(container)
        put_files(container, plan.secrets, SECRETS)

    return hook


def run_check(container: Reachable, plan: CheckPlan, started_s: float) -> CheckRecord:
    """Wait until the container is healthy, then ask; `started_s` is its start by time.monotonic().

    Raises `TrialEnded` for a container that ends, never answers, answers something else, or does
    not live on after its answers; of a program, for one that ends otherwise than it should.
    """
    if plan.proof is Proof.exit_code:
        healthy_s = wait_until_over(container, plan, started_s) - started_s
        return _record(container, plan, healthy_s, "")
    if plan.proof is Proof.runs:
        healthy_s = wait_while_it_runs(container, plan, started_s) - started_s
        return _record(container, plan, healthy_s, "")
    healthy_s = _wait_until_healthy(container, plan, started_s) - started_s
    answer_digest = _ask(container, plan) if plan.asks else ""
    _require_alive(container, plan)
    return _record(container, plan, healthy_s, answer_digest)


def _record(
    container: Reachable, plan: CheckPlan, healthy_s: float, answer_digest: str
) -> CheckRecord:
    return CheckRecord(
        healthy_s, container.network, answer_digest, container.confinement, plan.timeout_s
    )


def reservations(check: CheckRecord) -> tuple[str, ...]:
    """What a reader has to know of how the container was reached, and of its HEALTHCHECK."""
    found = [f"check: {NOT_CUT_OFF}"] if check.network == "published" else []
    if check.healthcheck not in ("", PASSED):
        found.append(f"its HEALTHCHECK fails in a container that answers: {check.healthcheck}")
    return tuple(found)


def _wait_until_healthy(container: Reachable, plan: CheckPlan, started_s: float) -> float:
    """When the container was healthy first, by time.monotonic()."""
    deadline = started_s + plan.timeout_s
    watch = Watch(container, plan.port, started_s)
    probe = PROBES[plan.proof]
    said = ""
    while (now := time.monotonic()) < deadline:
        timeout_s = min(PROBE_TIMEOUT_S, deadline - now)
        try:
            lacking = probe(container, plan, timeout_s)
        except (OSError, http.client.HTTPException) as error:
            # The last look may be cut short: what was said before then tells more.
            cut_short = isinstance(error, TimeoutError) and timeout_s < PROBE_TIMEOUT_S
            if not isinstance(error, ConnectionRefusedError) and not (cut_short and said):
                said = str(error) or type(error).__name__
        else:
            if lacking is None:
                return time.monotonic()
            said = lacking
        watch.look()
        time.sleep(_pause_s(plan, now - started_s))
    raise watch.over(step_of(plan), f"not healthy within {plan.timeout_s:g} s", said)


def _pause_s(plan: CheckPlan, waited_s: float) -> float:
    """How long until the next look: at most a hundredth of what the start takes anyway, as each is
    one more request in the service's log."""
    if plan.proof not in (Proof.http, Proof.port):
        return ASKED_S
    return max(POLL_S, waited_s / 100)


def _ask(container: Reachable, plan: CheckPlan) -> str:
    """Digest of the answer, which was the expected one; empty where it need not be JSON."""
    step = f"check: {plan.question}"
    try:
        answer = follow(
            partial(container.connect_socket, plan.port, plan.timeout_s),
            plan.question,
            plan.timeout_s,
            plan.redirects,
        )
    except TimeoutError as error:
        raise_if_ended(container, AFTER_FIRST)
        message = f"no full answer within {plan.timeout_s:g} s"
        raise ended(Status.check_timeout, step, message, last_words(container)) from error
    except (OSError, http.client.HTTPException) as error:
        raise_if_ended(container, AFTER_FIRST, ENDING_S)
        message = f"no answer: {error or type(error).__name__}"
        raise ended(Status.check_failed, step, message, last_words(container)) from error
    got, problem = judged(answer, plan)
    if problem:
        raise ended(Status.check_failed, step, problem, last_words(container))
    return "" if plan.expected is ANY else digest(got)


def _require_alive(container: Reachable, plan: CheckPlan) -> None:
    """A service that ends with its answers is none: one more connection has to be accepted."""
    try:
        if plan.proof in (Proof.http, Proof.port):
            connection = container.connect_socket(plan.port, PROBE_TIMEOUT_S)
            with connection:
                if plan.proof is Proof.http:
                    exchange(connection, plan.health, PROBE_TIMEOUT_S)
    except (OSError, http.client.HTTPException) as error:
        raise_if_ended(container, AFTER_FIRST, ENDING_S)
        if isinstance(error, ConnectionRefusedError):
            message = "accepts no connection any more after its first answer"
            raise ended(
                Status.check_failed, step_of(plan), message, last_words(container)
            ) from error
    raise_if_ended(container, AFTER_FIRST)
