"""Generates what is heavy in a real repository and does not belong in ours: one writer per kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from runner.model.errors import ProjectError
from runner.model.project import GeneratedPart, PartKind
from runner.project.generators.git_history import write_git_history
from runner.project.generators.jetbrains_directory import write_idea
from runner.project.generators.node_modules import write_node_modules
from runner.project.generators.notebooks import write_notebooks
from runner.project.generators.seeded import seeded_chunks


def generate(part: GeneratedPart, root: Path) -> None:
    """Write one part below the repository's `root`; what it holds follows from `part` alone.

    A git history also depends on the files below `root`: its last commit is exactly those.
    Raises ProjectError if a file stands where a directory is needed.
    """
    target = root / part.path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ProjectError(
            f"part {part.path} cannot be generated: a file stands in its way, correct its path"
        ) from None
    _WRITERS[part.kind](part, root)


def write_weights(part: GeneratedPart, root: Path) -> None:
    """One file of `size_bytes` bytes that nothing can compress, like a model's weights."""
    with (root / part.path).open("wb") as file:
        file.writelines(seeded_chunks(f"weights/{part.seed}", part.size_bytes))


def write_text(part: GeneratedPart, root: Path) -> None:
    """One file of the part's lines."""
    (root / part.path).write_text("".join(f"{line}\n" for line in part.lines), encoding="utf-8")


_WRITERS: dict[PartKind, Callable[[GeneratedPart, Path], None]] = {
    PartKind.git_history: write_git_history,
    PartKind.idea: write_idea,
    PartKind.node_modules: write_node_modules,
    PartKind.notebooks: write_notebooks,
    PartKind.text: write_text,
    PartKind.weights: write_weights,
}
