"""Proves that a container works: it becomes healthy, and its full answer is the expected one."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.engine.containers import Beside
from runner.engine.reachability import NOT_CUT_OFF
from runner.model.confinement import CAPABILITIES, OFFERED, Confinement
from runner.model.errors import ProjectError
from runner.model.project import Check, Service
from runner.model.record import CheckRecord, Status
from runner.trial.failures import ended
from runner.trial.http import HttpAnswer, HttpRequest, exchange
from runner.trial.json_compare import digest, first_difference
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

MEMORY_RANGE = (16 << 20, 1 << 40)
"""What check.memory_bytes may be: below this no container starts."""

PROBE_TIMEOUT_S = 5.0
"""How long one health request may take."""


@dataclass(frozen=True)
class CheckPlan:
    """What is asked and what must be answered, read from the project before any clock."""

    health: HttpRequest
    question: HttpRequest
    expected: Any
    """The expected answer; `ANY` where the project names none."""
    port: int
    timeout_s: float
    healthy_below: int = 300
    """Statuses from 200 up to below this one are healthy."""
    confinement: Confinement = field(default_factory=Confinement)
    """What the container may use and do."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that the container is told, and that no record holds."""
    command: tuple[str, ...] = ()
    """What it runs; empty for its image's own command."""
    services: tuple[Beside, ...] = ()
    """What runs next to the container."""

    @property
    def digest(self) -> str:
        """`sha256:…` of what is asked and what must be answered; how long that may take
        and what the container may use are no part of it."""
        body = self.question.body
        special: dict[str, Any] = {}
        if self.healthy_below != 300:
            special["healthy_below"] = self.healthy_below
        if self.environment:
            special["environment"] = digest(dict(self.environment))
        if self.command:
            special["command"] = list(self.command)
        if self.services:
            special["services"] = [
                [x.name, x.image, x.port, digest(dict(x.environment)), list(x.command)]
                for x in self.services
            ]
        return digest(
            special
            | {
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
        healthy_below=check.healthy_below,
        confinement=confinement_of(check),
        environment=dict(check.environment),
        command=tuple(check.command),
        services=tuple(_beside(name, service) for name, service in check.services.items()),
    )


SERVICE_PORTS = {
    "postgres": 5432,
    "postgis": 5432,
    "redis": 6379,
    "valkey": 6379,
    "mysql": 3306,
    "mysql-server": 3306,
    "mariadb": 3306,
}
"""Image → the port on which it listens."""


def service_port(image: str) -> int:
    """The usual port of a service's image, whatever its tag; 0 for none that is known."""
    return SERVICE_PORTS.get(image.rpartition("/")[2].partition("@")[0].partition(":")[0], 0)


def _beside(name: str, service: Service) -> Beside:
    """Raises `ProjectError` for an image whose port is not known."""
    port = service.port or service_port(service.image)
    if not port:
        raise ProjectError(
            f"check.services.{name}: the port of {service.image} is not known: add `port: 5672`"
        )
    return Beside(name, service.image, port, dict(service.environment), tuple(service.command))


def confinement_of(check: Check) -> Confinement:
    """The limits of the project's container; raises `ProjectError` for what no check may have."""
    least, most = MEMORY_RANGE
    if not least <= check.memory_bytes <= most:
        raise ProjectError(
            f"check.memory_bytes={check.memory_bytes} is not between {least} and {most}"
        )
    asked = [name.upper().removeprefix("CAP_") for name in check.capabilities]
    if refused := sorted(set(asked) - set(OFFERED)):
        offered = ", ".join(sorted(set(OFFERED) - set(CAPABILITIES)))
        raise ProjectError(
            f"check.capabilities: {', '.join(map(repr, refused))} is not given to a check;"
            f" there are {offered}"
        )
    capabilities = tuple(sorted({*CAPABILITIES, *asked}))
    return Confinement(memory_bytes=check.memory_bytes, capabilities=capabilities)


def run_check(container: Reachable, plan: CheckPlan, started_s: float) -> CheckRecord:
    """Wait until the container is healthy, then ask; `started_s` is its start by time.monotonic().

    Raises `TrialEnded` for a container that ends, never answers, answers something else, or does
    not live on after its answers.
    """
    healthy_s = _wait_until_healthy(container, plan, started_s) - started_s
    answer_digest = "" if plan.expected is ANY else _ask(container, plan)
    _require_alive(container, plan)
    return CheckRecord(
        healthy_s, container.network, answer_digest, container.confinement, plan.timeout_s
    )


def reservations(check: CheckRecord) -> tuple[str, ...]:
    """What a reader has to know of how the container was reached."""
    return (f"check: {NOT_CUT_OFF}",) if check.network == "published" else ()


def _wait_until_healthy(container: Reachable, plan: CheckPlan, started_s: float) -> float:
    """When the first healthy answer was there, by time.monotonic()."""
    deadline = started_s + plan.timeout_s
    watch = Watch(container, plan.port, started_s)
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
            if 200 <= answer.status < plan.healthy_below:
                return time.monotonic()
            said = f"it answered with status {answer.status}"
        watch.look()
        time.sleep(POLL_S)
    raise watch.over(f"check: {plan.health}", f"not healthy within {plan.timeout_s:g} s", said)


def _ask(container: Reachable, plan: CheckPlan) -> str:
    """Digest of the answer, which was the expected one."""
    step = f"check: {plan.question}"
    try:
        connection = container.connect_socket(plan.port, plan.timeout_s)
        answer = exchange(connection, plan.question, plan.timeout_s)
    except TimeoutError as error:
        raise_if_ended(container, AFTER_FIRST)
        message = f"no full answer within {plan.timeout_s:g} s"
        raise ended(Status.check_timeout, step, message, last_words(container)) from error
    except (OSError, http.client.HTTPException) as error:
        raise_if_ended(container, AFTER_FIRST, ENDING_S)
        message = f"no answer: {error or type(error).__name__}"
        raise ended(Status.check_failed, step, message, last_words(container)) from error
    got, problem = _judged(answer, plan.expected)
    if problem:
        raise ended(Status.check_failed, step, problem, last_words(container))
    return digest(got)


def _require_alive(container: Reachable, plan: CheckPlan) -> None:
    """A service that ends with its answers is none: one more connection has to be accepted."""
    try:
        connection = container.connect_socket(plan.port, PROBE_TIMEOUT_S)
        exchange(connection, plan.health, PROBE_TIMEOUT_S)
    except (OSError, http.client.HTTPException) as error:
        raise_if_ended(container, AFTER_FIRST, ENDING_S)
        if isinstance(error, ConnectionRefusedError):
            message = "accepts no connection any more after its first answer"
            step = f"check: {plan.health}"
            raise ended(Status.check_failed, step, message, last_words(container)) from error
    raise_if_ended(container, AFTER_FIRST)


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


def _file(folder: Path, name: str, key: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ProjectError(
            f"{key}={name}: cannot read {folder / name} ({error.strerror}): correct the project"
        ) from error
