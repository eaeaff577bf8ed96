"""The application of the derived image until another one is put in its place."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
HEADERS = [(b"content-type", b"text/plain")]


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],  # noqa: ARG001 - part of the ASGI interface
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer every request with one line."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    body = f"Hello from gunicorn and uvicorn on Python {version}.".encode()
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": body})
