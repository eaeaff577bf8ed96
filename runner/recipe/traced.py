"""A root of exactly the files on a list: those that a container opened while its check ran.

The list is a file of its own beside the Dockerfile, a path a line, so that it can be read, compared
and edited; a build stage copies what it names. A loop in the shell does that on every base: not
every tar can read such a list.
"""

from __future__ import annotations

from collections.abc import Iterable

from runner.model.levels import Levels
from runner.recipe import own_root, quoting
from runner.recipe.dockerfile import Instruction, copy, plain, run
from runner.recipe.own_root import ROOT

LIST = "traced.dockbench"
"""The list's name in the build context."""
_COPIED = "/traced.txt"
WHY = "Exactly the files that the service opened while its check ran, and what leads to them."


def assemble(levels: Levels) -> list[Instruction]:
    """The instructions of the build stage that fill /rootfs from the list."""
    commands = [
        f"mkdir {ROOT}",
        "while IFS= read -r path; do\n"
        'if [ -d "$path" ] && [ ! -h "$path" ]; then\n'
        f'mkdir "{ROOT}/$path"\n'
        f'&& chown "$(stat -c %u:%g "$path")" "{ROOT}/$path"\n'
        f'&& chmod "$(stat -c %a "$path")" "{ROOT}/$path";\n'
        f'else cp -a "$path" "{ROOT}/$path"; fi || exit 1;\n'
        f"done < {_COPIED}",
    ]
    if levels.prune.strip:
        commands.append(own_root.strip_command())
    return [copy([LIST], _COPIED, comment=WHY), plain("WORKDIR /"), run(commands)]


def list_text(paths: Iterable[str]) -> str:
    """The list for these absolute paths, in their order; raises `ConfigError` for a path that is
    no line of its own, or no path below the root."""
    lines = [f".{path}" for path in paths]
    for line in lines:
        quoting.require(quoting.LISTED_PATH, "prune/traced: a file that the check opens", line)
    return "".join(f"{line}\n" for line in lines)
