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

    def copy_all(self, target: str = "") -> Instruction:
        """COPY everything that was sent: to /app, relative to the working folder where possible."""
        return copy(["."], target or ("." if self.backend == HERE else APP))

    def copy_install_files(self) -> list[Instruction]:
        """COPY only what the installer reads, one instruction a folder."""
        folders: dict[PurePosixPath, list[str]] = {}
        for file in self.install_files:
            folders.setdefault(file.parent, []).append(str(self.backend / file))
        return [copy(files, f"{folder}/") for folder, files in folders.items()]

    def copy_package(self, root: str = "") -> Instruction:
        """COPY only what is needed to run the service; into the working folder, or below a root."""
        source = self.backend / self.package
        target = f"{root}{PurePosixPath(APP) / source}" if root else str(self.package)
        return copy([str(source)], target)


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
