"""A Dockerfile of random lines has the instructions that the engine's own parser finds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.detect.instructions import instructions
from tests.unit.dockerfiles import instructions_of

LINES = st.sampled_from(
    [
        "RUN a",
        "RUN a \\",
        "# comment",
        "",
        "   b \\",
        "  # inner",
        "COPY . .",
        "ENV A=1",
        "run c \\ ",
    ]
)


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(LINES, max_size=12))
def test_instructions_begin_and_end_where_the_engines_own_parser_says(lines: list[str]) -> None:
    text = "\n".join(["FROM a", *lines, "RUN end"]) + "\n"
    judged = [
        (item.cmd.upper(), item.start_line - 1, item.end_line - 1) for item in instructions_of(text)
    ]
    assert [(item.keyword, item.first, item.last) for item in instructions(text)] == judged
