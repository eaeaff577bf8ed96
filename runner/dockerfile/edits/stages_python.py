"""stages=multi for Python: dependencies go into a virtual environment, which is copied."""

from __future__ import annotations

import re
from functools import partial

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.base_image import slim_of
from runner.dockerfile.edits.final_stage import final_stage, runtime_packages
from runner.dockerfile.edits.late_copies import with_late_copies
from runner.dockerfile.edits.packages_stage import with_packages_stage
from runner.dockerfile.edits.pipenv_environment import into_environment, is_pipenv
from runner.dockerfile.edits.python_tools import (
    brings_packages,
    installs_in_project,
    installs_tools,
)
from runner.dockerfile.edits.single_stage import SingleStage
from runner.dockerfile.edits.uv_environment import moved, started_inside
from runner.dockerfile.shell import Command, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

VENV = "/opt/venv"
_PIP = f"pip --python={VENV}/bin/python"
_VERSION = re.compile(r"python:(\d+)(?:\.(\d+))?")
_OLDEST = (3, 7)
"""The images of Python before it have a pip older than 22.3."""
_NO_SETUPTOOLS = 12
"""Minor release of the first Python whose official image has nothing but pip."""
_ENVIRONMENT = f"ENV VIRTUAL_ENV={VENV} PATH={VENV}/bin:$PATH"


def split(found: SingleStage) -> list[Replacement] | NotApplicable:
    """`python -m venv` before the first install; the final stage gets that environment and the
    working directory, where what other RUN instructions made lies, too, on the slim variant of the
    same image where it is the full one. What only installs a
    package tool (`pip install poetry`) stays outside of the environment.

    An environment in the working directory (`uv sync`) comes along with that, where it cannot be
    made elsewhere.
    """
    runs = [item for item in found.body if item.keyword == "RUN"]
    installs = [item for item in runs if _installs(found, item)]
    if not installs:
        return NotApplicable("no RUN installs Python packages")
    if "VIRTUAL_ENV" in found.document.text or "-m venv" in found.document.text:
        return NotApplicable("it has a virtual environment of its own already")
    for item in runs:
        if reason := _reason(found, item):
            return NotApplicable(reason)
    packages = runtime_packages(found)
    if isinstance(packages, NotApplicable):
        return packages
    base = slim_of(found.stage.reference)
    inside = [installs_in_project(command) for item in runs for command in _installs(found, item)]
    if all(inside):
        return _in_project(found, base, packages, installs)
    if any(inside):
        return NotApplicable("it installs into two environments")
    found, late, begun = _with_sources(found, installs[-1])
    copies = (f"COPY --from={found.first_name} {VENV} {VENV}",)
    lines = final_stage(found, base, packages, _ENVIRONMENT, copies, late=late)
    commands = [command for item in runs for command in found.commands(item)]
    told = _told(found, commands)
    made = _made(found, installs[0], bool(told))
    piped = into_environment(found, commands)
    return found.with_final_stage(lines, [*made, *told, *piped, *begun])


def _with_sources(
    found: SingleStage, install: Instruction
) -> tuple[SingleStage, list[str], list[Replacement]]:
    """The stage that the sources come from; the COPY lines with which the final stage takes them
    from the context itself; where there are none, what begins a stage that builds with them."""
    shorter, late = with_late_copies(found, partial(_leaves_no_file, found))
    if late:
        return shorter, late, []
    stage, begun = with_packages_stage(found, install)
    return stage, [], begun


def _in_project(
    found: SingleStage, base: str, packages: list[str], installs: list[Instruction]
) -> list[Replacement] | NotApplicable:
    """The final stage of what installs into the project: the environment in a layer of its own."""
    elsewhere = moved(found, installs, VENV)
    if elsewhere is None:
        directory = f"{found.place(installs[0])}/.venv"
        lines = started_inside(found, final_stage(found, base, packages), directory)
        return lines if isinstance(lines, NotApplicable) else found.with_final_stage(lines)
    found, late, begun = _with_sources(found, installs[-1])
    copies = (f"COPY --from={found.first_name} {VENV} {VENV}",)
    final = final_stage(found, base, packages, elsewhere.environment, copies, late=late)
    lines = started_inside(found, [line.replace(elsewhere.old, VENV) for line in final], VENV)
    if isinstance(lines, NotApplicable):
        return lines
    return found.with_final_stage(lines, [*elsewhere.inside, *begun])


def _leaves_no_file(found: SingleStage, command: Command) -> bool:
    """Whether a command installs into the environment alone, or for the system."""
    installer, words = found.facts.installer_of(command), command.plain
    if words[0] in ("pip", "pip3") and words[1:2] in (("cache",), ("config",), ("check",)):
        return True
    if installer is None or {"-e", "--editable", "."} & set(words):
        return False
    return (
        installer.name in ("pip", "apt", "apk", "dnf")
        or (installer.name == "uv" and ("pip" in words or _installs_no_project(found, words)))
        or (installer.name == "pipenv" and "--system" in words)
        or (installer.name == "poetry" and "--no-root" in words)
    )


