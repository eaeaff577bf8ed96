"""stages=multi for Python: dependencies go into a virtual environment, which is copied."""

from __future__ import annotations

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.single_stage import CONFIGURATION, STARTS, SingleStage
from runner.dockerfile.shell import script_of
from runner.dockerfile.spans import NotApplicable, Replacement

VENV = "/opt/venv"
_ENVIRONMENT = f"ENV VIRTUAL_ENV={VENV} PATH={VENV}/bin:$PATH"


def split(found: SingleStage) -> list[Replacement] | NotApplicable:
    """`python -m venv` before the first install; the final stage gets that environment and the
    working directory, where what other RUN instructions made lies, too."""
    runs = [item for item in found.body if item.keyword == "RUN"]
    installs = [item for item in runs if _installs_python(found, item)]
    if not installs:
        return NotApplicable("no RUN installs Python packages")
    if "VIRTUAL_ENV" in found.document.text or "-m venv" in found.document.text:
        return NotApplicable("it has a virtual environment of its own already")
    for item in runs:
        if (reason := _reason(found, item)) is not None:
            return NotApplicable(reason)
    packages = found.packages()
    if isinstance(packages, NotApplicable):
        return packages
    return found.with_final_stage(final(found, packages), _made(found, installs[0]))


def _made(found: SingleStage, run: Instruction) -> list[Replacement]:
    """The environment made in the RUN that installs first, or in one above it."""
    document, new = found.document, found.document.newline
    script = script_of(document, run)
    make = f"python -m venv {VENV}"
    if script is None or script.heredoc or script.operators - {"&&"}:
        return [Replacement(run.start, run.start, f"{_ENVIRONMENT}{new}RUN {make}{new}")]
    first = script.chain[0][0]
    joined = f"{make} {document.escape}{new}    && "
    return [
        Replacement(run.start, run.start, f"{_ENVIRONMENT}{new}"),
        Replacement(first, first, joined),
    ]


def _installs_python(found: SingleStage, run: Instruction) -> bool:
    return any(installer.ecosystem == "python" for installer in found.installers(run))


def _reason(found: SingleStage, run: Instruction) -> str | None:
    """Why the result of this RUN may lie where the final stage does not get it."""
    line = f"line {found.document.line_of(run.start)}"
    commands = found.commands(run)
    if not commands:
        return f"{line} is not understood"
    installers = found.installers(run)
    if any(item.ecosystem not in ("", "python") for item in installers):
        return f"{line} installs for another language"
    if any(item.name in ("conda", "pipenv") for item in installers):
        return f"{line} installs into an environment of its own"
    if reason := found.elsewhere(run):
        return reason
    words = {word for command in commands for word in command.plain}
    if words & {"--user", "--target", "--prefix", "-t"}:
        return f"{line} installs to a directory of its own"
    return None


def final(found: SingleStage, packages: list[str]) -> list[str]:
    """The lines of the final stage."""
    users, behind = found.prepared()
    return [
        f"FROM {found.stage.reference}",
        *found.install_line(packages),
        _ENVIRONMENT,
        *(found.text(item) for item in found.body if item.keyword in CONFIGURATION),
        *users,
        f"COPY --from={found.name} {VENV} {VENV}",
        found.copied(),
        *found.copied_elsewhere(),
        *behind,
        *(found.text(item) for item in found.body if item.keyword in STARTS),
    ]
