"""prune=traced: whatever a path is called, it is one line of the list, or refused."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from runner.model.errors import ConfigError
from runner.recipe.traced import list_text


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1)))
def test_no_path_becomes_two_lines_or_leaves_the_root(names: list[str]) -> None:
    paths = [f"/{name}" for name in names]
    try:
        lines = list_text(paths).split("\n")
    except ConfigError:
        return
    assert lines == [*(f".{path}" for path in paths), ""]
    assert not any(re.search(r"(^|/)\.\.(/|$)", line) for line in lines)
