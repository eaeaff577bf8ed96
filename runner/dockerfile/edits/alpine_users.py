"""Users and groups as Debian makes them, said for the busybox of Alpine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from runner.dockerfile.edits.around import is_link
from runner.dockerfile.shell import Command, Script

PROGRAMS = frozenset(("useradd", "groupadd", "adduser", "addgroup", "usermod"))
_NAME = re.compile(r"[A-Za-z_][\w-]*")
"""What busybox takes for a group: it knows no numbers."""
_USERADD = {
    "-m": "m", "--create-home": "m", "-M": "-H", "--no-create-home": "-H", "-r": "-S",
    "--system": "-S", "-u": "-u ", "--uid": "-u ", "-g": "-G ", "--gid": "-G ", "-d": "-h ",
    "--home": "-h ", "--home-dir": "-h ", "-s": "-s ", "--shell": "-s ", "-c": "-g ",
    "--comment": "-g ", "-l": "", "--no-log-init": "", "-U": "", "--user-group": "",
}  # fmt: skip
_ADDUSER = {
    "--disabled-password": "", "--disabled-login": "", "--gecos": "-g ", "--comment": "-g ",
    "--system": "-S", "--group": "group", "--ingroup": "-G ", "--home": "-h ",
    "--no-create-home": "-H", "--uid": "-u ", "-u": "-u ", "--shell": "-s ",
    "--quiet": "", "-q": "",
}  # fmt: skip
_GROUPADD = {"-r": "-S", "--system": "-S", "-g": "-g ", "--gid": "-g ", "--quiet": ""}
"""Options of Debian's programs → those of busybox; with a space behind them where a value follows,
empty for what is so without any."""


def as_busybox(script: Script, command: Command) -> str | None:
    """What makes the same users or groups on Alpine; None where that is not known."""
    words = list(command.words[1:])
    if command.program in ("groupadd", "addgroup"):
        return _group(words)
    if command.program == "usermod":
        return _member(words)
    adds = command.program == "adduser"
    told = _told(words, _ADDUSER if adds else _USERADD)
    if told is None:
        return None
    options, names = told
    if adds and len(names) == 2 and not options:
        return f"addgroup {names[0]} {names[1]}"
    if len(names) != 1:
        return None
    groups = [x for x in options if x.startswith("-G ")]
    if any(not _NAME.fullmatch(group.removeprefix("-G ")) for group in groups):
        return None
    system, grouped = "-S" in options, bool(groups)
    homeless = "-h" not in " ".join(options) if adds and system else not adds
    if homeless and "m" not in options and "-H" not in options:
        options.append("-H")
    made = ""
    if system and not grouped and (not adds or "group" in options):
        made = f"addgroup -S {names[0]} && "
        options.append(f"-G {names[0]}")
    if made and not is_link(script, command):
        return None
    said = [x for x in options if x not in ("m", "group")]
    return " ".join([f"{made}adduser -D", *said, *names])


def _group(words: list[str]) -> str | None:
    told = _told(words, _GROUPADD)
    if told is None or len(told[1]) not in (1, 2) or (len(told[1]) == 2 and told[0]):
        return None
    return " ".join(["addgroup", *told[0], *told[1]])


def _member(words: list[str]) -> str | None:
    """`addgroup USER GROUP` for `usermod -aG GROUP USER`."""
    adds = words[:1] == ["-aG"] and len(words) == 3 and "," not in words[1]
    return f"addgroup {words[2]} {words[1]}" if adds else None


def _told(words: list[str], known: Mapping[str, str]) -> tuple[list[str], list[str]] | None:
    """The options as busybox has them, and the names; None for an option that is not known."""
    options, names = list[str](), list[str]()
    rest = iter(apart(words))
    for word in rest:
        if not word.startswith("-"):
            names.append(word)
            continue
        option = known.get(word)
        if option is None:
            return None
        options += [f"{option}{next(rest, '')}" if option.endswith(" ") else option]
    return [x for x in dict.fromkeys(options) if x], names


def apart(words: Sequence[str]) -> list[str]:
    """`-S -D -H` for `-SDH`, `--uid 7` for `--uid=7`."""
    found: list[str] = []
    for word in words:
        if re.fullmatch(r"-[A-Za-z]{2,}", word):
            found += [f"-{letter}" for letter in word[1:]]
        elif word.startswith("--"):
            found += word.split("=", 1)
        else:
            found.append(word)
    return found
