"""A variant's levels become one Dockerfile, one .dockerignore and one build context."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from runner.dockerfile.edits.traced import LIST
from runner.model.engine import BuilderName
from runner.model.levels import Cache, LayerShape, Levels, Purge
from runner.model.project import Project
from runner.model.variant import Recipe
from runner.recipe import commands, dockerfile, own_root, traced
from runner.recipe.caches import CacheFolder, removal
from runner.recipe.commands import VENV, Step
from runner.recipe.constraints import check
from runner.recipe.dockerfile import Instruction, copy, plain, run
from runner.recipe.environment import Told
from runner.recipe.layout import APP, Layout, layout
from runner.recipe.notes import notes

BASE = "${BASE_IMAGE}"
IMAGE_ROOT = "/image"
SENT = "/mnt"
"""Where the context is mounted when one layer holds everything: a folder that every base has."""
TOO_LATE = "Too late: what an earlier layer holds stays in the image."
AT_ONCE = "Installed and copied at once: COPY would make a layer of its own."
IN_ONE_LAYER = "Compiler and headers leave in the layer that brought them, or they would stay."


def render(
    levels: Levels,
    project: Project,
    builder: BuilderName,
    package_manager: str,
    traced_paths: Sequence[str] = (),
    has_strip: bool = True,
) -> Recipe:
    """The recipe for a base with this package manager (`apt`, `apk`, or empty for none), which has
    the program `strip` or not.

    With prune.trace, `traced_paths` are what the image gets: absolute, folders before content.

    Raises `ConfigError` for a value that cannot stand in a Dockerfile and `ConstraintError` for
    levels that contradict each other.
    """
    check(levels, project, builder)
    recipe = _Renderer(levels, project, package_manager)
    lines = [*levels.context.ignore, *project.ignore] if levels.context.ignore else []
    return Recipe(
        dockerfile=dockerfile.text(recipe.instructions()),
        dockerignore="".join(f"{line}\n" for line in lines),
        context=recipe.layout.context,
        default_base=levels.base.image,
        files=_files(levels, traced_paths),
        notes=notes(levels, project, package_manager, has_strip),
    )


def _files(levels: Levels, traced_paths: Sequence[str]) -> dict[str, str]:
    """What is sent beside the project: name → text."""
    if levels.prune.trace:
        return {LIST: traced.list_text(traced_paths)}
    if levels.prune.unneeded_only:
        return {own_root.SCRIPT: own_root.script_text()}
    return {}


class _Renderer:
    """The parts of one variant's Dockerfile, in the order of the levels that ask for them."""

    def __init__(self, levels: Levels, project: Project, package_manager: str) -> None:
        self.levels = levels
        self.project = project
        self.package_manager = package_manager
        self.dependencies = project.dependencies[levels.deps.level]
        self.layout: Layout = layout(levels, project, self.dependencies)
        self.told = Told(levels, project)
        self.multi = levels.stages.multi
        self.squashed = levels.layers.shape is LayerShape.squashed
        self.toolchain = commands.toolchain_packages(levels, package_manager)
        self.system = commands.system_packages(project, package_manager)
        self.removes_toolchain = bool(self.toolchain) and levels.toolchain.remove and not self.multi

    def instructions(self) -> list[Instruction]:
        """The whole Dockerfile."""
        head = [plain(f"ARG BASE_IMAGE={self.levels.base.image}")]
        if not self.multi:
            body = self.one_layer() if self.squashed else self.single_stage()
        elif self.levels.prune.trace:
            body = [*self.build_stage(), *self.traced_root(), *self.traced_stage()]
        elif self.levels.prune.own_root:
            imports = self.imports_stage() if self.levels.prune.unneeded_only else []
            body = [*imports, *self.build_stage(), *self.assembled_root(), *self.scratch_stage()]
        elif self.squashed:
            body = [*self.build_stage(), *self.gathered(), *self.one_layer_stage()]
        else:
            body = [*self.build_stage(), *self.final_stage()]
        return [*head, *body, *self.start()]

    # ---- stages ----

    def base_stage(self, name: str = "") -> list[Instruction]:
        """The start of a stage on the base, with the build arguments of factors of the user's."""
        own = self.levels.own.values()
        arguments = {key: value for level in own for key, value in level.build_args.items()}
        return [dockerfile.stage(BASE, name), *dockerfile.arguments(arguments)]

    def single_stage(self) -> list[Instruction]:
        """Everything on top of the base."""
        return [
            *self.base_stage(),
            *dockerfile.env(self.told.when_it_is_built() | self.project.environment),
            plain(f"WORKDIR {self.layout.workdir}"),
            *self.installed(),
            *late_purge(self.levels.cache, self.steps()),
        ]

    def one_layer(self) -> list[Instruction]:
        """Everything in one RUN. WORKDIR and COPY would add a layer each: the context is mounted,
        and the command changes to the working folder itself."""
        steps = self.steps(folder=self.layout.workdir)
        copied = (f"mkdir -p {APP}", f"cp -a {SENT}/. {APP}/")
        mounts = [f"type=bind,target={SENT}"]
        merged = self.run_of([Step(copied), *steps], in_image=True, mounts=mounts)
        environment = self.told.when_it_is_built() | self.project.environment
        return [*self.base_stage(), *dockerfile.env(environment), merged]

    def build_stage(self) -> list[Instruction]:
        """A stage that installs into a virtual environment and is left behind."""
        return [
            *self.base_stage("build"),
            *dockerfile.env(self.told.when_it_is_built()),
            plain(f"WORKDIR {self.layout.workdir}"),
            *self.installed(),
        ]

    def final_stage(self) -> list[Instruction]:
        """The base again, with the virtual environment and the app."""
        steps = self.system_steps()
        return [
            *self.base_stage(),
            *dockerfile.env(self.told.when_it_runs({"PATH": f"{VENV}/bin:$PATH"})),
            *(self.run_of([step], in_image=True) for step in steps),
            plain(f"WORKDIR {self.layout.workdir}"),
            copy([VENV], VENV, stage="build"),
            self.layout.copy_all(),
            *late_purge(self.levels.cache, steps),
        ]

    def gathered(self) -> list[Instruction]:
        """The end of a build stage whose result is copied as one layer."""
        return [
            self.layout.copy_all(f"{IMAGE_ROOT}{APP}/"),
            run([f"mkdir {IMAGE_ROOT}/opt", f"mv {VENV} {IMAGE_ROOT}/opt/"]),
        ]

    def one_layer_stage(self) -> list[Instruction]:
        """The base again, and one layer with the virtual environment and the app."""
        steps = self.system_steps()
        copied = copy([f"{IMAGE_ROOT}/"], "/", stage="build")
        if steps:
            mounts = [f"type=bind,from=build,source={IMAGE_ROOT},target={SENT}"]
            taken = Step((f"cp -a {SENT}/. /",))
            installed = self.run_of([*steps, taken], in_image=True, mounts=mounts)
            copied = replace(installed, comment=AT_ONCE)
        return [
            *self.base_stage(),
            *dockerfile.env(self.told.when_it_runs({"PATH": f"{VENV}/bin:$PATH"})),
            copied,
        ]

    def imports_stage(self) -> list[Instruction]:
        """A stage that lists what the sources import."""
        source = str(self.layout.backend / self.layout.package)
        told = self.told.when_it_runs({})
        return own_root.imports_stage(BASE, source, self.project.command, told, self.system)

    def assembled_root(self) -> list[Instruction]:
        """The end of a build stage that makes a root of its own."""
        assembled = own_root.assemble(self.levels, self.system)
        return [*assembled, self.layout.copy_package(own_root.ROOT)] if self.squashed else assembled

    def traced_root(self) -> list[Instruction]:
        """The end of a build stage that copies the traced files into a root of their own."""
        sources = [self.layout.copy_all()] if self.levels.order.deps_first else []
        return [*sources, *traced.assemble(self.levels)]

    def traced_stage(self) -> list[Instruction]:
        """The traced files as an image: the app's are among them."""
        return [
            dockerfile.stage("scratch"),
            *dockerfile.env(self.told.when_it_runs(own_root.ENVIRONMENT)),
            copy([own_root.ROOT], "/", stage="build"),
            plain(f"WORKDIR {self.layout.workdir}"),
        ]

    def scratch_stage(self) -> list[Instruction]:
        """The root of its own as an image, and what of the app is needed to run it."""
        own = [
            dockerfile.stage("scratch"),
            *dockerfile.env(self.told.when_it_runs(own_root.ENVIRONMENT)),
            copy([own_root.ROOT], "/", stage="build"),
        ]
        if self.squashed:
            return own
        return [*own, plain(f"WORKDIR {self.layout.workdir}"), self.layout.copy_package()]

    def start(self) -> list[Instruction]:
        """Port and command."""
        words = self.project.command
        if self.squashed:
            enter = f'cd {shlex.quote(self.layout.workdir)} && exec "$0" "$@"'
            words = ["/bin/sh", "-c", enter, *words]
        return [plain(f"EXPOSE {self.project.port}"), dockerfile.command(words)]

    # ---- what stages are made of ----

    def installed(self) -> list[Instruction]:
        """The sources and the dependencies, in the order that the level says."""
        instructions: list[Instruction] = []
        deps_first = self.levels.order.deps_first
        if not deps_first:
            instructions.append(self.layout.copy_all())
        for group in self.groups(self.steps()):
            if deps_first and any(step.installs_dependencies for step in group):
                instructions += self.layout.copy_install_files()
            instructions.append(self.run_of(group, in_image=not self.multi))
        if deps_first and not self.multi:
            instructions.append(self.layout.copy_all())
        return instructions

    def steps(self, folder: str = "") -> list[Step]:
        """Every command up to the installed dependencies."""
        steps = self.package_steps()
        if self.multi:
            steps.append(commands.make_venv())
        tool = commands.add_tool(self.levels)
        if tool is not None:
            steps.append(tool)
        steps.append(commands.install(self.levels, self.dependencies, folder, self.multi))
        if self.removes_toolchain:
            steps.append(commands.remove_toolchain(self.package_manager))
        return steps

    def package_steps(self) -> list[Step]:
        """The distribution's packages: what the service needs, where it is needed here (a root of
        its own is filled from the build stage), and the toolchain."""
        needed_here = not self.multi or self.levels.prune.own_root
        system = self.system if needed_here else []
        kept = system if self.removes_toolchain else list(dict.fromkeys([*system, *self.toolchain]))
        removed = self.toolchain if self.removes_toolchain else []
        if not kept and not removed:
            return []
        return [commands.add_packages(self.levels, self.package_manager, kept, removed)]

    def system_steps(self) -> list[Step]:
        """What the service needs of the distribution, for a stage on the base alone."""
        if not self.system:
            return []
        return [commands.add_packages(self.levels, self.package_manager, self.system)]

    def groups(self, steps: list[Step]) -> list[list[Step]]:
        """Which steps share a RUN. A toolchain that is removed holds its RUN together."""
        if self.removes_toolchain or self.levels.layers.shape is not LayerShape.split:
            return [steps]
        return [[step] for step in steps]

    def run_of(
        self, steps: Sequence[Step], *, in_image: bool, mounts: Sequence[str] = ()
    ) -> Instruction:
        """One RUN, with the cache mounts or the removal that the cache level asks for; nothing is
        removed in a stage that does not get into the image."""
        lines = [line for step in steps for line in step.commands]
        caches = _caches(steps)
        cache = self.levels.cache
        if cache.purge is Purge.same_layer and caches and in_image:
            lines.append(removal(caches))
        if cache.mount:
            mounts = [*mounts, *(folder.mount for folder in caches)]
        return run(lines, mounts, IN_ONE_LAYER if self.removes_toolchain else "")


def late_purge(cache: Cache, steps: Sequence[Step]) -> list[Instruction]:
    """The removal of every cache of these steps in a layer of its own; nothing where none is left
    behind."""
    caches = _caches(steps)
    if cache.purge is not Purge.later_layer or not caches:
        return []
    return [run([removal(caches)], comment=TOO_LATE)]


def _caches(steps: Sequence[Step]) -> list[CacheFolder]:
    return list(dict.fromkeys(folder for step in steps for folder in step.caches))
