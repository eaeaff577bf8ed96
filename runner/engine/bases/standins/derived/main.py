"""The application of the derived image until another one is put in its place."""

import sys


async def app(scope, receive, send):
    assert scope["type"] == "http"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    body = f"Hello from gunicorn and uvicorn on Python {version}.".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
