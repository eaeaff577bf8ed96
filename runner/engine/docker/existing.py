"""The engine that already answers: DOCKER_HOST, the docker CLI's current context, the socket."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docker.context import ContextAPI
from docker.tls import TLSConfig

from runner.engine.defaults import PROBE_TIMEOUT_S
from runner.engine.docker.client import open_client
from runner.engine.docker.engine import DockerEngine
from runner.engine.docker.errors import TRANSPORT_ERRORS, reason_of, translated
from runner.engine.docker.sockets import DEFAULT_SOCKET, not_a_socket


@dataclass(frozen=True)
class Candidate:
    """An address where an engine might answer, and who named it."""

    origin: str
    """`DOCKER_HOST`, `context NAME` or `default socket`."""
    address: str
    tls: TLSConfig | None = None


class ExistingEngine(DockerEngine):
    """An engine that was running already: used as it is, never started, stopped or configured."""


def candidates(environment: Mapping[str, str] | None = None) -> list[Candidate]:
    """Where an engine might answer, in the order in which the docker CLI would look.

    DOCKER_HOST is the user's own word: where it is set, nothing else is tried.
    """
    environment = os.environ if environment is None else environment
    host = environment.get("DOCKER_HOST", "").strip()
    if host:
        return [Candidate("DOCKER_HOST", host, _tls_of(environment))]
    found = [context] if (context := _current_context(environment)) else []
    return [*found, Candidate("default socket", DEFAULT_SOCKET)]


def opened(
    address: str, tls: TLSConfig | None = None, probe_timeout_s: int = PROBE_TIMEOUT_S
) -> ExistingEngine:
    """The engine at this address; raises `EngineLostError` if none answers within the time."""
    with translated(address):
        return ExistingEngine(open_client(address, tls, probe_timeout_s), address)


def find_existing(
    environment: Mapping[str, str] | None = None,
) -> tuple[ExistingEngine | None, list[str]]:
    """The first engine that answers, and for each place that did not one line why."""
    silent = []
    for candidate in candidates(environment):
        try:
            client = open_client(candidate.address, candidate.tls)
        except (*TRANSPORT_ERRORS, ValueError) as error:
            why = not_a_socket(candidate.address) or reason_of(error)
            silent.append(f"{candidate.origin} {candidate.address}: {why}")
        else:
            return ExistingEngine(client, candidate.address), silent
    return None, silent


def _tls_of(environment: Mapping[str, str]) -> TLSConfig | None:
    """TLS settings as the docker CLI reads them from DOCKER_TLS_VERIFY and DOCKER_CERT_PATH."""
    folder = environment.get("DOCKER_CERT_PATH")
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    if not folder and not verify:
        return None
    certificates = Path(folder) if folder else Path.home() / ".docker"
    return TLSConfig(
        client_cert=(str(certificates / "cert.pem"), str(certificates / "key.pem")),
        ca_cert=str(certificates / "ca.pem"),
        verify=verify,
    )


def _current_context(environment: Mapping[str, str]) -> Candidate | None:
    """The docker CLI's current context, unless it is the default one or cannot be read."""
    try:
        context = ContextAPI.get_context(environment.get("DOCKER_CONTEXT") or None)
    except Exception:  # noqa: BLE001 - the SDK raises bare Exception for a damaged context file
        return None
    if context is None or context.Name == "default" or not context.Host:
        return None
    return Candidate(f"context {context.Name}", str(context.Host), context.TLSConfig)
