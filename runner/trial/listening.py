"""Why a service that runs is not reached: where it listens, and the line that mends it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runner.engine.linux.listeners import Listener

_BINDS = (
    (r"gunicorn", "gunicorn --bind 0.0.0.0:{port} …"),
    (r"hypercorn", "hypercorn --bind 0.0.0.0:{port} …"),
    (r"uvicorn", "uvicorn --host 0.0.0.0 --port {port} …"),
    (r"fastapi", "fastapi run --host 0.0.0.0 --port {port} …"),
    (r"flask", "flask run --host=0.0.0.0 --port={port}"),
    (r"runserver", "python manage.py runserver 0.0.0.0:{port}"),
    (r"waitress-serve", "waitress-serve --listen=0.0.0.0:{port} …"),
    (r"daphne", "daphne -b 0.0.0.0 -p {port} …"),
    (r"streamlit", "streamlit run --server.address=0.0.0.0 --server.port={port} …"),
    (r"jupyter\S*", "jupyter … --ip=0.0.0.0 --port={port}"),
    (r"http\.server", "python -m http.server --bind 0.0.0.0 {port}"),
    (r"vite", "vite --host 0.0.0.0 --port {port}"),
    (r"next", "next start -H 0.0.0.0 -p {port}"),
    (r"rails|puma", "-b 0.0.0.0 -p {port}"),
)
"""A word of a command, and how that program is told to listen for everybody."""


def unreached_because(
    listeners: Sequence[Listener], port: int, command: Sequence[str], port_variable: bool = False
) -> str:
    """What a container that runs does not do, and what to do about it; empty where what listens
    explains nothing. `port_variable`: the container is told its port in `PORT`."""
    mend = f"bind 0.0.0.0: {bind_line(command, '$PORT' if port_variable else str(port))}"
    here = [item for item in listeners if item.port == port]
    if only := only_inside(listeners, port):
        return f"listens on {only} only, which nothing outside of the container reaches; {mend}"
    if here and all(item.is_ipv6 for item in here):
        return f"listens on {_named(here)} only, for IPv6 and not for IPv4; {mend}"
    if here:
        return ""
    outside = [item for item in listeners if not item.is_loopback]
    if others := outside or listeners:
        return (
            f"listens on {_named(others)} and not on port {port}: have it listen on 0.0.0.0:{port},"
            f" or set the project's port: {others[0].port}"
        )
    return f"listens on no port: have it listen on 0.0.0.0:{port}, or correct the project's port"


def only_inside(listeners: Sequence[Listener], port: int) -> str:
    """Where the service listens on its port, if that is on the loopback alone; else empty."""
    here = [item for item in listeners if item.port == port]
    return _named(here) if here and all(item.is_loopback for item in here) else ""


def serves(command: Sequence[str]) -> bool:
    """Whether a command starts a program that is known to listen: a server, not a worker."""
    return bind_line(command, "") != bind_line((), "")


def bind_line(command: Sequence[str], port: str) -> str:
    """How the program of a command is told to listen for everybody on a port."""
    words = " ".join(command)
    for program, line in _BINDS:
        if re.search(rf"(?:^|[\s/'\"]){program}(?=$|[\s'\":])", words):
            return line.format(port=port)
    return f"have the service listen on 0.0.0.0:{port}"


def _named(listeners: Sequence[Listener]) -> str:
    return " and ".join(str(item) for item in listeners[:3])
