"""Packages of Alpine and the ones of Debian that bring the same; programs of busybox, which every
image of Alpine has, and the packages of Debian that have them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from runner.dockerfile.edits.distribution import BOTH_WAYS

_TABLE = (resources.files(__package__) / "alpine_packages.txt").read_text(encoding="utf-8")
_LINES = (line.partition(":") for line in _TABLE.splitlines() if not line.startswith("#"))
_APT_OF: Mapping[str, str] = {apk: apt for apt, apk in BOTH_WAYS.items() if " " not in apk} | {
    name: packages.strip() for name, _, packages in _LINES
}
_NUMBERED = re.compile(r"(postgresql|clang|llvm)\d+(?=-|$)")
"""Packages that Alpine has for each version; without it, Debian's name is that of its own."""


def apt_of(package: str) -> str | None:
    """The packages of Debian that bring what one of Alpine does, as words; empty where nothing is
    needed, None where that is not known."""
    return _APT_OF.get(package, _APT_OF.get(_NUMBERED.sub(r"\1", package)))


BUSYBOX: Mapping[str, str] = {
    "bunzip2": "bzip2",
    "bzip2": "bzip2",
    "crond": "cron",
    "crontab": "cron",
    "less": "less",
    "nc": "netcat-openbsd",
    "nslookup": "dnsutils",
    "patch": "patch",
    "pgrep": "procps",
    "ping": "iputils-ping",
    "pkill": "procps",
    "ps": "procps",
    "top": "procps",
    "traceroute": "traceroute",
    "unxz": "xz-utils",
    "unzip": "unzip",
    "vi": "vim-tiny",
    "wget": "wget",
    "xxd": "xxd",
    "xz": "xz-utils",
}
"""Program of busybox that Debian's slim images lack → the package that has it there."""
