"""Takes passwords out of `-u user:password` and `--user user:password`, whatever the program.

Many programs mean a user and a group by that (`docker run --user 1000:1000`, `chpst -u app:app`),
and a text in which a group has become `***` would be of no use. So it is a password only if no
group is called like that, nor a version, a port or a file, and if the command does not hold a
program that takes groups there.
"""

from __future__ import annotations

import re

_OPTION = re.compile(
    r"""(?<![\w-])(?:-u|--(?:[a-z]{1,12}-)?user(?:name|pwd|pass)?)(?:=|\s{1,80})["']?"""
    r"""(\$\{?\w{1,60}\}?|[\w.@+-]{1,100}):(?!/)([^\s"'\\,;|&<>()]{4,200})(?=["'\s,;)]|$)"""
)
_NO_PASSWORD = re.compile(
    r"[a-z_][a-z_.-]*\$?|\d+(?:[:/].*)?|v?\d+(?:[.-]\w*)+|[\w-]{1,40}\.[a-z]{1,5}|\$.*|\*+"
)
"""A group, its number, a port, a version (of an image `node:20-slim`), a file, a variable."""
_MIXED = re.compile(r"(?=.*[A-Z])(?=.*\d)")
_LEADS = re.compile(r"[^\n|;&]{0,400}\Z")
_TAKES_GROUPS = re.compile(
    r"(?<![\w-])(?:docker|podman|nerdctl|buildah|compose|kubectl|crictl|ctr|runc|crun|lxc|chroot"
    r"|chpst|setuidgid|gosu|su-exec|runuser|sudo|setpriv|start-stop-daemon|daemonize|systemd-run|bwrap"
    r"|rsync|scp|cp|sort|diff|date|git|chown|install|tar)(?![\w.-])"
)


def passwords_in(line: str) -> list[tuple[int, int]]:
    """Where in a text, of which each command is on one line, such passwords begin and end."""
    return [found.span(2) for found in _OPTION.finditer(line) if _is_password(line, found)]


def _is_password(line: str, found: re.Match[str]) -> bool:
    user, said = found[1], found[2]
    if said == user or _NO_PASSWORD.fullmatch(said) or ("/" in said and not _MIXED.match(said)):
        return False
    leads = _LEADS.search(line[max(0, found.start() - 400) : found.start()])
    return leads is None or _TAKES_GROUPS.search(leads[0]) is None
