"""What a stand-in is made from, and the digest that tells one recipe from another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.engine.standins.machine import Machine, this_machine
from runner.model.errors import BaseError

SUITE = "bookworm"
"""The Debian release that stand-ins are made of: it has Python 3.11."""

FOLDER = Path(__file__).parent / "python"
PACKAGED, COMPILED = "building it from Debian packages", "compiling it, which is done once"
"""What takes the time while a stand-in is waited for."""
PYTHON_TARGETS = ("debian", "slim", "full", "alpine", "musl", "derived")
TINY = "tiny"
TARGETS = (*PYTHON_TARGETS, TINY)

_REQUIREMENTS = ("pip.txt", "derived.txt")
_TINY_FILES = ("tiny.Dockerfile", "rootfs.sh")


@dataclass(frozen=True)
class Recipe:
    """One build context and the stand-ins that come out of it."""

    target: str
    machine: Machine
    suite: str = SUITE

    @property
    def stage(self) -> str:
        """The stage of its Dockerfile that it is."""
        return self.target

    @property
    def made_by(self) -> str:
        """What takes the time while it is waited for."""
        return PACKAGED

    @property
    def requires(self) -> tuple[str, ...]:
        """Other stand-ins that its Dockerfile names."""
        return ()

    @property
    def directory(self) -> Path:
        """Where its files lie."""
        return FOLDER

    @property
    def requirements(self) -> tuple[str, ...]:
        """The text of each requirements file whose packages go into its context."""
        names = () if self.target == TINY else _REQUIREMENTS
        return tuple((FOLDER / name).read_text() for name in names)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platform tags of those packages."""
        versions = ("_2_28", "_2_17", "2014")
        return tuple(f"manylinux{version}_{self.machine.architecture}" for version in versions)

    @property
    def rootfs(self) -> str:
        """Which root file system rootfs.sh makes for it; empty for none."""
        return "tiny" if self.target == TINY else "debian"

    @property
    def dockerfile(self) -> str:
        """Its Dockerfile in the context."""
        return "tiny.Dockerfile" if self.target == TINY else "Dockerfile"

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that make it, in a stable order."""
        if self.target == TINY:
            return tuple(FOLDER / name for name in _TINY_FILES)
        return tuple(path for path in _files_below(FOLDER) if path.name != "tiny.Dockerfile")

    @property
    def digest(self) -> str:
        """SHA-256 over the files, the suite, the architecture and the extra certificates."""
        hashed = hashlib.sha256()
        parts = [self.suite, self.machine.architecture, *self.machine.certificates]
        for part in parts:
            hashed.update(f"{len(part)}:{part}".encode())
        for path in self.files:
            content = path.read_bytes()
            name = path.relative_to(FOLDER).as_posix()
            hashed.update(f"{name}:{len(content)}:".encode() + content)
        return f"sha256:{hashed.hexdigest()}"

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build; proxies are predefined ones, which leave no trace."""
        trust = {"TRUST": "extra-ca" if self.machine.certificates else "plain"}
        own = {} if self.target == TINY else trust
        return own | dict(self.machine.proxies)


def recipe_for(target: str) -> Recipe:
    """The recipe of a stand-in on this machine; raises `BaseError` for one that does not exist."""
    if target not in TARGETS:
        raise BaseError(
            f"base.standin={target}: there is no such stand-in; choose from {', '.join(TARGETS)}"
        )
    return Recipe(target, this_machine(SUITE))


def _files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            yield path
