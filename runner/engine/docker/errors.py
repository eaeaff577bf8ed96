"""The SDK's errors as ours: what the engine refuses, what it does not have, and its silence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from docker.errors import APIError, DockerException, NotFound

from runner.engine.disk import full, says_full
from runner.engine.fault import is_engines_own, lost_by
from runner.model.errors import EngineLostError, MissingError, RefusedError, cause_of
from runner.model.text import one_line

TRANSPORT_ERRORS = (requests.RequestException, OSError, DockerException)
"""What the SDK raises when the engine cannot be talked to (API errors are DockerExceptions too)."""


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Inside the block the SDK's errors are ours; the engine's address is named in them."""
    try:
        yield
    except NotFound as error:
        raise MissingError(reason_of(error)) from error
    except APIError as error:
        if says_full(reason_of(error)):
            raise full(reason_of(error)) from error
        if is_engines_own(reason_of(error)):
            raise EngineLostError(lost_by(address, reason_of(error))) from error
        raise RefusedError(reason_of(error)) from error
    except (*TRANSPORT_ERRORS, ValueError, RecursionError) as error:
        raise EngineLostError(
            f"the engine at {address} stopped answering ({reason_of(error)}): "
            "look at its log and start it again"
        ) from error


def reason_of(error: BaseException) -> str:
    """The text of an error on one line: an API error's own explanation without the URL, and of the
    transport's errors what the operating system said."""
    if isinstance(error, APIError) and error.explanation:
        return one_line(str(error.explanation))
    return cause_of(error)
