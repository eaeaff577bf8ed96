"""What an edit may ask about a project and its languages: plain data, filled in by ecosystems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.dockerfile.built_output import BuiltOutput
from runner.dockerfile.new_yarn import NewYarn
from runner.dockerfile.node_commands import ForDevelopment
from runner.dockerfile.shell import Command


@dataclass(frozen=True)
class CacheDirectory:
    """A directory that an installer fills with what it has fetched."""

    path: str
    """Absolute, or `~/…` for one below the home of the user who installs."""
    contents_only: bool = False
    """The directory itself belongs to the base: only what is in it goes."""
    locked: bool = False
    """One build at a time: the package manager cannot share it."""
    purged: bool = True
    """Whether a purge names it; the images of Debian and Ubuntu empty apt's archives themselves."""

    @property
    def removal(self) -> str:
        """What `rm -rf` is given to empty it."""
        return f"{self.path}/*" if self.contents_only else self.path


@dataclass(frozen=True)
class Installer:
    """One program that installs packages: how to recognise it, and what it keeps."""

    name: str
    """What it is called in mount ids and messages."""
    programs: str
    """A regular expression for the program's name."""
    verbs: tuple[tuple[str, ...], ...]
    """The first operands of a command that installs; an empty tuple is the bare program. A verb
    that is an option (pacman's `-S`) stands right behind the program."""
    no_cache_flag: str = ""
    """The option that keeps it from keeping what it fetches; empty if it has none."""
    no_cache_spellings: tuple[str, ...] = ()
    """How else that option may be written: pip takes the beginning of a long one for it."""
    no_cache_variable: str = ""
    """The environment variable that does the same."""
    caches: tuple[CacheDirectory, ...] = ()
    clean: str = ""
    """The tool's own command that empties its cache; empty: the directories are removed."""
    defeats_mounts: tuple[str, ...] = ()
    """Options that make a cache mount useless."""
    instead: str = ""
    """What takes the place of such an option, which did something else, too."""
    fills_mount: str = ""
    """The option without which it keeps nothing that a mount could hold."""
    ecosystem: str = ""
    """The language that it installs for; empty for the distribution's packages."""
    fetches_lists: bool = False
    """Whether its `update` leaves the lists of packages that a later `install` needs."""

    def installs(self, command: Command) -> bool:
        """Whether this command installs something with it."""
        return self.verb_at(command) is not None

    def is_told_no_cache(self, command: Command) -> bool:
        """Whether a command has that option."""
        options = (self.no_cache_flag, *self.no_cache_spellings)
        return any(word and word in options for word in command.plain)

    def verb_at(self, command: Command) -> int | None:
        """The index of the word behind which options of the install command may stand."""
        first = self._program_at(command)
        if first is None:
            return None
        words = command.plain
        operands = [
            index for index in range(first + 1, len(words)) if not words[index].startswith("-")
        ]
        for verb in self.verbs:
            if not verb and not operands:
                return first
            if verb and words[first + 1 : first + 1 + len(verb)] == verb:
                return first + len(verb)
            if verb and tuple(words[index] for index in operands[: len(verb)]) == verb:
                return operands[len(verb) - 1]
        return None

    def _program_at(self, command: Command) -> int | None:
        """The index of the program's own word, of `pip` in `python -m pip install`, too."""
        if re.fullmatch(self.programs, command.program):
            return 0
        words = command.plain
        module = re.fullmatch(r"python[\d.]*", command.program) and words[1:2] == ("-m",)
        return 2 if module and len(words) > 2 and re.fullmatch(self.programs, words[2]) else None


@dataclass(frozen=True)
class Manifest:
    """The files that say what is installed, and the command that reads nothing else."""

    files: tuple[str, ...]
    """Relative to the root of the build context."""
    installer: str
    """Name of the installer that reads them."""
    self_contained: bool = True
    """Whether installing needs no other file of the project."""
    reason: str = ""
    """Why it needs others."""
    prefetch: str = ""
    """A command that fetches what the manifest names and needs nothing else (`go mod download`),
    for an install command that needs the sources, too."""
    prefetch_flag: str = ""
    """The option with which the install command itself does that (`--no-root`)."""
    written_later: bool = False
    """Whether something else than its installer may write into the installed packages."""
    has_hooks: bool = False
    """Whether installing runs a script of the project's, which may need what is for development."""


@dataclass(frozen=True)
class BaseConfig:
    """How an image is set up: what a stage that is built on it inherits."""

    environment: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    workdir: str = ""
    user: str = ""
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""


@dataclass(frozen=True)
class Opened:
    """What a container of the image opened while its check ran."""

    paths: tuple[str, ...]
    """Absolute, with the directories and links that lead to the files, directories first."""
    config: BaseConfig
    """How the image is set up."""
    has_shell: bool = True
    """Whether the image has a shell and the programs that copy files."""


COMPOSE = "compose"
"""Stands for a compose file, which starts a program in the image."""


@dataclass(frozen=True)
class Facts:
    """All that edits may know beside the Dockerfile itself."""

    installers: tuple[Installer, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    base: BaseConfig | None = None
    """None where the base image was not looked at."""
    runtime_files: tuple[str, ...] = ()
    """Directories and files of the project that a compiled program reads when it runs, relative to
    its working directory: templates, static files, migrations."""
    scripts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name of a script of the project → the programs that it runs, its interpreter among them."""
    started: Mapping[str, str] = field(default_factory=dict)
    """Program → the source of the project that starts it, or `COMPOSE`."""
    libraries: Mapping[str, str] = field(default_factory=dict)
    """Package of Debian that the full images of Python have, and slim ones lack → the package of
    Python among the project's that loads it."""
    node_scripts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Script of package.json that only starts Node → the words behind `node`."""
    built_sites: tuple[str, ...] = ()
    """Directories of the project in which a site is built for its server: what is installed there
    is needed by the build alone."""
    for_development: ForDevelopment = field(default_factory=ForDevelopment)
    """What package.json has for development alone."""
    outputs: tuple[BuiltOutput, ...] = ()
    """What the builds of its frameworks of Node leave that is enough to run their servers."""
    yarn: NewYarn | None = None
    """The project's yarn, where it is 2 or later."""
    opened: Opened | None = None
    """None where nobody has watched a check."""
    language: str = ""
    """What an image is for whose name does not tell: one that stands in a variable."""
    build_packages: frozenset[str] = frozenset()
    """Packages of the distribution that only the build needs, where a project says so."""
    mount_ids: bool = True
    """Whether cache mounts get ids of our own: the default ones are shared with other builds."""
    mounts: bool = True
    """Whether what builds it knows bind mounts: the classic builder does not."""

    def installer_of(self, command: Command) -> Installer | None:
        """The installer that this command installs with, if it is one that is known."""
        return next((item for item in self.installers if item.installs(command)), None)
