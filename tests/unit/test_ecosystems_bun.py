"""Projects that Bun installs and starts."""

from __future__ import annotations

import json

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.ecosystems.all import facts_of, plain_of
from runner.ecosystems.port import Plain
from tests.unit.test_ecosystems import Files

DEVELOPMENT = {"devDependencies": {"@types/bun": "latest", "typescript": "5"}}


def project(path: str = "src/index.ts", lock: str = "bun.lock", **package: object) -> Files:
    """A project with one source, its lock and a package.json."""
    text = json.dumps({**DEVELOPMENT, **package})
    return Files({"package.json": text, lock: "", path: "export default app"})


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (project(), ["bun", "src/index.ts"]),
        (project(lock="bun.lockb", path="x.ts", module="x.ts"), ["bun", "x.ts"]),
        (project(scripts={"start": "bun src/index.ts"}), ["bun", "run", "start"]),
    ],
)
def test_it_is_installed_and_started_by_bun(given: Files, command: list[str]) -> None:
    found = plain_of(given)
    assert isinstance(found, Plain)
    lines = found.dockerfile.splitlines()
    assert lines[0] == "FROM oven/bun:1"
    assert "RUN bun install --frozen-lockfile" in lines
    assert lines[-1] == f"CMD {json.dumps(command)}"
    assert not [line for line in found.evidence if line.startswith("Node ")]


def test_a_last_stage_gets_what_production_needs_on_the_slim_image() -> None:
    given = project()
    found = plain_of(given)
    assert isinstance(found, Plain)
    levels = {"order": "deps_first", "stages": "multi"}
    done = apply(Document(found.dockerfile), levels, facts_of(given))
    assert not [item.reason for item in done.applied if item.reason]
    assert "bun install --production" in done.document.text
    assert "\nFROM oven/bun:1-slim\n" in done.document.text


def test_declarations_of_types_are_no_program() -> None:
    given = project()
    text = 'FROM oven/bun:1\nWORKDIR /app\nCOPY . .\nRUN bun install\nCMD ["bun", "src/index.ts"]\n'
    (applied,) = apply(Document(text), {"deps": "production"}, facts_of(given)).applied
    assert not applied.reason
