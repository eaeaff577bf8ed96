"""A project's own Dockerfile, read as the engine reads it."""

from __future__ import annotations

import pytest

from runner.detect.dockerfile import Dockerfile
from runner.detect.instructions import expanded, instructions

REAL = """\
# syntax=docker/dockerfile:1
ARG PY=3.11
FROM --platform=$BUILDPLATFORM python:${PY}-slim AS Build
# a comment
RUN apt-get update && \\
    # inside of it

    apt-get install -y gcc
RUN <<EOF
FROM nothing
CMD nothing
EOF
COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/
COPY --from=build /x /y
COPY --from=0 /x /y
RUN --mount=type=bind,from=busybox:1,target=/b true

FROM build
ENV PORT=8080 MODE="in production"
EXPOSE $PORT 9000/udp
CMD gunicorn -b :$PORT app:app
"""


def test_stages_images_and_settings_of_a_real_one() -> None:
    read = Dockerfile(REAL)
    assert [stage.name for stage in read.stages] == ["build", ""]
    assert list(read.images) == ["python:3.11-slim", "ghcr.io/astral-sh/uv:latest", "busybox:1"]
    assert read.base == "python:3.11-slim"
    assert read.command == ["gunicorn", "-b", ":8080", "app:app"]
    assert read.ports == [8080]
    assert read.environment["MODE"] == "in production"
    assert read.syntax == "docker/dockerfile:1"
    told = "# syntax=docker/dockerfile:1.9-labs   # for better caches\nFROM a\n"
    assert Dockerfile(told).syntax == "docker/dockerfile:1.9-labs"
    assert Dockerfile(told).built_on({}, without_syntax=True) == "#\nFROM a\n"


def test_other_bases_are_written_where_they_stood_and_nothing_else_changes() -> None:
    other = Dockerfile(REAL).built_on({"python:3.11-slim": "here:slim", "busybox:1": "here:box"})
    before, after = REAL.splitlines(), other.splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        ("FROM --platform=$BUILDPLATFORM python:${PY}-slim AS Build",
         "FROM --platform=$BUILDPLATFORM here:slim AS Build"),
        ("RUN --mount=type=bind,from=busybox:1,target=/b true",
         "RUN --mount=type=bind,from=here:box,target=/b true"),
    ]  # fmt: skip


def test_the_syntax_line_can_be_left_out() -> None:
    assert Dockerfile(Dockerfile(REAL).built_on({}, without_syntax=True)).syntax == ""
    assert Dockerfile(REAL).built_on({}) == REAL


def test_an_image_is_not_replaced_inside_of_another_name() -> None:
    text = "FROM python:3.11 AS python\nFROM python:3.11-slim\nCOPY --from=python /a /b\n"
    assert Dockerfile(text).built_on({"python:3.11": "x"}) == (
        "FROM x AS python\nFROM python:3.11-slim\nCOPY --from=python /a /b\n"
    )


@pytest.mark.parametrize(
    ("start", "why"),
    [
        ("", "the Dockerfile has none"),
        ('ENTRYPOINT ["/entrypoint.sh"]\n', "the Dockerfile has none"),
        ("CMD ['uvicorn', 'app:app'].\n", "is no JSON"),
        ("CMD uvicorn app:app\n", ""),
        ("CMD [ -f x ] && uvicorn app:app\n", ""),
        ('ENTRYPOINT ["/entrypoint.sh"]\nCMD ["uvicorn", "app:app"]\n', ""),
        ("ENTRYPOINT uvicorn app:app\n", ""),
    ],
)
def test_a_compose_files_command_is_wanted_where_the_image_cannot_start_without(
    start: str, why: str
) -> None:
    said = Dockerfile(f"FROM python:3.11\n{start}").no_command
    assert why in said
    assert bool(said) == bool(why)


