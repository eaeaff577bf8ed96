"""Stand-ins for images of another Python than the Debian of the others has: CPython compiled from
the sources of an earlier or a later release, on the stand-ins that there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from runner.engine.standins.machine import Machine
from runner.engine.standins.recipe_on_others import RecipeOnOthers

DIRECTORY = Path(__file__).parent / "compiled_python"
VERSIONS = {"3.9": ("3.9.2", "bullseye"), "3.13": ("3.13.5", "trixie")}
"""Release line → the version that there is, and the Debian release whose sources have it."""
_OPTIONS = {"3.13": "--disable-test-modules"}
"""Release line → what its configure script knows beside that of all."""
_OF_311 = Path(__file__).parent / "python" / "pip.txt"
"""What the official images bring before 3.12: pip, setuptools and wheel."""
_REFERENCE = re.compile(r"python:(\d\.\d+)(?:\.\d+)?(-slim)?(?:-bookworm)?")


def compiled_python_targets() -> tuple[str, ...]:
    """The names of all stand-ins of this kind: `python3.13`, `python3.13-slim`."""
    return tuple(f"python{line}{end}" for line in VERSIONS for end in ("", "-slim"))


def compiled_python_standin(reference: str) -> str:
    """`python3.13-slim` for `python:3.13.2-slim-bookworm`; empty where there is none."""
    match = _REFERENCE.fullmatch(reference)
    target = f"python{match[1]}{match[2] or ''}" if match else ""
    return target if target in compiled_python_targets() else ""


def plain_python(target: str) -> str:
    """The shortest reference that one stands for: `python:3.13-slim`."""
    return target.replace("python", "python:", 1)


@dataclass(frozen=True)
class CompiledPythonRecipe(RecipeOnOthers):
    """One of them; all of one line are built from one context."""

    @property
    def stage(self) -> str:
        """The stage of the Dockerfile."""
        return "slim" if self.target.endswith("-slim") else "full"

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names."""
        return ("debian", "full")

    @property
    def directory(self) -> Path:
        """Where its files lie."""
        return DIRECTORY

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that make it."""
        return (DIRECTORY / "Dockerfile", DIRECTORY / "pip.txt")

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages that the image brings: pip, and before 3.12 setuptools and wheel."""
        return (self._installers.read_text(),)

    @property
    def parts(self) -> tuple[str, ...]:
        """The version, the packages, and the files."""
        own = (self._line, *VERSIONS[self._line], _OPTIONS.get(self._line, ""))
        return (*own, *self.requirements, *super().parts)

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build."""
        version, suite = VERSIONS[self._line]
        names = re.findall(r"^([\w-]+)==", self.requirements[0], re.MULTILINE)
        return super().build_args | {
            "LINE": self._line,
            "VERSION": version,
            "SUITE": suite,
            "OPTIONS": _OPTIONS.get(self._line, ""),
            "INSTALLERS": " ".join(names),
        }

    @property
    def _installers(self) -> Path:
        return DIRECTORY / "pip.txt" if self._line in _OPTIONS else _OF_311

    @property
    def _line(self) -> str:
        return self.target.removeprefix("python").removesuffix("-slim")


def compiled_python_recipe(
    target: str, machine: Machine, suite: str
) -> CompiledPythonRecipe | None:
    """The recipe of a stand-in of this kind; None for another."""
    known = target in compiled_python_targets()
    return CompiledPythonRecipe(target, machine, suite) if known else None
