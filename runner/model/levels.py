"""The factors and what a level says on each: one dataclass per factor, one field per setting.

These classes are also the schema of `configs/<factor>/<level>.yaml`. "???" marks a value that the
file must give. What a level *does* is decided by its values, never by its name, so that a user can
add a level of his own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import Enum

REQUIRED = "???"


class Provider(Enum):
    """Where a base image comes from."""

    auto = "auto"
    registry = "registry"
    standin = "standin"
    archive = "archive"
    engine = "engine"


class Family(Enum):
    """Which distribution a base is of: decides package manager, C library and paths."""

    debian = "debian"
    alpine = "alpine"


class InstallTool(Enum):
    """The program that installs the Python dependencies."""

    pip = "pip"
    poetry = "poetry"
    uv = "uv"


class ContextRoot(Enum):
    """Which directory of the project is sent to the engine."""

    repo = "repo"
    backend = "backend"


class Purge(Enum):
    """When caches are removed: not at all, in the layer that made them, or in a later one."""

    never = "never"
    same_layer = "same_layer"
    later_layer = "later_layer"


class LayerShape(Enum):
    """How many layers lie on top of the base."""

    split = "split"
    merged = "merged"
    squashed = "squashed"


@dataclass
class Level:
    """What every level has."""

    level: str = REQUIRED
    """The level's name, equal to its file's."""
    about: str = REQUIRED
    """One line for help, tables and reports."""
    hadolint_exceptions: dict[str, str] = field(default_factory=dict)
    """hadolint rules that this level breaks on purpose, each with the reason."""


@dataclass
class Base(Level):
    """The image behind FROM."""

    image: str = REQUIRED
    """Reference in a registry, tag included."""
    family: Family = Family.debian
    standin: str = ""
    """Name of the stand-in that replaces the image where no registry answers."""
    provider: Provider = Provider.auto
    refresh: bool = False
    """Ask the registry anew even if the image was pulled before: its tag may have moved."""
    archive: str = ""
    """With provider=archive: path of the tarball."""
    sha256: str = ""
    """With provider=archive: what the tarball's digest must be (optional)."""


@dataclass
class Deps(Level):
    """Which of the project's dependency sets is installed; the project says what is in it."""


@dataclass
class Installer(Level):
    """What installs the Python dependencies."""

    tool: InstallTool = InstallTool.pip
    requirement: str = ""
    """How the tool itself is installed with pip (`uv==0.9.2`); empty where the base has it."""
    plugin: str = ""
    """What is installed beside it (`poetry-plugin-pypi-mirror==0.6.5`); empty for nothing."""


@dataclass
class Context(Level):
    """What is sent to the engine."""

    root: ContextRoot = ContextRoot.repo
    ignore: list[str] = field(default_factory=list)
    """Lines of the .dockerignore; empty for none. The project's own lines are added to them."""


@dataclass
class Order(Level):
    """Whether dependencies are installed before the sources are copied."""

    deps_first: bool = False


@dataclass
class Cache(Level):
    """What becomes of the installers' and the package manager's caches."""

    no_cache_flags: bool = False
    purge: Purge = Purge.never
    mount: bool = False


@dataclass
class Toolchain(Level):
    """Compiler and headers, as the distribution's packages."""

    apt: list[str] = field(default_factory=list)
    apk: list[str] = field(default_factory=list)
    remove: bool = False
    """Removed again in the layer that installed them."""


@dataclass
class Layers(Level):
    """How commands are spread over layers."""

    shape: LayerShape = LayerShape.split


@dataclass
class Stages(Level):
    """Whether what builds the image is left behind."""

    multi: bool = False


@dataclass
class Bytecode(Level):
    """Whether .pyc files are written into the image."""

    write: bool = True


@dataclass
class Prune(Level):
    """What of the interpreter and the installed packages is left out of the image."""

    own_root: bool = False
    """The interpreter moves to a root of its own: deleting on top of a base saves nothing."""
    stdlib: list[str] = field(default_factory=list)
    """Standard-library modules and directories to leave out."""
    patterns: list[str] = field(default_factory=list)
    """File and directory names to leave out wherever they are (tests, *.pyi)."""
    unneeded_only: bool = False
    """Of these, leave out only what nothing imports or names: neither the project, nor an installed
    package, nor a module of the standard library that they import. The build finds that out."""
    strip: bool = False
    """Remove debug symbols from shared objects, where the build stage has `strip`, from the base or
    from a toolchain; a record says where it has not."""
    shell: bool = True
    """Keep a shell and its tools in the image."""
    zip_stdlib: bool = False
    """Keep the standard library's Python files in one compressed archive."""
    trace: bool = False
    """Keep exactly the files that a container opens while its check runs."""
    ships: bool = True
    """Whether such an image may be shipped; if not, it shows how far one could go."""
    keep: list[str] = field(default_factory=list)
    """With trace: paths to keep that are not opened, relative to the root, * for any characters."""


@dataclass
class Mirror(Level):
    """Where packages are fetched from; empty for the defaults of the base."""

    custom: bool = False
    """At least one URL has to be given."""
    index_url: str = ""
    apt_url: str = ""
    apk_url: str = ""


@dataclass
class OwnLevel(Level):
    """A level of a factor that a user has added: what it changes in every variant."""

    build_args: dict[str, str] = field(default_factory=dict)
    """Build arguments: known to every command of the build, not to the running service."""
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variables of the build and of the running service."""
    edits: dict[str, str] = field(default_factory=dict)
    """Edits of the Dockerfile that no factor here stands for, as `dockbench edit` names them:
    factor → level (`user: nobody`)."""


@dataclass
class Levels:
    """One level for every factor."""

    base: Base = field(default_factory=Base)
    deps: Deps = field(default_factory=Deps)
    installer: Installer = field(default_factory=Installer)
    context: Context = field(default_factory=Context)
    order: Order = field(default_factory=Order)
    cache: Cache = field(default_factory=Cache)
    toolchain: Toolchain = field(default_factory=Toolchain)
    layers: Layers = field(default_factory=Layers)
    stages: Stages = field(default_factory=Stages)
    bytecode: Bytecode = field(default_factory=Bytecode)
    prune: Prune = field(default_factory=Prune)
    mirror: Mirror = field(default_factory=Mirror)
    own: dict[str, OwnLevel] = field(default_factory=dict)
    """Factors that a user has added in a configuration directory of his own."""

    def every(self) -> dict[str, Level]:
        """Factor → its level, in the factors' order, the user's own last and by name."""
        return {factor: getattr(self, factor) for factor in FACTORS} | dict(
            sorted(self.own.items())
        )

    def names(self) -> dict[str, str]:
        """Factor → name of its level, in the factors' order."""
        return {factor: level.level for factor, level in self.every().items()}

    def given(self) -> dict[str, str]:
        """The same of those factors that have a level: a Dockerfile that somebody wrote by hand
        has none."""
        return {factor: level for factor, level in self.names().items() if level != REQUIRED}

    def abouts(self) -> dict[str, str]:
        """Factor → what its level is about, in the factors' order."""
        return {factor: level.about for factor, level in self.every().items()}


FACTORS: tuple[str, ...] = tuple(item.name for item in fields(Levels) if item.name != "own")
"""Names of the factors that come with dockbench, in the order in which tables show them."""
