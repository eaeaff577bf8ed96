"""The .dockerignore that a project's Dockerfile should have."""

from __future__ import annotations

from pathlib import Path

from runner.compare.own_dockerfiles import OwnDockerfile
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable
from runner.model.engine import BuilderName
from runner.model.errors import ProjectError
from runner.model.progress import Progress
from runner.recipe.context import list_context
from runner.recipe.unneeded import texts_in, unneeded, with_lines

LEAST_IGNORED_BYTES = 100_000
"""Less is not worth a build of its own."""


def better_ignore(
    item: OwnDockerfile, facts: Facts, root: Path, builder: BuilderName, progress: Progress
) -> str:
    """The .dockerignore that leaves out what no build of a Dockerfile needs; empty where there
    is nothing to gain. What is left out is said."""
    try:
        entries = list_context(root, item.dockerignore, builder)
        texts = texts_in(root, [entry.path for entry in entries if not entry.folder])
        document = Document(item.dockerfile.text, item.target)
        lines = unneeded(document, facts, entries, item.dockerignore, texts)
    except (ProjectError, DockerfileError):
        return ""  # the build of the source itself will say what is wrong
    if isinstance(lines, NotApplicable) or sum(x.bytes for x in lines) < LEAST_IGNORED_BYTES:
        return ""
    for line in lines:
        progress.note(
            f"{item.name}: {line.pattern} in .dockerignore leaves out"
            f" {line.bytes / 1e6:.1f} MB ({line.why})"
        )
    return with_lines(item.dockerignore, lines)
