"""Sends a build request and yields the engine's messages: upload, time limit, lost engines."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from docker.utils.config import load_general_config
from docker.utils.proxy import ProxyConfig

from runner.engine.docker.errors import TRANSPORT_ERRORS, reason_of
from runner.engine.docker.messages import messages_of
from runner.engine.fault import lost_by
from runner.engine.port import BuildRefusedError, BuildTimedOutError, Message
from runner.model.deadline import Deadline
from runner.model.engine import BuildRequest
from runner.model.errors import EngineLostError
from runner.model.text import one_line

if TYPE_CHECKING:
    from runner.engine.docker.engine import DockerEngine

_STREAM_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
_CONNECT_TIMEOUT_S = 120.0
"""For a connection, and for each piece of what is sent: a machine with other work may take half a
minute to write one."""
_LONGEST_REASON = 1000
"""Characters of an answer that is no JSON, and then not the engine's."""

_LOOK_S = 0.5
"""How often it is looked whether the parts of the engine are still there."""


def _until(deadline: Deadline, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks of an upload, which stops at the deadline."""
    for block in blocks:
        if deadline.is_over:
            raise BuildTimedOutError
        yield block


def build_messages(
    engine: DockerEngine, request: BuildRequest, parameters: Mapping[str, str]
) -> Generator[Message]:
    """The messages of one build, as they arrive; closing the iterator cancels the build.

    Raises `BuildTimedOutError` after `request.timeout_s`, `BuildRefusedError` when the engine does
    not take the request, `EngineLostError` when it stops answering, and what the context raises
    when it cannot be read.
    """
    deadline = Deadline.after(request.timeout_s)
    query = {**_parameters(engine, request), **parameters}
    with contextlib.closing(request.context.blocks()) as blocks:
        response = _send(engine, query, _until(deadline, blocks), deadline)
    with contextlib.closing(response), _closed_in_time(engine, deadline, response):
        yield from _receive(engine, response, deadline)


def _parameters(engine: DockerEngine, request: BuildRequest) -> dict[str, str]:
    """The query of POST /build; proxies of the docker CLI's settings are passed as it does."""
    query = {
        "dockerfile": request.dockerfile,
        "labels": json.dumps(request.labels),
        "buildargs": json.dumps(configured_proxies(load_general_config()) | request.build_args),
        "rm": "1",
        "forcerm": "1",
    }
    optional = {
        "t": request.tag,
        "target": request.target,
        "nocache": "1" if request.no_cache else "",
        "networkmode": "" if engine.build_network == "default" else engine.build_network,
    }
    return query | {key: value for key, value in optional.items() if value}


def configured_proxies(settings: Mapping[str, Any]) -> dict[str, str]:
    """Build arguments for the proxies in the docker CLI's config.json.

    These arguments are predefined: they stay out of the image and its history.
    """
    proxies: Any = (settings.get("proxies") or {}).get("default") or {}
    environment = ProxyConfig.from_dict(proxies).get_environment()
    return {name: str(value) for name, value in environment.items() if value}


def _send(
    engine: DockerEngine, query: Mapping[str, str], upload: Iterator[bytes], deadline: Deadline
) -> requests.Response:
    api = engine.client.api
    patience = max(deadline.left_s, 0.001)
    try:
        response = api.post(
            f"{api.base_url}/v{api.api_version}/build",
            params=dict(query),
            data=upload,
            headers={"Content-Type": "application/x-tar"},
            stream=True,
            timeout=(min(patience, _CONNECT_TIMEOUT_S), patience),
        )
    except (requests.Timeout, BuildTimedOutError) as error:
        if deadline.left_s > 0.5:
            raise _lost(engine, error) from error
        raise _over(engine, error) from error
    except TRANSPORT_ERRORS as error:
        raise _lost(engine, error) from error
    if response.status_code >= 400:
        with contextlib.closing(response):
            try:
                reason = _reason(response)
            except TRANSPORT_ERRORS as error:
                raise (_over if deadline.is_over else _lost)(engine, error) from error
            raise BuildRefusedError(reason)
    return response


def _receive(
    engine: DockerEngine, response: requests.Response, deadline: Deadline
) -> Iterator[Message]:
    try:
        yield from messages_of(response)
    except _STREAM_ERRORS as error:
        ended = _over if deadline.is_over else _lost
        raise ended(engine, error) from error
    if deadline.is_over:
        raise _over(engine)


@contextlib.contextmanager
def _closed_in_time(
    engine: DockerEngine, deadline: Deadline, response: requests.Response
) -> Iterator[None]:
    """Shut the connection at the deadline: the engine then cancels the build. Shut it as well when
    a part of the engine dies: one without its containerd may never say how a step ended."""
    connection = getattr(response.raw, "connection", None)
    connected = getattr(connection, "sock", None)
    parts, over = engine.processes(), threading.Event()

    def watch() -> None:
        while not over.wait(min(_LOOK_S, max(deadline.left_s, 0))):
            if deadline.is_over or engine.processes() != parts:
                _shut(connected)
                return

    def require_parts() -> None:
        now = engine.processes()
        if now != parts and now[:1] == parts[:1]:
            died = "its containerd died in the middle of a build"
            raise EngineLostError(lost_by(engine.address, died))

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
        require_parts()
    except EngineLostError:
        require_parts()
        raise
    finally:
        over.set()


def _shut(connected: Any) -> None:
    with contextlib.suppress(OSError, AttributeError):
        connected.shutdown(2)


def _over(engine: DockerEngine, error: BaseException | None = None) -> Exception:
    """What to raise when the time is over: the build is to blame only if the engine answers."""
    if engine.answers():
        return BuildTimedOutError()
    return EngineLostError(
        f"the engine at {engine.address} does not answer, and the time of a build is over"
        f" ({reason_of(error) if error else 'it said nothing'}): look at its log and start it again"
    )


def _lost(engine: DockerEngine, error: BaseException) -> EngineLostError:
    """What to raise when the connection breaks off."""
    state = "closed the connection" if engine.answers() else "stopped answering"
    return EngineLostError(
        f"the engine at {engine.address} {state} in the middle of a build "
        f"({reason_of(error)}): look at its log and start it again"
    )


def _reason(response: requests.Response) -> str:
    said = response.text
    try:
        return one_line(str(json.loads(said)["message"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return one_line(said[:_LONGEST_REASON]) or f"HTTP status {response.status_code}"
