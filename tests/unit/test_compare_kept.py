"""What a Dockerfile loses in the place of another, and the comments at its head."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.compare.annotated import MARK, annotated
from runner.compare.candidates import TOGETHER
from runner.compare.kept import losses
from runner.compare.replaced import lost
from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import EDITS, apply
from runner.dockerfile.facts import Facts, Manifest
from runner.ecosystems.installers import INSTALLERS
from tests.unit.dockerfile_texts import HAND_WRITTEN, dockerfiles
from tests.unit.dockerfiles import instructions_of

FACTS = Facts(INSTALLERS, manifests=(Manifest(("requirements.txt",), "pip"),))
OWN = """\
# syntax=docker/dockerfile:1
ARG PYTHON=3.12
FROM python:$PYTHON AS base
ARG BUILD_ID
LABEL org.example.team="shop" version=2
ENV MODE=production \\
    TOKEN_FILE=/run/token
WORKDIR /srv
RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY shop shop
COPY --from=busybox:1 /bin/busybox /bin/
RUN python -m compileall shop && chown -R app shop
VOLUME /data
STOPSIGNAL SIGINT
EXPOSE 8000 9000/udp
USER app
HEALTHCHECK --interval=5s CMD curl -f http://localhost:8000/up
ENTRYPOINT ["python", "-m"]
CMD ["shop"]
"""


def told(after: str, before: str = OWN) -> list[str]:
    return [loss.text for loss in losses(Dockerfile(before), Dockerfile(after))]


def test_nothing_is_lost_by_itself_and_by_options_and_steps_added() -> None:
    assert told(OWN) == []
    more = OWN.replace("install -y curl", "install --no-install-recommends -y curl gcc")
    more = more.replace("pip install", "pip install --no-cache-dir").replace("ADD", "COPY")
    assert told(more + "ENV EXTRA=1\nEXPOSE 7000\n") == []


@pytest.mark.parametrize(
    ("line", "instead", "lines"),
    [
        ("USER app\n", "", ["USER app (line 18) is missing: it runs as root"]),
        ("USER app\n", "USER 65534\n", ["USER app (line 18): the user is 65534"]),
        (
            "HEALTHCHECK --interval=5s CMD curl -f http://localhost:8000/up\n",
            "",
            [
                "HEALTHCHECK --interval=5s CMD curl -f http://localhost:8000/up (line 19) is"
                " missing"
            ],
        ),
        (" 9000/udp", "", ["EXPOSE 9000/udp (line 17) is missing"]),
        ("MODE=production", "MODE=x", ["ENV MODE (line 6) has another value"]),
        (" \\\n    TOKEN_FILE=/run/token", "", ["ENV TOKEN_FILE (line 6) is missing"]),
        ("ARG BUILD_ID\n", "", ["ARG BUILD_ID (line 4) is missing"]),
        (" version=2", "", ["LABEL version (line 5) is missing"]),
        ("VOLUME /data\n", "", ["VOLUME /data (line 15) is missing"]),
        ("STOPSIGNAL SIGINT\n", "", ["STOPSIGNAL SIGINT (line 16) is missing"]),
        ("COPY shop shop\n", "", ["shop is not copied (COPY, line 12)"]),
        ("COPY shop shop\n", "COPY . .\n", []),
        (
            "COPY --from=busybox:1 /bin/busybox /bin/\n",
            "",
            ["busybox:1:/bin/busybox is not copied (COPY, line 13)"],
        ),
        (" && chown -R app shop", "", ["chown -R app shop (RUN, line 14) is not run"]),
        ("install -y curl", "install -y git", ["apt-get install -y curl (RUN, line 9) is not run"]),
        ('CMD ["shop"]\n', "", ["it starts python -m and not python -m shop"]),
        ("WORKDIR /srv\n", "WORKDIR /app\n", ["it starts in /app and not in /srv"]),
        ("ARG PYTHON=3.12", "ARG PYTHON=3.11", [
            "it is built on python:3.11 and not on python:3.12",
            "ARG PYTHON (line 2) has another value",
        ]),
    ],
)  # fmt: skip
def test_each_kind_has_its_line(line: str, instead: str, lines: list[str]) -> None:
    assert line in OWN
    assert told(OWN.replace(line, instead)) == lines


@pytest.mark.parametrize("pip", ["python3 -m pip", "pip3", "pip"])
def test_pip_is_the_same_however_it_is_started(pip: str) -> None:
    own = f"FROM python:3.13\nRUN {pip} install --no-cache-dir -r requirements.txt\n"
    other = "FROM python:3.13\nRUN pip --python=/v/bin/python install -r requirements.txt\n"
    assert losses(Dockerfile(own), Dockerfile(other)) == []
    assert losses(Dockerfile(own), Dockerfile(other.replace("install", "check")))


def test_npm_ci_is_an_install_and_takes_no_other_ones_place() -> None:
    own = "FROM node\nRUN npm install && npm install -g serve && npm run build\nCMD x\n"
    after = own.replace("npm install &&", "npm ci &&")
    assert told(after, own) == []
    assert told("FROM node\nRUN npm install -g serve && npm run build\nCMD x\n", own) == [
        "npm install (RUN, line 2) is not run"
    ]
    assert told(after.replace(" -g serve", " -g http-server"), own) == [
        "npm install -g serve (RUN, line 2) is not run"
    ]


def test_wheels_that_are_mounted_are_not_lost() -> None:
    head = "FROM python:3.12\n"
    own = f"{head}COPY a.whl wheels /wheels/\nRUN pip install /wheels/* && rm -rf /wheels\n"
    mounts = " ".join(f"--mount=source={x},target=/wheels" for x in ("wheels", "a.whl"))
    assert told(f"{head}RUN {mounts} pip install /wheels/*\n", own) == []
    other = f"{head}RUN --mount=type=bind,target=/wheels pip install /wheels/*\n"
    assert len(told(other, own)) == 3
    image = f"{head}COPY --from=some:1 /x/a.whl /tmp/\nRUN pip install /tmp/a.whl\n"
    mount = "--mount=type=bind,from=some:1,source=/x/a.whl,target=/tmp/a.whl"
    assert told(f"{head}RUN {mount} pip install /tmp/a.whl\n", image) == []


def test_only_the_user_and_the_health_check_are_given_up() -> None:
    found = losses(Dockerfile(OWN), Dockerfile("FROM python:3.12\n"))
    assert {loss.what for loss in found} == {"", "USER app", "HEALTHCHECK"}
    assert len(found) > 12


@pytest.mark.parametrize("text", [OWN, *HAND_WRITTEN.values()], ids=["own", *HAND_WRITTEN])
def test_no_edit_gives_up_the_user_the_health_check_or_anything_that_is_started(text: str) -> None:
    levels = [{factor: level} for factor, found in EDITS.items() for level in found]
    for asked in [*levels, TOGETHER, {**TOGETHER, "stages": "multi"}]:
        edited = apply(Document(text), asked, FACTS).document.text
        for loss in losses(Dockerfile(text), Dockerfile(edited)):
            assert not loss.what, (asked, loss)
            fine = ["is not run", "it is built on "]
            if asked.get("base") == "scratch":
                fine.append("the user is 65532")  # nothing there knows the name
            assert "squash" in asked or any(word in loss.text for word in fine), (asked, loss)


@settings(max_examples=50, deadline=None)
@given(dockerfiles())
def test_nothing_is_lost_by_itself_whatever_it_is(text: str) -> None:
    assert told(text, text) == []


def test_comments_stand_below_the_directives_and_replace_earlier_ones() -> None:
    once = annotated(OWN, ["first\nline", "second"])
    lines = once.splitlines()
    assert lines[:3] == [
        "# syntax=docker/dockerfile:1",
        "# dockbench: first\\nline",
        "# dockbench: second",
    ]
    assert annotated(once, ["other"]).splitlines()[1] == f"{MARK}other"
    assert annotated(once, []) == OWN


def test_comments_end_as_the_lines_of_the_file_do() -> None:
    assert annotated("# escape=`", ["a"]) == "# escape=`\n# dockbench: a\n"
    text = "# escape=`\r\nFROM a\r\n"
    assert annotated(text, ["b"]) == "# escape=`\r\n# dockbench: b\r\nFROM a\r\n"


@settings(max_examples=50, deadline=None)
@given(text=dockerfiles(), line=st.text(max_size=40))
def test_a_comment_changes_nothing_that_is_built(text: str, line: str) -> None:
    def built(text: str) -> list[tuple[str, object]]:
        return [(item.cmd, item.value) for item in instructions_of(text)]

    assert built(annotated(text, [line, "escape=`", "x"])) == built(text)


def test_a_step_that_is_lost_does_not_tell_its_secret() -> None:
    step = "RUN pip install --index-url https://me:s3cr3t-4711@index.example/simple shop"
    own = Dockerfile(f"FROM python:3.12\n{step}\n")
    (loss,) = lost(own, "FROM python:3.12\n")
    assert "is not run" in loss.text
    assert "s3cr3t" not in loss.text
