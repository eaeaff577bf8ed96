"""A variant's levels become one Dockerfile, one .dockerignore and one build context: the project's
plain Dockerfile with the edits that the levels stand for."""

from __future__ import annotations

from runner.dockerfile.document import Document
from runner.dockerfile.edits.traced import LIST
from runner.dockerfile.facts import BaseConfig, Facts, Manifest, Opened
from runner.dockerfile.spans import NotApplicable
from runner.ecosystems.installers import INSTALLERS
from runner.model.engine import BuilderName
from runner.model.levels import InstallTool, Levels
from runner.model.project import Project
from runner.model.variant import Recipe
from runner.recipe import own_root
from runner.recipe.constraints import check
from runner.recipe.layout import Layout, layout
from runner.recipe.level_edits import edits_of
from runner.recipe.notes import notes
from runner.recipe.plain import build_packages, plain_text
from runner.recipe.traced import list_text

_NOT_TRACED = Opened((), BaseConfig())


def render(
    levels: Levels,
    project: Project,
    builder: BuilderName,
    package_manager: str,
    opened: Opened | None = None,
    has_strip: bool = True,
    config: BaseConfig | None = None,
) -> Recipe:
    """The recipe for a base with this package manager (`apt`, `apk`, or empty for none) and this
    configuration, which has the program `strip` or not.

    With prune.trace, the image gets what was `opened`: absolute paths, directories before content.

    Raises `ConfigError` for a value that cannot stand in a Dockerfile and `ConstraintError` for
    levels that contradict each other.
    """
    check(levels, project, builder)
    paths = layout(levels, project, project.dependencies[levels.deps.level])
    seen = opened or _NOT_TRACED
    facts = Facts(
        installers=INSTALLERS,
        manifests=(_manifest(levels, paths),),
        base=config or BaseConfig(),
        opened=seen,
        language="python",
        build_packages=frozenset(
            name.partition("=")[0] for name in build_packages(levels, project, package_manager)
        ),
    )
    document = Document(plain_text(levels, project, package_manager, paths))
    said = list(notes(levels, project, package_manager, has_strip))
    for item in edits_of(levels, project, package_manager, paths):
        outcome = item.edit(document, facts)
        if not isinstance(outcome, NotApplicable):
            document = document.edited(outcome)
        elif not item.is_help:
            level = levels.every()[item.factor].level
            said.append(f"{item.factor}={level} changes nothing: {outcome.reason}")
    lines = [*levels.context.ignore, *project.ignore] if levels.context.ignore else []
    return Recipe(
        dockerfile=document.text,
        dockerignore="".join(f"{line}\n" for line in lines),
        context=paths.context,
        default_base=levels.base.image,
        files=_files(levels, seen),
        notes=tuple(said),
    )


def _manifest(levels: Levels, paths: Layout) -> Manifest:
    """What the installer reads, as edits look for it."""
    poetry = levels.installer.tool is InstallTool.poetry
    files = tuple(str(paths.backend / file) for file in paths.install_files)
    return Manifest(files, "poetry" if poetry else "pip")


def _files(levels: Levels, opened: Opened) -> dict[str, str]:
    """What is sent beside the project: name → text."""
    if levels.prune.trace:
        return {LIST: list_text(opened.paths)}
    if levels.prune.unneeded_only:
        return {own_root.SCRIPT: own_root.script_text()}
    return {}
