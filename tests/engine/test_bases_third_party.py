"""Stand-ins for images of third parties, on a real engine: they start what the real ones do, and
are as large."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from runner.engine.containers import run_container
from runner.engine.docker.engine import DockerEngine
from tests.engine.contexts import build_image
from tests.engine.test_bases_languages import MEGABYTE, provided

OF_BUN = (
    {"server.ts": b"const said: string = 'six';\nexport default {fetch: () => new Response(said)}"},
    'COPY server.ts .\nCMD ["server.ts"]',
    3000,
    b"/",
    b"six",
)
"""A server of TypeScript, which Bun starts as it is."""


@pytest.mark.parametrize(
    ("reference", "standin", "argument", "said", "real_bytes"),
    [
        (
            "gcr.io/distroless/python3-debian12",
            "distroless-python",
            ["-c", "import ssl, sqlite3, ctypes, lzma, sys; print(sys.version[:4])"],
            "3.11\n",
            52.8 * MEGABYTE,
        ),
        (
            "gcr.io/distroless/nodejs20-debian12",
            "distroless-node20",
            ["-p", "process.getuid() + process.version.slice(0, 4)"],
            "0v20.\n",
            126 * MEGABYTE,
        ),
        (
            "gcr.io/distroless/nodejs20-debian12:nonroot",
            "distroless-node20-nonroot",
            ["-p", "process.getuid()"],
            "65532\n",
            126 * MEGABYTE,
        ),
    ],
)
def test_a_distroless_one_starts_its_interpreter(
    engine: DockerEngine,
    reference: str,
    standin: str,
    argument: list[str],
    said: str,
    real_bytes: float,
) -> None:
    found = provided(engine, reference, standin)
    size_bytes = int(engine.client.images.get(found).attrs["Size"])
    output = engine.client.containers.run(found, argument, remove=True, network_mode="none")

    assert output.decode() == said
    assert abs(size_bytes / real_bytes - 1) < 0.1


@pytest.mark.parametrize(
    ("reference", "standin", "files", "lines", "port", "asked", "said"),
    [
        (
            "tiangolo/uvicorn-gunicorn-fastapi:python3.11",
            "fastapi",
            {"main.py": b"from fastapi import FastAPI\napp = FastAPI()\n"},
            "COPY main.py /app/",
            80,
            b"/openapi.json",
            b"FastAPI",
        ),
        (
            "nginxinc/nginx-unprivileged:1.22",
            "nginx-unprivileged",
            {"index.html": b"six times seven"},
            "COPY index.html /usr/share/nginx/html/",
            8080,
            b"/",
            b"six times seven",
        ),
        ("oven/bun:1", "bun", *OF_BUN),
        ("oven/bun:slim", "bun-slim", *OF_BUN),
        ("oven/bun:1-alpine", "bun-alpine", *OF_BUN),
    ],
)
def test_a_project_on_one_is_served(
    engine: DockerEngine,
    tmp_path: Path,
    reference: str,
    standin: str,
    files: dict[str, bytes],
    lines: str,
    port: int,
    asked: bytes,
    said: bytes,
) -> None:
    base = provided(engine, reference, standin)
    image = build_image(engine, tmp_path, f"FROM {base}\n{lines}\n", files=files).image_id
    with run_container(engine, image, port=port) as running:
        until, answer = time.monotonic() + 30, b""
        while said not in answer and time.monotonic() < until:
            with contextlib.suppress(OSError), running.connect_socket(port, 5.0) as connection:
                connection.sendall(b"GET " + asked + b" HTTP/1.0\r\nHost: localhost\r\n\r\n")
                answer = b"".join(iter(lambda: connection.recv(4096), b""))
            time.sleep(0.2)
        assert said in answer
