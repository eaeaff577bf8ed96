"""What differs in the copy that is built where another version of an image takes its place."""

from __future__ import annotations

import pytest

from runner.compare.standin_edits import for_other_versions, for_standins
from runner.model import labels

NODE = labels.standin_tag("node20")
UV = "ARG UV_PYTHON=python3\n"
OLD = "ARG NODE_OPTIONS=--openssl-legacy-provider\n"


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("uv sync --locked", True),
        ("pip install uv && /root/.local/bin/uv venv", True),
        ("python -m uv sync --frozen", True),
        ("uv pip install --system flask", False),
        ("uvicorn sync", False),
    ],
)
def test_uv_takes_the_python_of_the_image(run: str, told: bool) -> None:
    notes: list[str] = []
    text = f"FROM one AS base\nRUN true\nFROM two\nRUN {run}\n"
    found = for_other_versions(text, "", notes, {"python:3.12": "python:3.11"})
    assert found == (text.replace("FROM two\n", f"FROM two\n{UV}") if told else text)
    assert bool(notes) is told
    again: list[str] = []
    assert for_standins(found, "", again) == found
    assert for_standins(text, "", again) == found, "also on the same version"


def test_uv_may_be_run_in_a_stage_that_is_built_on_its_own() -> None:
    text = "FROM one AS base\nRUN uv sync\nFROM base AS app\nRUN make check\nFROM two\nRUN true\n"
    found = for_other_versions(text, "", [], {"python:3.12": "python:3.11"})
    assert found == text.replace("AS base\n", f"AS base\n{UV}").replace("AS app\n", f"AS app\n{UV}")


@pytest.mark.parametrize(
    ("reference", "other", "old"),
    [
        ("node:16-alpine", "dockbench/standin:node20-alpine", True),
        ("node:16-alpine", "dockbench/standin:node16-slim", False),
        ("docker.io/library/node:8", "node:20", True),
        ("docker.io/library/node:8", "node:14", False),
        ("node:17", "node:20", False),
        ("node:18-slim", "node:20-slim", False),
        ("node", "node:24", False),
        ("python:3.9", "python:3.11", False),
    ],
)
def test_an_older_node_had_another_openssl(reference: str, other: str, old: bool) -> None:
    notes: list[str] = []
    text = f"FROM {NODE} AS site\nRUN yarn build\nFROM nginx\nRUN npm -v\n"
    found = for_other_versions(text, "", notes, {reference: other})
    assert found == (text.replace(" AS site\n", f" AS site\n{OLD}") if old else text)
    assert len(notes) == old


@pytest.mark.parametrize(
    ("reference", "line", "told"),
    [
        ("ubuntu:20.04", "RUN pip3 install flask", True),
        ("docker.io/library/debian:bullseye-slim", "RUN python3 -m pip install flask", True),
        ("ubuntu:jammy-20240111", "RUN pip install --upgrade pip", True),
        ("ubuntu:22.04", "RUN apt-get install -y python3-pip", False),
        ("ubuntu:24.04", "RUN pip3 install flask", False),
        ("debian:12", "RUN pip3 install flask", False),
        ("debian:bookworm", "RUN pip3 install flask", False),
    ],
)
def test_an_older_release_had_a_pip_that_installs_beside_its_packages(
    reference: str, line: str, told: bool
) -> None:
    notes: list[str] = []
    here = "dockbench/standin:debian-slim"
    text = f"FROM {here} AS base\n{line}\n"
    found = for_other_versions(text, "", notes, {reference: here})
    told_line = "\nARG PIP_BREAK_SYSTEM_PACKAGES=1\n"
    assert found == (text.replace(" AS base\n", f" AS base{told_line}") if told else text)
    assert bool(notes) is told
