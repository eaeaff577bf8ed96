"""The last of the stages that one stage is split into: what it is built on, installs and gets."""

from __future__ import annotations

from collections.abc import Sequence

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.prepared import prepared
from runner.dockerfile.edits.single_stage import CONFIGURATION, STARTS, SingleStage
from runner.dockerfile.edits.started_programs import installed_programs, lacking_packages
from runner.dockerfile.edits.system_packages import needed_at_run_time
from runner.dockerfile.shell import Command
from runner.dockerfile.spans import NotApplicable


def final_stage(
    found: SingleStage,
    base: str,
    packages: list[str],
    environment: str = "",
    copies: tuple[str, ...] = (),
    inside: Sequence[str] = (),
    late: Sequence[str] = (),
) -> list[str]:
    """The lines of a final stage on `base` that gets `copies` and the working directory, or of that
    only these paths `inside`; in its place the `late` COPY lines, if there are any."""
    users, behind = prepared(found)
    return [
        f"FROM {base}",
        *_packages(found, base, packages),
        *filter(None, [environment]),
        *(found.text(item) for item in found.body if item.keyword in CONFIGURATION),
        *users,
        *copies,
        *(late or map(found.copied, inside or ("",))),
        *found.copied_elsewhere(),
        *behind,
        *(found.text(item) for item in found.body if item.keyword in STARTS),
    ]


def _packages(found: SingleStage, base: str, packages: list[str]) -> list[str]:
    """What installs the packages, and what the image had from a base that has more, at once."""
    reference = found.stage.reference
    if base == reference:
        return install_line(found, packages)
    lacking = lacking_packages(found.document, found.facts, reference, "slim")
    if lacking is None:
        return install_line(found, packages)
    if not packages:
        return lacking.lines("slim")
    both = dict.fromkeys((*lacking.names, *packages))
    return [lacking.comment, *install_line(found, [*both])]


def runtime_packages(found: SingleStage) -> list[str] | NotApplicable:
    """The distribution's packages that the running service may need."""
    installs = (x for item in found.body for x in _commands_if_run(found, item))
    return needed_at_run_time(
        (
            word.partition("=")[0]
            for command in installs
            if _installs_system(found, command)
            for word in command.operands[1:]
        ),
        installed_programs(found.document, found.facts),
        found.facts.build_packages,
    )


def _commands_if_run(found: SingleStage, item: Instruction) -> tuple[Command, ...]:
    return found.commands(item) if item.keyword == "RUN" else ()


def _installs_system(found: SingleStage, command: Command) -> bool:
    installer = found.facts.installer_of(command)
    system = installer is not None and installer.name in ("apt", "apk")
    return system and command.operands[:1] in (("install",), ("add",))


def install_line(found: SingleStage, packages: list[str]) -> list[str]:
    """The RUN that installs these packages, without versions, as their names are others; none for
    none."""
    if not packages:
        return []
    names = " ".join(packages)
    runs = [item for item in found.body if item.keyword == "RUN"]
    if any(x.name == "apk" for item in runs for x in found.installers(item)):
        return ["# hadolint ignore=DL3018", f"RUN apk add --no-cache {names}"]
    gap = f" {found.document.escape}{found.document.newline}    "
    return [
        "# hadolint ignore=DL3008",
        f"RUN apt-get update{gap}&& apt-get install -y --no-install-recommends {names}"
        f"{gap}&& rm -rf /var/lib/apt/lists/*",
    ]
