"""Edits keep the author's blank lines between instructions: one between two of them, never two."""

from __future__ import annotations

import pytest

from runner.dockerfile.document import Document
from runner.dockerfile.edits.registry import apply
from runner.ecosystems.all import facts_of
from tests.unit.test_ecosystems import Files

PROJECT = Files({"package.json": '{"dependencies": {"express": "4"}}'})
HEAD = "FROM node:22\n\nWORKDIR /a\n\nCOPY . .\n\nRUN npm install\n\n"
START = 'CMD ["node", "x.js"]'


@pytest.mark.parametrize("levels", [{"stages": "multi"}, {"order": "deps_first"}, {}])
@pytest.mark.parametrize(
    "end", [f"EXPOSE 80\n\n{START}\n", f"EXPOSE 80\n\n{START}", f"{START}\n\n", f"{START}\n\n\n"]
)
def test_there_is_one_between_two_instructions(levels: dict[str, str], end: str) -> None:
    wanted = levels or {"stages": "multi", "order": "deps_first"}
    done = apply(Document(HEAD + end), wanted, facts_of(PROJECT))
    text = done.document.text
    assert not [item.reason for item in done.applied if item.reason]
    assert "\n\n\n" not in text.rstrip("\n")
    assert "RUN npm install\nCOPY" not in text


def test_none_is_added_where_the_author_has_none() -> None:
    text = f"FROM node:22\nWORKDIR /a\nCOPY . .\nRUN npm install\n{START}\n"
    found = apply(Document(text), {"order": "deps_first"}, facts_of(PROJECT)).document.text
    assert "RUN npm install\nCOPY . .\n" in found