def _installs_no_project(found: SingleStage, words: tuple[str, ...]) -> bool:
    """Whether a `uv sync`, whose environment lies elsewhere then, takes nothing of the sources."""
    known = [x for x in found.facts.manifests if x.installer == "uv"]
    no_package = bool(known) and not any(x.prefetch_flag for x in known)
    return "sync" in words and (no_package or "--no-install-project" in words)


def _told(found: SingleStage, commands: list[Command]) -> list[Replacement]:
    """`--python` for each `pip install` of what the service imports: then the environment needs no
    pip of its own, which would be a third of many images. Nothing where something else may need
    it there, and where the pip of the image is older than that option."""
    version = _VERSION.match(found.stage.reference.rpartition("/")[2])
    if version and (int(version[1]), int(version[2] or 99)) < _OLDEST:
        return []
    replacements = []
    for command in commands:
        installer = found.facts.installer_of(command)
        name = installer.name if installer and installer.ecosystem == "python" else ""
        words = command.plain
        module = command.program.startswith("python") and words[1:3] == ("-m", "pip")
        if name == "pip" and "install" in words and not installs_tools(command):
            if "/" in words[0] or not re.fullmatch(r"pip3?|python3?", words[0]):
                return []
            end = command.spans[2 if module else 0][1]
            replacements.append(Replacement(command.spans[0][0], end, _PIP))
        elif name not in ("", "pip") or (not name and (module or command.program == "pip")):
            return []
    return replacements


def _made(found: SingleStage, run: Instruction, is_told: bool) -> list[Replacement]:
    """The environment made before the first install of that RUN, or in one above it; with a pip of
    its own where pip is not told of it, or Pipenv may need that there. Where Pipenv runs before, it
    is only known from then on."""
    document, new = found.document, found.document.newline
    script = script_of(document, run)
    wanted = next(command.start for command in _installs(found, run))
    alone = script is None or script.heredoc or bool(script.operators - {"&&"})
    since = run.start if alone else wanted
    runs = (item for item in found.body if item.keyword == "RUN")
    pipenv = [x.start for item in runs for x in found.commands(item) if is_pipenv(x)]
    without_pip = is_told and not any(start >= since for start in pipenv)
    kept = "--system-site-packages " if _has_packages(found) else ""
    make = f"python -m venv {kept}{'--without-pip ' if without_pip else ''}{VENV}"
    if script is None or alone:
        return [Replacement(run.start, run.start, f"{_ENVIRONMENT}{new}RUN {make}{new}")]
    first = max(start for start, _ in script.chain if start <= wanted)
    joint = f" {document.escape}{new}    && "
    if any(run.start <= start < first for start in pipenv):
        exported = f"{make}{joint}{_ENVIRONMENT.replace('ENV', 'export', 1)}{joint}"
        behind = document.text[run.end :].strip()
        said = [Replacement(run.end, run.end, f"{new}{_ENVIRONMENT}")] if behind else []
        return [Replacement(first, first, exported), *said]
    return [
        Replacement(run.start, run.start, f"{_ENVIRONMENT}{new}"),
        Replacement(first, first, f"{make}{joint}"),
    ]


def _has_packages(found: SingleStage) -> bool:
    """Whether the image brings packages that the service may import (setuptools, in the official
    ones before Python 3.12): the environment sees them then, in the final stage as in this one. Not
    where a tool is installed next to them, whose packages the final stage would not have."""
    runs = (item for item in found.body if item.keyword == "RUN")
    if any(brings_packages(command) for item in runs for command in found.commands(item)):
        return False
    name, _, tag = found.stage.reference.rpartition("/")[2].partition(":")
    official = found.stage.reference.rpartition("/")[0] in ("", "docker.io/library", "library")
    version = re.match(r"3\.(\d+)", tag)
    return name != "python" or not official or bool(version and int(version[1]) < _NO_SETUPTOOLS)


def _installs(found: SingleStage, run: Instruction) -> list[Command]:
    """The commands of a RUN that install what the service imports."""
    installers = ((x, found.facts.installer_of(x)) for x in found.commands(run))
    return [
        command
        for command, installer in installers
        if installer is not None and installer.ecosystem == "python" and not installs_tools(command)
    ]


def _reason(found: SingleStage, run: Instruction) -> str:
    """Why the result of this RUN may lie where the final stage does not get it; empty if it does
    not."""
    if reason := found.foreign(run, "python"):
        return reason
    line = f"line {found.document.line_of(run.start)}"
    for command in _installs(found, run):
        pipenv = command.program == "pipenv" and "--system" not in command.plain
        if pipenv or any(item.name == "conda" for item in found.installers(run)):
            return f"{line} installs into an environment of its own"
        if command.program == "uv" and "--system" in command.plain:
            return f"{line} installs into the Python of the image whatever environment there is"
    if reason := found.elsewhere(run):
        return reason
    words = {word for command in found.commands(run) for word in command.plain}
    if words & {"--user", "--target", "--prefix", "-t"}:
        return f"{line} installs to a directory of its own"
    return ""
