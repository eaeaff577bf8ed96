"""Which package for development the image's own start needs: without it, it would not start."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.facts import Facts
from runner.model.foreign import exec_form


def needed_by_start(document: Document, facts: Facts) -> str:
    """`line 7 starts what needs nodemon, which is for development`; empty where the last CMD and
    ENTRYPOINT need no package that is for development alone."""
    last = {
        item.keyword: item
        for index in document.lineage
        for item in document.in_stage(index)
        if item.keyword in ("CMD", "ENTRYPOINT")
    }
    for item in last.values():
        value = document.value(item)
        words = exec_form(value)
        needed = facts.for_development.needed_by(value if words is None else " ".join(words))
        if needed:
            line = document.line_of(item.start)
            return f"line {line} starts what needs {needed}, a package for development"
    return ""
