"""Tells a fault of the engine's own parts from one of what is built and run on it.

Both come as an error of the same call. Words that only the engine's parts say to each other mean
that a part is gone or its disk fails: nothing was learnt about the variant then.
"""

from __future__ import annotations

import re

_OWN = re.compile(
    r"containerd(?:-debug)?\.sock"
    r"|error while dialing"
    r"|transport is closing|error reading from server"
    r"|rpc error: code = Unavailable|ttrpc: closed"
    r"|\binput/output error\b|structure needs cleaning|stale (?:nfs )?file handle",
    re.IGNORECASE,
)
_CACHE = re.compile(r"\blayer does not exist$|\bunable to find image \"?sha256:", re.IGNORECASE)
"""The cache of a builder names what the engine has not any more: a layer that was pruned or removed
beside it, an image that was removed while the classic builder read the list of all."""
_NOT_OWN = re.compile(r"parse error|OCI runtime|executor failed running|runc run failed", re.I)
"""Begins what quotes a Dockerfile, or a program that could not be started."""


def is_engines_own(message: str) -> bool:
    """Whether an error of the engine is about itself."""
    named = _OWN.search(message) or _CACHE.search(message)
    return bool(named) and not _NOT_OWN.search(message)


def next_step(message: str) -> str:
    """What helps against such an error."""
    if _CACHE.search(message):
        return (
            "run the same command again; if it stays, empty the builder's cache with"
            " `docker builder prune --all`"
        )
    return "look at its log and its disk, then run the same command again"


def lost_by(address: str, message: str) -> str:
    """What there is to say of such an engine."""
    return (
        f"the engine at {address} has a fault of its own ({message}): nothing is recorded of what"
        f" it was doing; {next_step(message)}"
    )
