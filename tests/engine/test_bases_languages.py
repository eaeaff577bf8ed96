"""Stand-ins for Node and Go on a real engine: the real programs, in images of the real size."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.bases.providers import provide
from runner.engine.docker.engine import DockerEngine
from runner.model.levels import Base, Provider
from runner.model.progress import Silent
from tests.engine.contexts import build_image

MEGABYTE = 1_000_000


def provided(engine: DockerEngine, reference: str, standin: str) -> str:
    base = Base(
        level=standin, about="", image=reference, standin=standin, provider=Provider.standin
    )
    return provide(base, engine, Silent()).reference


@pytest.mark.parametrize(
    ("reference", "standin", "command", "said", "real_bytes"),
    [
        ("node:22-slim", "node22-slim", "node --version", "v22.", 222 * MEGABYTE),
        ("node:22-alpine", "node22-alpine", "npm --version", "", 160 * MEGABYTE),
        ("golang:1.26-alpine", "golang1.26-alpine", "go version", "go1.26", 230 * MEGABYTE),
    ],
)
def test_it_runs_and_is_as_large_as_the_real_one(
    engine: DockerEngine, reference: str, standin: str, command: str, said: str, real_bytes: int
) -> None:
    found = provided(engine, reference, standin)
    size_bytes = int(engine.client.images.get(found).attrs["Size"])
    output = engine.client.containers.run(found, command, remove=True, network_mode="none")

    assert output.decode().startswith(("v22", "1", "go version"))
    assert said in output.decode()
    assert abs(size_bytes / real_bytes - 1) < 0.1


def test_a_go_program_is_built_on_it(engine: DockerEngine, tmp_path: Path) -> None:
    base = provided(engine, "golang:1.26-alpine", "golang1.26-alpine")
    dockerfile = f"FROM {base}\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\n"
    files = {
        "go.mod": b"module x\n\ngo 1.26\n",
        "main.go": b'package main\n\nfunc main() { println("built") }\n',
    }
    image = build_image(engine, tmp_path, dockerfile, files=files).image_id
    output = engine.client.containers.run(
        image, "/app", remove=True, stderr=True, network_mode="none"
    )

    assert output.decode() == "built\n"
