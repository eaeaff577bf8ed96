"""pip with a second index beside its own, for the copy that is built where base images cannot be
had: the host of that may not answer either, and pip asks it five times over for each package, which
takes longer than the build."""

from __future__ import annotations

import re

from runner.dockerfile.build_arguments import with_arguments
from runner.dockerfile.document import Document
from runner.dockerfile.shell import commands_of

_OPTION = "--extra-index-url"
_LINE = re.compile(rf"^[ \t]*{_OPTION}\b", re.MULTILINE)
_VARIABLE = "PIP_EXTRA_INDEX_URL"


def is_named(requirements: str) -> bool:
    """Whether a requirements file names a second index."""
    return bool(_LINE.search(requirements))


def with_one_retry_of_pip(document: Document, in_files: bool = False) -> Document:
    """The document with pip told to ask again only once, for RUN alone, in each stage whose
    commands or variables name a second index, or that has pip install anything where the project's
    files name one (`in_files`); as it is where it says that itself."""
    if "PIP_RETRIES=" in document.text or "--retries" in document.text:
        return document
    stages = {
        run.stage
        for run in document.runs()
        for command in commands_of(document, run)
        if "install" in command.operands
        and (in_files or any(word.startswith(_OPTION) for word in command.plain))
        and {"pip", "pip3"} & {command.program, *command.operands}
    }
    stages |= {
        item.stage
        for item in document.instructions
        if item.keyword in ("ENV", "ARG") and _VARIABLE in document.value(item)
    }
    return with_arguments(document, stages, "PIP_RETRIES=1")
