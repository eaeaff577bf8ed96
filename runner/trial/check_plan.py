"""What a check asks and what must be answered, read from the project before any clock."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.engine.containers import Beside
from runner.model.confinement import CAPABILITIES, OFFERED, Confinement
from runner.model.errors import ProjectError
from runner.model.project import Check, Proof, Service
from runner.model.service_kinds import service_port
from runner.project.inside import read_named
from runner.recipe.values import require_check
from runner.trial.http import HttpRequest
from runner.trial.json_compare import digest
from runner.trial.structure import StructureTest, read_structure_test

MEMORY_RANGE = (16 << 20, 1 << 40)
"""What check.memory_bytes may be: below this no container starts."""

SECRET_NAME = re.compile(r"\w[\w.-]{0,200}", re.ASCII)
"""Of a file in /run/secrets."""
SECRET_PATH = re.compile(
    r"(?!/(?:proc|sys|dev)(?:/|$))(?:/(?!\.\.?(?:/|$))[\w.@+-]{1,200}){1,32}", re.ASCII
)
"""Where else a file may be put: an absolute path."""
_FILE_NAME = re.compile(r"\w[\w. -]{0,200}")

ASK_NOTHING = (Proof.exit_code, Proof.runs)
"""Proofs by the process alone."""

JSON_LIMIT_BYTES = 16 << 20
"""What is asked, and an answer that is compared as JSON: in memory it becomes many times larger."""

MOST_REDIRECTS = 10
"""What check.redirects may be."""


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
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Name of a file in /run/secrets, or absolute path → its text, which no record holds."""
    command: tuple[str, ...] = ()
    """What it runs; empty for its image's own command."""
    services: tuple[Beside, ...] = ()
    """What runs next to the container."""
    proof: Proof = Proof.http
    """What tells that it is healthy."""
    status: int = 0
    """The expected status of the answer; 0 for any success."""
    text: str = ""
    """What the answer, or with an exit code the log, must hold."""
    redirects: int = 0
    log_line: str = ""
    exit_code: int = 0
    structure: StructureTest | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is asked once the container is healthy."""
        told = self.expected is not ANY or self.status or self.text
        return bool(told) and self.proof not in ASK_NOTHING

    @property
    def digest(self) -> str:
        """`sha256:…` of what is asked and what must be answered; how long that may take
        and what the container may use are no part of it."""
        body = self.question.body
        special: dict[str, Any] = {
            key: value
            for key, value in {
                "proof": self.proof.value if self.proof is not Proof.http else "",
                "status": self.status,
                "text": self.text,
                "redirects": self.redirects,
                "log_line": self.log_line,
                "exit_code": self.exit_code,
                "structure": self.structure.content if self.structure else "",
            }.items()
            if value
        }
        if self.healthy_below != 300:
            special["healthy_below"] = self.healthy_below
        if self.environment:
            special["environment"] = digest(dict(self.environment))
        if self.secrets:
            special["secrets"] = digest(dict(self.secrets))
        if self.command:
            special["command"] = list(self.command)
        if self.services:
            special["services"] = [
                [
                    *(x.name, x.image, x.port, digest(dict(x.environment)), list(x.command)),
                    *([digest(dict(x.files))] if x.files else ()),
                ]
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
    """The check of a project; raises `ProjectError` for a file that is missing or not JSON, and
    `ConfigError` for what no request can ask and no container can be given."""
    body = _file(folder, check.request_file, "check.request_file") if check.request_file else None
    headers = {"Content-Type": "application/json"} if body is not None else {}
    expected: Any = ANY
    if check.answer_file:
        try:
            expected = json.loads(_file(folder, check.answer_file, "check.answer_file"))
        except (ValueError, RecursionError) as error:
            raise ProjectError(
                f"check.answer_file={check.answer_file} is not JSON ({error}): correct the file"
            ) from error
    require_check(check, port, str)
    _require_sense(check)
    return CheckPlan(
        health=HttpRequest("GET", check.health_path),
        question=HttpRequest(check.request_method, check.request_path, body, headers),
        expected=expected,
        port=port,
        timeout_s=check.timeout_s,
        healthy_below=check.healthy_below,
        confinement=confinement_of(check),
        environment=dict(check.environment),
        secrets=_secrets(check.secrets),
        services=tuple(_beside(name, service) for name, service in check.services.items()),
        proof=check.proof,
        status=check.answer_status,
        text=check.answer_text,
        redirects=check.redirects,
        log_line=check.log_line,
        command=tuple(check.command),
        exit_code=check.exit_code,
        structure=read_structure_test(folder, check.structure_test),
    )


def _secrets(said: Mapping[str, str]) -> dict[str, str]:
    """Raises `ProjectError` for what is no name of a file."""
    known = (SECRET_NAME, SECRET_PATH)
    wrong = next((x for x in said if not any(y.fullmatch(x) for y in known)), None)
    if wrong is not None:
        raise ProjectError(
            f"check.secrets: {wrong!a} is no name of a file in /run/secrets (letters, digits and"
            " `._-`), and no absolute path such as /app/.env"
        )
    return dict(said)


def _require_sense(check: Check) -> None:
    """Raise `ProjectError` for keys that contradict each other or can never be met."""
    is_program = check.proof is Proof.exit_code
    if check.proof is Proof.log and not check.log_line:
        raise ProjectError("check.proof=log needs check.log_line: text of the line to wait for")
    if check.log_line and check.proof is not Proof.log:
        raise ProjectError(f"check.log_line={check.log_line!a} is only read with check.proof=log")
    if check.exit_code and not is_program:
        raise ProjectError(f"check.exit_code={check.exit_code} is only read with proof=exit_code")
    if check.proof in ASK_NOTHING and (
        check.answer_file or check.request_file or check.answer_status
    ):
        raise ProjectError(
            f"check.proof={check.proof.value} asks nothing: take check.answer_file,"
            " check.request_file and check.answer_status out (check.answer_text is what the program"
            " must print)"
        )
    if check.answer_status and not 100 <= check.answer_status < 600:
        raise ProjectError(f"check.answer_status={check.answer_status} is not from 100 to 599")
    if not 0 <= check.redirects <= MOST_REDIRECTS:
        raise ProjectError(f"check.redirects={check.redirects} is not from 0 to {MOST_REDIRECTS}")
    if not 0 <= check.exit_code <= 255:
        raise ProjectError(f"check.exit_code={check.exit_code} is not from 0 to 255")


def _beside(name: str, service: Service) -> Beside:
    """Raises `ProjectError` for an image whose port is not known."""
    port = service.port or service_port(service.image)
    if not port:
        raise ProjectError(
            f"check.services.{name}: the port of {service.image} is not known: add `port: 5672`"
        )
    wrong = next((x for x in service.files if not _FILE_NAME.fullmatch(x)), None)
    if wrong is not None:
        raise ProjectError(
            f"check.services.{name}.files: {wrong!a} is no name of a file: write one without a `/`"
        )
    environment, files = dict(service.environment), dict(service.files)
    return Beside(name, service.image, port, environment, tuple(service.command), files)


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


def _file(folder: Path, name: str, key: str) -> bytes:
    try:
        content = read_named(folder, name, JSON_LIMIT_BYTES)
    except (OSError, ValueError, ProjectError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ProjectError(
            f"{key}={name}: cannot read {folder / name} ({reason}): correct the project"
        ) from error
    if content is None:
        raise ProjectError(
            f"{key}={name}: {folder / name} is not a regular file of at most"
            f" {JSON_LIMIT_BYTES >> 20} MiB: name another one"
        )
    return content
