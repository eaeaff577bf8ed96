"""A root of exactly the files on a list: those that a container opened while its check ran.

The list is a file of its own beside the Dockerfile, a path a line, so that it can be read, compared
and edited; a build stage copies what it names, as `prune=traced` does to any Dockerfile.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.recipe import quoting


def list_text(paths: Iterable[str]) -> str:
    """The list for these absolute paths, in their order; raises `ConfigError` for a path that is
    no line of its own, or no path below the root."""
    lines = [f".{path}" for path in paths]
    for line in lines:
        quoting.require(quoting.LISTED_PATH, "prune/traced: a file that the check opens", line)
    return "".join(f"{line}\n" for line in lines)
