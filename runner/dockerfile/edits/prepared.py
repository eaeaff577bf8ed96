"""What the final stage of a split Dockerfile says of users, directories and permissions, in front
of the files that it copies and behind them."""

from __future__ import annotations

from runner.dockerfile.document import Instruction
from runner.dockerfile.edits.single_stage import USERS, SingleStage
from runner.dockerfile.shell import script_of


def prepared(found: SingleStage) -> tuple[list[str], list[str]]:
    """The RUN instructions that make users, and those that make directories and permissions and the
    last USER: what stands before and behind the copied files."""
    runs = [item for item in found.body if item.keyword == "RUN" and found.prepares(item)]
    early = [item for item in runs if _is_early(found, item)]
    others = _joined(found, [item for item in runs if item not in early])
    last = [found.text(item) for item in found.body if item.keyword == "USER"][-1:]
    made = [line for item in found.body if (line := _users_made(found, item))]
    return [*made, *map(found.text, early)], [*others, *last]


def _is_early(found: SingleStage, run: Instruction) -> bool:
    """Whether a RUN that prepares stands before the copied files: it makes users, and changes no
    owner or permission of files; or stands there already, where COPY says the owner."""
    if found.owner and found.says_owner(run):
        return True
    said = found.owner or any("--chown=" in flag for flag in found.flags_of_copies)
    if said and run.start < min((item.start for item in found.copies), default=0):
        return True
    commands = found.commands(run)
    of_files = any(
        command.program in ("chown", "chmod") and "R" in "".join(command.plain[1:2])
        for command in commands
    )
    return not of_files and any(command.program in USERS for command in commands)


def _users_made(found: SingleStage, item: Instruction) -> str:
    """The RUN that makes the users which another one makes beside what it installs; empty for none,
    and for those that are made on a condition."""
    script = script_of(found.document, item) if item.keyword == "RUN" else None
    if script is None or found.prepares(item):
        return ""
    users = [
        found.document.text[command.start : command.end]
        for command in found.commands(item)
        if command.program in USERS and (command.start, command.end) in script.chain
    ]
    return f"RUN {found.document.and_then.join(users)}" if users else ""


def _joined(found: SingleStage, runs: list[Instruction]) -> list[str]:
    """RUN instructions that stood apart as one, where each is commands behind each other."""
    scripts = [script_of(found.document, item) for item in runs]
    plain = all(x and not (x.operators - {"&&"}) and not x.heredoc for x in scripts)
    if len(runs) < 2 or not plain or any(map(found.document.flags, runs)):
        return [found.text(item) for item in runs]
    return [f"RUN {found.document.and_then.join(found.document.of(item).strip() for item in runs)}"]
