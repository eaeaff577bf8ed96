"""What a container, or a command that an engine runs in it, has printed.

The SDK waits for a command on the bare socket, without end. Here both are answers as any other,
which are complete within the time of a call.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Collection
from typing import Any

import requests
from docker.errors import create_api_error_from_http_exception

_HEADER = struct.Struct(">B3xL")
STDOUT, STDERR = 1, 2


def printed_by(api: Any, execution: str) -> bytes:
    """Run what `exec_create` has made, and wait for all that it prints to stdout; raises what the
    SDK raises."""
    url = f"{api.base_url}/v{api.api_version}/exec/{execution}/start"
    asked = {"Detach": False, "Tty": False}
    answer = api.post(url, json=asked, stream=True, timeout=api.timeout)
    return _printed(answer, {STDOUT})


def logged_by(api: Any, container: str, tail: int) -> bytes:
    """The last lines that a container has printed to either stream; raises what the SDK raises."""
    url = f"{api.base_url}/v{api.api_version}/containers/{container}/logs"
    asked = {"stdout": 1, "stderr": 1, "tail": tail}
    answer = api.get(url, params=asked, stream=True, timeout=api.timeout)
    return _printed(answer, {STDOUT, STDERR})


def unframed(frames: bytes, streams: Collection[int]) -> bytes:
    """What of an engine's frames went to these streams: each has 8 bytes with the stream and its
    length.

    >>> unframed(b"\\1\\0\\0\\0\\0\\0\\0\\2hi" + b"\\2\\0\\0\\0\\0\\0\\0\\1x", {STDOUT})
    b'hi'
    """
    pieces, at = [], 0
    while at + _HEADER.size <= len(frames):
        stream, size = _HEADER.unpack_from(frames, at)
        at += _HEADER.size
        if stream in streams:
            pieces.append(frames[at : at + size])
        at += size
    return b"".join(pieces)


def _printed(answer: requests.Response, streams: Collection[int]) -> bytes:
    with contextlib.closing(answer):
        try:
            answer.raise_for_status()
        except requests.HTTPError as error:
            create_api_error_from_http_exception(error)
        return unframed(answer.content, streams)