@pytest.mark.parametrize(
    "text",
    [
        "FROM --platform=linux/{0} {1}\n",
        "FROM --platform=x86 \\\n  {1} AS x\n",
        "FROM a\nCOPY --chown={0}:{0} --from={1} /{0} /{0}\n",
        "FROM a\nRUN --mount=type=bind,source={0}.txt,from={1} true {0}\n",
    ],
)
def test_only_the_image_itself_is_replaced(text: str) -> None:
    assert Dockerfile(text.format("x", "x")).built_on({"x": "here:y"}) == text.format("x", "here:y")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('FROM a\nCMD ["python", "-m", "app"]\n', ["python", "-m", "app"]),
        ('FROM a\nENTRYPOINT ["python"]\nCMD ["app.py"]\n', ["python", "app.py"]),
        ("FROM a\nCMD exec gunicorn app:app\n", ["gunicorn", "app:app"]),
        ("FROM a\nCMD init && serve\n", ["/bin/sh", "-c", "init && serve"]),
        ("FROM a\nCMD serve --port $PORT\n", ["/bin/sh", "-c", "serve --port $PORT"]),
        ("FROM a\nCMD first\nCMD second\n", ["second"]),
        ("FROM a AS b\nCMD first\nFROM b\n", ["first"]),
        ("FROM a AS b\nCMD first\nFROM a\n", []),
        ("FROM a\nCMD [broken\n", ["/bin/sh", "-c", "[broken"]),
    ],
)
def test_the_command_is_what_the_container_would_start(text: str, command: list[str]) -> None:
    assert Dockerfile(text).command == command


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("FROM a AS b\nFROM scratch\nCOPY --from=b / /\n", "a"),
        ("FROM scratch\nCOPY x /\n", ""),
        ("RUN nothing\n", ""),
        ("FROM a\nFROM c:1\n", "c:1"),
        ("FROM a AS One\nFROM one AS two\nFROM TWO\n", "a"),
    ],
)
def test_the_base_is_the_image_below_the_last_stage(text: str, base: str) -> None:
    assert Dockerfile(text).base == base


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("$A-${A}-${B:-x}-${B-y}", "1-1-x-y"),
        ("${A:+set}${B:+set}", "set"),
        ("$B ${B}", "$B ${B}"),
        (r"\$A", r"\$A"),
        ("${E:-x}${E-y}", "x"),
    ],
)
def test_variables_are_filled_in_as_far_as_they_are_known(value: str, said: str) -> None:
    assert expanded(value, {"A": "1", "E": ""}) == said


@pytest.mark.parametrize(
    "document",
    [
        "RUN <<EOF\nFROM x\nEOF\n",
        "RUN <<-'E'\n\tFROM x\n\tE\n",
        'COPY <<"A" <<B /to/\nFROM x\nA\nFROM y\nB\n',
    ],
)
def test_here_documents_hold_no_instructions(document: str) -> None:
    text = f"FROM a\n{document}CMD b\n"
    assert [item.keyword for item in instructions(text)] == ["FROM", document.split()[0], "CMD"]


def test_a_here_string_is_no_document() -> None:
    assert [item.keyword for item in instructions("FROM a\nRUN cat <<< x\nCMD b\n")] == [
        "FROM",
        "RUN",
        "CMD",
    ]


ENTRIES = {
    "none": ("", [], False),
    "shell": ("ENTRYPOINT entry p1\n", ["/bin/sh", "-c", "entry p1"], True),
    "exec": ('ENTRYPOINT ["entry", "p1"]\n', ["entry", "p1"], False),
}
COMMANDS = {
    "none": ("", []),
    "shell": ("CMD cmd p2\n", ["/bin/sh", "-c", "cmd p2"]),
    "exec": ('CMD ["cmd", "p2"]\n', ["cmd", "p2"]),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("command", COMMANDS)
def test_entrypoint_and_cmd_go_together_as_the_reference_says(entry: str, command: str) -> None:
    first, entry_words, is_shell = ENTRIES[entry]
    second, words = COMMANDS[command]
    for text in (f"FROM a\n{first}{second}", f"FROM a\n{second}{first}"):
        read = Dockerfile(text)
        assert read.process == entry_words + words
        if is_shell:
            assert read.command == ["entry", "p1"]
        elif not entry_words and command == "shell":
            assert read.command == ["cmd", "p2"]
        else:
            assert read.command == entry_words + words


@pytest.mark.parametrize(
    ("text", "process"),
    [
        ('FROM a AS b\nCMD ["x"]\nFROM b\nENTRYPOINT ["y"]\n', ["y"]),
        ('FROM a AS b\nENTRYPOINT ["y"]\nCMD ["x"]\nFROM b\nCMD ["z"]\n', ["y", "z"]),
        ('FROM a AS b\nENTRYPOINT ["y"]\nFROM b\nENTRYPOINT []\nCMD ["z"]\n', ["z"]),
        ('FROM a\nCMD ["x"]\nCMD []\nENTRYPOINT ["y"]\n', ["y"]),
        ('FROM a\nSHELL ["/bin/bash", "-ec"]\nCMD x | y\n', ["/bin/bash", "-ec", "x | y"]),
        ('FROM\ta:1\nENTRYPOINT\t["x"]\nCMD \t["y"]\n', ["x", "y"]),
        ("FROM a\nCMD ['x', 'y']\n", ["/bin/sh", "-c", "['x', 'y']"]),
    ],
)
def test_the_process_of_stages_shells_and_what_only_looks_like_json(
    text: str, process: list[str]
) -> None:
    assert Dockerfile(text).process == process


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("MODE=x gunicorn app:app", ["/bin/sh", "-c", "MODE=x gunicorn app:app"]),
        ("it's broken", ["/bin/sh", "-c", "it's broken"]),
        ("exec gunicorn 'a b'", ["gunicorn", "a b"]),
    ],
)
def test_a_line_becomes_words_only_where_a_shell_would_do_no_more(
    line: str, words: list[str]
) -> None:
    assert Dockerfile(f"FROM a\nCMD {line}\n").command == words


