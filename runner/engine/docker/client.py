"""The SDK's client, and how long one of its calls may be silent: derived from the deadline of what
the call is part of.

The SDK asks its client for a limit at each call. Ours answers with the usual one, and within
`bounded` with one that gets shorter as the deadline comes nearer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from docker import APIClient, DockerClient
from docker.tls import TLSConfig
from docker.transport import UnixHTTPAdapter
from requests.adapters import HTTPAdapter

from runner.engine.defaults import CALL_TIMEOUT_S, PROBE_TIMEOUT_S
from runner.engine.docker.patient_adapter import PatientTcpAdapter, PatientUnixAdapter
from runner.model.deadline import Deadline

CALL_LIMIT_S = 30.0
"""How long an engine may be silent in a call of a trial; a build has a limit of its own."""

LEAST_S = 5.0
"""What a call has even when the deadline is over: what was made has to be removed."""


class LimitedClient(APIClient):
    """The SDK's client, whose calls obey a deadline while there is one."""

    deadline: Deadline | None = None
    call_limit_s: float = CALL_LIMIT_S
    _usual_s: int = 0

    def mount(self, prefix: str | bytes, adapter: Any) -> None:
        """As of any session; connections limit an answer as a whole."""
        if isinstance(adapter, UnixHTTPAdapter):
            address, size = f"http+unix://{adapter.socket_path}", adapter.max_pool_size
            adapter = PatientUnixAdapter(address, adapter.timeout, max_pool_size=size)
        elif type(adapter) is HTTPAdapter:
            adapter = PatientTcpAdapter()
        super().mount(prefix, adapter)

    def merge_environment_settings(self, *arguments: Any, **settings: Any) -> Any:
        """As of any session, but REQUESTS_CA_BUNDLE does not say by which authority an engine is
        known: `DOCKER_CERT_PATH` or the context does, as to the docker CLI."""
        merged = super().merge_environment_settings(*arguments, **settings)
        return merged if self.verify is True else {**merged, "verify": self.verify}

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None of an engine's: it would be asked again, with its own limit each time."""
        if resp.is_redirect:
            raise requests.TooManyRedirects("its answer leads elsewhere", response=resp)

    @property
    def timeout(self) -> int:
        """Whole seconds that the next call may be silent."""
        if self.deadline is None:
            return self._usual_s
        return math.ceil(self.deadline.limit_s(self.call_limit_s, LEAST_S))

    @timeout.setter
    def timeout(self, seconds: int) -> None:
        self._usual_s = seconds


class LimitedDocker(DockerClient):
    """The SDK's higher client on top of it."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.api = LimitedClient(*arguments, **settings)


def open_client(
    address: str, tls: TLSConfig | None = None, probe_timeout_s: int = PROBE_TIMEOUT_S
) -> DockerClient:
    """A client for an engine that answers within the time; raises one of TRANSPORT_ERRORS."""
    client = LimitedDocker(
        base_url=address, tls=tls or False, version="auto", timeout=probe_timeout_s
    )
    client.api.timeout = CALL_TIMEOUT_S
    return client


@contextmanager
def bounded(api: Any, deadline: Deadline, call_limit_s: float | None = None) -> Iterator[None]:
    """Inside the block calls obey the deadline; see `Engine.bounded`."""
    before = getattr(api, "deadline", None), getattr(api, "call_limit_s", CALL_LIMIT_S)
    api.deadline = deadline
    api.call_limit_s = CALL_LIMIT_S if call_limit_s is None else call_limit_s
    try:
        yield
    finally:
        api.deadline, api.call_limit_s = before


@contextmanager
def patient(api: Any, seconds: float) -> Iterator[None]:
    """Inside the block calls may be silent for so long; see `Engine.patient`."""
    usual = api.timeout
    api.timeout = math.ceil(seconds)
    try:
        yield
    finally:
        api.timeout = usual
