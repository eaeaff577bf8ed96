"""uv on another Python than the project pins.

For the copy that is built where an image with that Python, to its patch, cannot be had:
`.python-version` has uv download an interpreter of its own, from a host that may not answer. The
image's is used; what `requires-python` says is still held against it.
"""

from __future__ import annotations

from runner.dockerfile.build_arguments import with_arguments
from runner.dockerfile.document import Document
from runner.dockerfile.shell import Command, commands_of

_SYNCS = frozenset(("sync", "run", "export", "venv"))


def with_python_of_image_for_uv(document: Document) -> Document:
    """The document with that said, for RUN alone, in each stage whose commands make an environment
    with uv, or that is built on one (`make` may run it there); as it is where it says that
    itself."""
    if "UV_PYTHON=" in document.text:
        return document
    known = stages_of_uv(document)
    above = {run.stage for run in document.runs() if known & {*document.lineage_of(run.stage)}}
    return with_arguments(document, known | above, "UV_PYTHON=python3")


def stages_of_uv(document: Document) -> set[int]:
    """The stages whose commands make an environment with uv."""
    return {
        run.stage
        for run in document.runs()
        for command in commands_of(document, run)
        if _SYNCS & {*_told(command)[:1]}
    }


def _told(command: Command) -> tuple[str, ...]:
    """What a command tells uv, `python -m uv sync` as well; nothing for any other."""
    if command.program == "uv":
        return command.operands
    is_module = command.program.startswith("python") and command.plain[1:3] == ("-m", "uv")
    return command.plain[3:] if is_module else ()
