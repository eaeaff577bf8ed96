"""prune=traced on any Dockerfile: two more stages, or the reason why there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner.dockerfile.edits.traced import WHY
from runner.dockerfile.facts import BaseConfig, Opened
from tests.unit.edited_texts import edited, refused

CONFIG = BaseConfig(
    environment={"PATH": "/usr/bin", "V": 'a "$b" \\c'},
    entrypoint=("node",),
    command=("server.js",),
    workdir="/app",
    ports=("3000/tcp",),
    volumes=("/data",),
    stop_signal="SIGINT",
)
OPENED = Opened(("/app", "/app/server.js"), CONFIG)
NODE = 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["server.js"]\n'
LOOP = r"""RUN while IFS= read -r path; do \
    if [ -d "$path" ] && [ ! -h "$path" ]; then \
    mkdir "/rootfs/$path" \
    && chown "$(stat -c %u:%g "$path")" "/rootfs/$path" \
    && chmod "$(stat -c %a "$path")" "/rootfs/$path"; \
    else cp -a "$path" "/rootfs/$path"; fi || exit 1; \
    done < /traced.txt

FROM scratch
COPY --from=traced /rootfs /
ENV PATH="/usr/bin"
ENV V="a \"\$b\" \\c"
WORKDIR /app
EXPOSE 3000/tcp
VOLUME ["/data"]
STOPSIGNAL SIGINT
"""


def test_an_image_with_a_shell_copies_its_own_files() -> None:
    assert edited(NODE, "prune=traced", opened=OPENED) == (
        f"{NODE.replace('node:22', 'node:22 AS whole')}\n# {WHY}\nFROM whole AS traced\n"
        "COPY traced.dockbench /traced.txt\nWORKDIR /rootfs\nWORKDIR /\n"
        f'{LOOP}ENTRYPOINT ["node"]\nCMD ["server.js"]\n'
    )


def test_an_image_without_a_shell_lets_another_stage_copy() -> None:
    text = (
        "FROM golang:1.22 AS build\nRUN go build -o /app .\n"
        'FROM scratch AS end\nCOPY --from=build /app /app\nCMD ["/app"]\n'
    )
    opened = replace(OPENED, has_shell=False)
    assert (
        "FROM build AS traced\nCOPY --from=end / /whole\nCOPY traced.dockbench /traced.txt\n"
        "WORKDIR /rootfs\nWORKDIR /whole\nRUN while"
    ) in edited(text, "prune=traced", opened=opened)
    unnamed = text.replace(" AS build", "").replace("=build", "=0")
    assert "FROM golang:1.22 AS traced\n" in edited(unnamed, "prune=traced", opened=opened)


def test_the_user_that_an_edit_before_it_named_counts() -> None:
    found = edited(NODE, "prune=traced", opened=replace(OPENED, config=replace(CONFIG, user="7")))
    assert "FROM whole AS traced\nUSER 0:0\n" in found
    assert "\nUSER 7\nENTRYPOINT" in found
    text = NODE.replace("CMD", "USER 65532\nCMD")
    found = edited(text, "prune=traced", opened=OPENED)
    assert found.endswith('USER 65532\nENTRYPOINT ["node"]\nCMD ["server.js"]\n')
    assert "only what its check opened" in refused(found, "user=nobody")


@pytest.mark.parametrize(
    ("text", "opened", "said"),
    [
        (NODE, None, "found out by `dockbench compare`"),
        ("FROM a AS whole\nCMD x\n", OPENED, "a stage whole or traced of its own"),
        ("FROM scratch\nCOPY x /\n", replace(OPENED, has_shell=False), "has a shell"),
        (
            NODE,
            replace(OPENED, config=replace(CONFIG, environment={"A": "b\nRUN rm -rf /"})),
            "the variable 'A' of its image",
        ),
        (NODE, replace(OPENED, config=replace(CONFIG, workdir="/$x")), "'/$x' of its image"),
    ],
)
def test_what_cannot_be_reduced(text: str, opened: Opened | None, said: str) -> None:
    assert said in refused(text, "prune=traced", opened=opened)
