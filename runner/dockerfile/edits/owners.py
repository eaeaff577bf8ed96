"""Who owns the files of a service where a RUN gives them away: `chown -R app:app /app`.

The RUN would copy all of them into a layer once more, and the COPY of a final stage would give them
to root again: in a stage of its own, COPY says the owner.
"""

from __future__ import annotations

import posixpath
import re

from runner.dockerfile.shell import Command

_OWNER = re.compile(r"[\w.-]+(?::[\w.-]+)?")
_RECURSIVE = re.compile(r"--recursive|-[a-zA-Z]*R[a-zA-Z]*")


def given_to(command: Command, place: str, kept: str) -> str:
    """The owner, as `--chown=` says it, to whom a command that runs in `place` gives the directory
    `kept` with all that is in it; empty for any other command."""
    owner, *paths = command.operands if len(command.operands) > 1 else ("",)
    if command.program != "chown" or not _OWNER.fullmatch(owner):
        return ""
    options = [word for word in command.plain[1:] if word.startswith("-")]
    if not options or not all(map(_RECURSIVE.fullmatch, options)):
        return ""
    places = [posixpath.normpath(posixpath.join(place, path)) for path in paths]
    return owner if kept in places else ""


def owned(line: str, owner: str) -> str:
    """A COPY or ADD that gives what it copies to an owner, unless it says one itself."""
    if not owner or "--chown=" in line:
        return line
    return re.sub(r"^((?:#.*\n)*\s*(?:COPY|ADD))\b", rf"\1 --chown={owner}", line, flags=re.I)
