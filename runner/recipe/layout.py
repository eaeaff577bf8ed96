"""Where things lie: folders in the context and in the image, and the COPY instructions for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from runner.model.levels import ContextRoot, InstallTool, Levels
from runner.model.project import DependencySet, Project
from runner.recipe.dockerfile import Instruction, copy

APP = "/app"
HERE = PurePosixPath(".")


@dataclass(frozen=True)
class Layout:
    """The folders of one variant."""

    context: str
    """Root of the build context, relative to the repository's root."""
    backend: PurePosixPath
    """The backend's folder, relative to the context's root."""
    package: PurePosixPath
    """What is needed to run the service, relative to the backend."""
    install_files: tuple[PurePosixPath, ...]
    """What the installer reads, relative to the backend."""

    @property
    def workdir(self) -> str:
        """The backend's folder in the image."""
        return str(PurePosixPath(APP) / self.backend)

    def copy_all(self) -> Instruction:
        """COPY everything that was sent: to /app, relative to the working folder where possible."""
        return copy(["."], "." if self.backend == HERE else APP)


def layout(levels: Levels, project: Project, dependencies: DependencySet) -> Layout:
    """The folders of a variant whose values have been checked."""
    backend = PurePosixPath(project.backend or ".")
    whole = levels.context.root is ContextRoot.repo
    if levels.installer.tool is InstallTool.poetry:
        files = project.dependency_files
    else:
        files = [dependencies.requirements, *dependencies.files]
    return Layout(
        context="." if whole else str(backend),
        backend=backend if whole else HERE,
        package=PurePosixPath(project.package),
        install_files=tuple(PurePosixPath(file) for file in files),
    )
