"""A Go program on an image that starts from nothing still finds what no check asks for: time zones,
a directory for temporary files, the name of its user."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.built_images import remove_built
from runner.engine.docker.engine import DockerEngine
from runner.model import labels
from tests.engine.contexts import build_image
from tests.engine.test_bases_languages import provided
from tests.unit.edited_texts import edited

PROGRAM = b"""\
package main

import (
	"fmt"
	"os"
	"os/user"
	"time"
)

func main() {
	zone, err := time.LoadLocation("Europe/Paris")
	fmt.Println(zone, err)
	local, offset := time.Unix(0, 0).In(time.Local).Zone()
	fmt.Println(local, offset)
	file, err := os.CreateTemp("", "x")
	fmt.Println(file != nil, err)
	me, err := user.Current()
	fmt.Println(me.Uid, err)
}
"""
BUILD = """\
FROM golang:1.22 AS build
WORKDIR /src
COPY main.go .
ENV GO111MODULE=off TZ=Asia/Kolkata
RUN go build -o /bin/app main.go
"""
SINGLE = BUILD.replace(" AS build", "") + 'USER 1\nCMD ["/bin/app"]\n'
SEVERAL = (
    BUILD + "FROM gcr.io/distroless/static-debian12:nonroot\nENV TZ=Asia/Kolkata\n"
    'COPY --from=build /bin/app /app\nENTRYPOINT ["/app"]\n'
)


@pytest.mark.parametrize(
    ("text", "level", "user"), [(SINGLE, "stages=multi", "1"), (SEVERAL, "base=scratch", "65532")]
)
def test_what_a_program_reads_is_there(
    engine: DockerEngine, tmp_path: Path, text: str, level: str, user: str
) -> None:
    go = provided(engine, "golang:1.22", "golang1.22")
    after = edited(text, level).replace("golang:1.22", go)
    assert "\nFROM scratch\n" in after
    result = build_image(engine, tmp_path, after, files={"main.go": PROGRAM})
    try:
        printed: bytes = engine.client.containers.run(
            result.image_id, remove=True, network_mode="none", labels={labels.OWNER: "test"}
        )
    finally:
        remove_built(engine, result)

    assert printed.decode().splitlines() == [
        "Europe/Paris <nil>",
        "IST 19800",
        "true <nil>",
        f"{user} <nil>",
    ]