@pytest.mark.parametrize(
    ("lines", "known"),
    [
        ("ENV A=1 B=$A", {"A": "1", "B": "$A"}),
        ("ENV A=1\nENV A=2 B=$A", {"A": "2", "B": "1"}),
        ("ENV A=x=y", {"A": "x=y"}),
        ("ENV A b  c=d", {"A": "b  c=d"}),
        ("ENV A\tb", {"A": "b"}),
        ("ENV A=1\nENV B $A/$A", {"A": "1", "B": "1/1"}),
        ("ARG A=1\nENV B=$A", {"A": "1", "B": "1"}),
        ("ARG A\nENV B=$A", {"B": "$A"}),
    ],
)
def test_variables_have_the_value_from_before_the_instruction(
    lines: str, known: dict[str, str]
) -> None:
    assert Dockerfile(f"FROM scratch\n{lines}\n").environment == known


def test_an_argument_before_the_first_stage_is_known_where_a_stage_declares_it() -> None:
    text = "ARG A=1\nFROM scratch\n{}ENV B=$A\n"
    assert Dockerfile(text.format("ARG A\n")).environment["B"] == "1"
    assert Dockerfile(text.format("")).environment["B"] == "$A"


def test_an_argument_that_a_build_is_given_comes_before_its_default() -> None:
    text = "ARG A=1\nFROM scratch\nARG A\nARG B=2\nARG C\nENV D=$A/$B/$C\n"
    read = Dockerfile(text, args={"A": "a", "B": "b", "C": "c", "E": "e"})
    assert read.environment == {"A": "a", "B": "b", "C": "c", "D": "a/b/c"}


def test_only_the_instruction_that_names_an_image_is_changed() -> None:
    told = "# python:3.11 it is\nLABEL base=python:3.11\n"
    text = f"{told}FROM python:3.11\nRUN echo python:3.11\n"
    assert Dockerfile(text).built_on({"python:3.11": "x"}) == (
        f"{told}FROM x\nRUN echo python:3.11\n"
    )
    cut = "FROM python:\\\n3.11\nRUN echo python:3.11\n"
    assert Dockerfile(cut).built_on({"python:3.11": "x"}) == cut


@pytest.mark.parametrize(
    ("text", "target", "below"),
    [
        ("FROM a AS prod\nFROM prod AS dev\n", "PROD", True),
        ("FROM a AS prod\nFROM prod AS middle\nFROM middle AS development\n", "prod", True),
        ("FROM a AS prod\nFROM prod AS runtime\n", "prod", False),
        ("FROM a AS prod\nFROM a AS dev\n", "prod", False),
        ("FROM a AS dev\n", "dev", False),
        ("FROM a\nFROM b AS dev\n", "", False),
        ("RUN true\n", "prod", False),
        ("", "", False),
    ],
)
def test_a_stage_for_developers_is_told_from_the_one_that_it_is_made_of(
    text: str, target: str, below: bool
) -> None:
    assert Dockerfile(text).is_below(target) is below


def test_a_from_of_nothing_is_a_stage_without_a_name_or_an_image() -> None:
    (stage,) = Dockerfile("FROM\nRUN true\n").stages
    assert (stage.name, stage.reference, len(stage.body)) == ("", "", 1)
    assert Dockerfile("FROM\n").base == ""


@pytest.mark.parametrize(
    "written", ['"$IMAGE":"$TAG"', "'python':'3.12'", '"python:3.12"', '"${IMAGE}:${TAG}"']
)
def test_quotes_are_no_part_of_an_image(written: str) -> None:
    own = Dockerfile(f"ARG IMAGE=python\nARG TAG=3.12\nFROM {written} AS a\nCMD x\n")
    assert own.images == {"python:3.12": {written}}
    assert own.base == "python:3.12"
    assert own.built_on({"python:3.12": "other"}).splitlines()[2] == "FROM other AS a"


def test_an_argument_without_a_default_names_the_image_that_is_given() -> None:
    text = "ARG IMAGE\nFROM ${IMAGE} AS base\nFROM base\nCMD x\n"
    assert list(Dockerfile(text, args={"IMAGE": "python:3.8-slim"}).images) == ["python:3.8-slim"]
    assert list(Dockerfile(text, args={"OTHER": "python:3.8-slim"}).images) == ["${IMAGE}"]
    assert Dockerfile(text, args={"IMAGE": "python:3.8-slim"}).base == "python:3.8-slim"
