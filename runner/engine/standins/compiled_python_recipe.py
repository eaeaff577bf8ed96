"""Stand-ins for images of another Python than the Debian of the others has: CPython compiled from
the sources of another release of Debian or of Ubuntu, on the stand-ins that there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from runner.engine.standins.machine import Machine
from runner.engine.standins.recipe import COMPILED
from runner.engine.standins.recipe_on_others import RecipeOnOthers
from runner.engine.standins.ubuntu_archive import ubuntu_archive

DIRECTORY = Path(__file__).parent / "compiled_python"
KINDS = ("", "-slim", "-alpine")


@dataclass(frozen=True)
class Sources:
    """Where the sources of a release line are, and how they are compiled."""

    version: str
    suite: str = ""
    """The Debian release that has them, on this machine's mirror; empty for Ubuntu's archive."""
    sha256: str = ""
    """Of the file in Ubuntu's archive."""
    options: str = ""
    """What its configure script knows beside that of all."""
    installers: str = "../python/pip.txt"
    """The file with what the official images bring: pip, setuptools and wheel, of 3.6 the last that
    it runs, and since 3.12 pip alone."""


VERSIONS: Mapping[str, Sources] = {
    "3.6": Sources(
        "3.6.9",
        sha256="5e2f5f554e3f8f7f0296f7e73d8600c4e9acbaee6b2555b83206edf5153870da",
        options="CFLAGS=-fno-tree-vectorize",  # its memory is aligned to 8 bytes, not to 16
        installers="pip-3.6.txt",
    ),
    "3.8": Sources(
        "3.8.10", sha256="6af24a66093dd840bcccf371d4044a3027e655cf24591ce26e48022bc79219d9"
    ),
    "3.9": Sources("3.9.2", "bullseye"),
    "3.10": Sources(
        "3.10.12", sha256="afb74bf19130e7a47d10312c8f5e784f24e0527981eab68e20546cfb865830b8"
    ),
    "3.12": Sources(
        "3.12.3",
        sha256="56bfef1fdfc1221ce6720e43a661e3eb41785dd914ce99698d8c7896af4bdaa1",
        options="--disable-test-modules",
        installers="pip.txt",
    ),
    "3.13": Sources("3.13.5", "trixie", options="--disable-test-modules", installers="pip.txt"),
    "3.14": Sources(
        "3.14.4",
        sha256="d923c51303e38e249136fc1bdf3568d56ecb03214efdef48516176d3d7faaef8",
        options="--disable-test-modules",
        installers="pip.txt",
    ),
}
"""Release line → what there is of it, oldest first."""
_REFERENCE = re.compile(
    r"python:(\d\.\d+)(?:\.\d+)?(?:(?P<slim>-slim)?(?:-bookworm)?|(?P<alpine>-alpine)(?:3\.\d+)?)"
)


def compiled_python_targets() -> tuple[str, ...]:
    """The names of all stand-ins of this kind: `python3.13`, `python3.13-slim`, and on musl
    `python3.13-alpine`."""
    return tuple(f"python{line}{end}" for line in VERSIONS for end in KINDS)


def compiled_python_standin(reference: str) -> str:
    """`python3.13-slim` for `python:3.13.2-slim-bookworm`; empty where there is none."""
    match = _REFERENCE.fullmatch(reference)
    target = f"python{match[1]}{match['slim'] or match['alpine'] or ''}" if match else ""
    return target if target in compiled_python_targets() else ""


def sources_path(target: str) -> str:
    """The file in Ubuntu's archive that a stand-in is made from, which has the sources of each
    Python as their authors released them; empty for one that is not."""
    line = line_of(target)
    found = VERSIONS.get(line) if target in compiled_python_targets() else None
    if found is None or found.suite:
        return ""
    return f"pool/main/p/python{line}/python{line}_{found.version}.orig.tar.xz"


def line_of(target: str) -> str:
    """`3.13` of `python3.13-slim`."""
    return target.removeprefix("python").partition("-")[0]


def plain_python(target: str) -> str:
    """The shortest reference that one stands for: `python:3.13-slim`."""
    return target.replace("python", "python:", 1)


@dataclass(frozen=True)
class CompiledPythonRecipe(RecipeOnOthers):
    """One of them; all of one line are built from one context."""

    folder = DIRECTORY
    names: ClassVar[Sequence[str]] = ("Dockerfile", "pip.txt")

    @property
    def stage(self) -> str:
        """The stage of the Dockerfile."""
        return "slim" if self.target.endswith("-slim") else "full"

    @property
    def made_by(self) -> str:
        """What takes the time while it is waited for."""
        return COMPILED

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names."""
        return ("debian", "full")

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages that the image brings: pip, and before 3.12 setuptools and wheel."""
        return (self._installers.read_text(),)

    @property
    def parts(self) -> tuple[str, ...]:
        """The version, the packages, and the files."""
        found = self._sources
        own = (self._line, found.version, found.suite, found.sha256, found.options)
        return (*own, *self.requirements, *super().parts)

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build."""
        found, path = self._sources, sources_path(self.target)
        names = re.findall(r"^([\w-]+)==", self.requirements[0], re.MULTILINE)
        return super().build_args | {
            "LINE": self._line,
            "VERSION": found.version,
            "SUITE": found.suite,
            "URL": f"{ubuntu_archive()}/{path}" if path else "",
            "SHA256": found.sha256,
            "OPTIONS": found.options,
            "INSTALLERS": " ".join(names),
        }

    @property
    def _installers(self) -> Path:
        return DIRECTORY / self._sources.installers

    @property
    def _sources(self) -> Sources:
        return VERSIONS[self._line]

    @property
    def _line(self) -> str:
        return line_of(self.target)


@dataclass(frozen=True)
class MuslPythonRecipe(CompiledPythonRecipe):
    """One of them on musl, in the place of an image of Alpine."""

    folder = Path(__file__).parent / "compiled_python_musl"
    names = ("Dockerfile",)

    @property
    def stage(self) -> str:
        """The stage of the Dockerfile."""
        return "alpine"

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names."""
        return ("full", "musl", "alpine")


def compiled_python_recipe(
    target: str, machine: Machine, suite: str
) -> CompiledPythonRecipe | None:
    """The recipe of a stand-in of this kind; None for another."""
    if target not in compiled_python_targets():
        return None
    kind = MuslPythonRecipe if target.endswith("-alpine") else CompiledPythonRecipe
    return kind(target, machine, suite)
