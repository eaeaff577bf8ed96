"""Likely causes of failures that lie in what an image starts, and in what a step of its build runs
or copies."""

from __future__ import annotations

import re

from runner.model.failure import HiddenFailure
from runner.model.text import without_middle

MOST_OF_A_LINE = 200
"""Characters of an installer's own words in a cause."""
_NO_PROGRAM = re.compile(r"(?:^|\s|: )(?<!\" not )([\w.+/-]+): (?:command )?not found\b")
"""`"/x" not found: not found` is a file, and what BuildKit says of one."""
_OF_A_SCRIPT = re.compile(r"^(?:npm|yarn|pnpm)? ?> \S+@\S+ \w+$", re.MULTILINE)
"""What npm prints before a script of package.json."""
_NO_JSON = re.compile(r"\[['\"]?[\w./-]+['\"]?,?\]?: (?:command )?not found")
_NOT_EXECUTABLE = re.compile(r'exec: "([^"]+)": (?:executable file not found|stat |permission)')
_ENDED_WELL = re.compile(r"\Athe container exited with 0 before it was healthy")
_NOT_MADE = re.compile(
    r"COPY [^\n]*?--from=(\S+)[^\n]*?:(?: failed to [^\n\"]*)? \"([^\"\n]+)\":? not found\b"
)


def copied_cause(text: str) -> str:
    """What a COPY takes from another stage and that is not there; else empty."""
    match = _NOT_MADE.search(text)
    if match is None:
        return ""
    return (
        f"{match[2]} is not in the stage {match[1]}: what that builds lies elsewhere, or is not"
        " built; correct the COPY, or the RUN that builds it"
    )


def shell_form_cause(text: str) -> str:
    """A CMD or ENTRYPOINT that was meant as JSON and is none; else empty."""
    if not _NO_JSON.search(text):
        return ""
    return (
        "its CMD or ENTRYPOINT is no JSON, so a shell runs it as it is written: put its words in"
        " double quotes"
    )


def program_cause(text: str) -> str:
    """A program that a step runs and that is not there; else empty."""
    match = _NO_PROGRAM.search(text)
    if match is None:
        return ""
    if match[1] == "apk":
        return "the stand-in for Alpine has no apk: run where a registry answers"
    if _OF_A_SCRIPT.search(text):
        return (
            f"{match[1]}, which a script of package.json runs, is not installed: where it is one of"
            " devDependencies, that stage must not leave these out"
        )
    return (
        f"the program {match[1]} is not in its base image: install it, or take a base that has it"
    )


def start_cause(text: str) -> str:
    """What a container is to start and that is no program of its image; else empty."""
    match = _NOT_EXECUTABLE.search(text)
    if match is None:
        return ""
    return (
        f"its CMD or ENTRYPOINT starts {match[1]}, which is no program of its image: correct that,"
        " or name the command in dockbench.yaml (`check: {command: [/app]}`)"
    )


def over_cause(text: str) -> str:
    """A container that ends well before it served anything; else empty."""
    return (
        "what its image starts ends by itself: give the Dockerfile a CMD that serves, or name the"
        " command in dockbench.yaml (`check: {command: [PROGRAM, ARGUMENT]}`)"
        if _ENDED_WELL.search(text)
        else ""
    )


def go_sum_cause(text: str) -> str:
    """Modules of Go that go.mod names and go.sum does not."""
    if "missing go.sum entry" not in text:
        return ""
    return (
        "go.sum does not have all modules that go.mod names: write it with `go mod tidy`, where a"
        " proxy of Go's modules answers; with `go mod vendor` after that a build downloads nothing"
    )


def went_on(hidden: HiddenFailure, why: str) -> str:
    """An installer that failed in a step which did not end by that; `why` is the cause, where it is
    known."""
    return (
        f"{hidden.program} failed in an earlier step, which went on after that"
        f" ({without_middle(hidden.message, MOST_OF_A_LINE)}): {why or 'correct that first'};"
        " joined with && in place of ; or ||, the commands of that step end the build there"
    )
