"""What a Dockerfile for Alpine runs, said for Debian: for the copy that is built where no image
with apk can be had and the user names one of Debian in its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from runner.dockerfile.alpine_packages import BUSYBOX, apt_of
from runner.dockerfile.document import Document
from runner.dockerfile.edits.alpine_users import apart
from runner.dockerfile.shell import Command, script_of
from runner.dockerfile.spans import NotApplicable, Replacement

_LINKED = {
    "gosu": "ln -sf /usr/sbin/gosu /sbin/su-exec",
    "tini": "ln -sf /usr/bin/tini /sbin/tini",
    "yarnpkg": "ln -sf /usr/bin/yarnpkg /usr/local/bin/yarn",
    "nginx": "mkdir -p /run/nginx && { id nginx >/dev/null 2>&1 || useradd --system nginx; }",
}
"""Package of Debian → what gives its program the name that it has on Alpine, or makes what the
package of Alpine brings beside it."""
_BASH = "ln -sf bash /bin/sh"
_LISTS = "mkdir -p /etc/apk && touch /etc/apk/repositories"
"""What a RUN appends to, or edits."""
_SCRIPT = re.compile(r"\.sh\b|\[\[|\bsource\s|entrypoint", re.IGNORECASE)
_VERSION = re.compile(r"[=<>~@].*")
_USER = {"-S": "--system", "--system": "--system", "-G": "--gid", "--ingroup": "--gid",
         "-H": "--no-create-home", "--no-create-home": "--no-create-home", "-h": "--home-dir",
         "--home": "--home-dir", "-s": "--shell", "--shell": "--shell", "-u": "--uid",
         "--uid": "--uid", "-g": "--comment", "--gecos": "--comment", "-D": "",
         "--disabled-password": ""}  # fmt: skip
_GROUP = {"-S": "--system", "--system": "--system", "-g": "--gid", "--gid": "--gid"}
"""Options of busybox's programs → those of Debian's; empty for what is so without any."""
_RUNNING = frozenset(("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD"))
"""Instructions whose words are run."""
_ALONE = frozenset(("--system", "--no-create-home", ""))
"""Options without a value."""


def on_debian(
    document: Document, images: Collection[str], scripts: Sequence[str] = ()
) -> Document | NotApplicable:
    """The document with apt-get in the place of apk, and Debian's programs for users, in stages on
    one of the images (as they are written); refused for a package of which the counterpart is not
    known, and for what cannot be read. `scripts` are the texts of those that its image starts."""
    found: list[Replacement] = []
    virtual: dict[str, list[str]] = {}
    for run in document.runs() if document.stages else ():
        if document.root_of(run) not in images:
            continue
        script = script_of(document, run)
        if script is None or script.broken:
            if "apk" in document.value(run):
                return NotApplicable(f"line {document.line_of(run.start)} cannot be read as shell")
            continue
        for command in script.commands:
            said = _said(command, virtual)
            if isinstance(said, NotApplicable):
                return NotApplicable(f"line {document.line_of(command.start)} {said.reason}")
            if said:
                found.append(Replacement(command.spans[0][0], command.spans[-1][1], said))
    return document.edited([*_with_busybox(document, images, scripts), *found])


def _with_busybox(
    document: Document, images: Collection[str], scripts: Sequence[str]
) -> Iterator[Replacement]:
    """A line behind each FROM of one of the images that installs what its instructions and these
    scripts run of busybox and Debian's slim images lack, and makes bash of sh where a script may be
    written for busybox's, which knows `[[` and `source`."""
    stages = document.stages
    texts = [
        document.value(item)
        for item in document.instructions
        if stages and item.keyword in _RUNNING and document.root_of(item) in images
    ]
    known = "|".join(map(re.escape, BUSYBOX))
    words = re.compile(rf"(?:^|[\s;&|(\"'`])({known})(?=[\s;\"',)]|$)", re.MULTILINE)
    needed = sorted({BUSYBOX[name] for text in (*texts, *scripts) for name in words.findall(text)})
    said = [_install(needed)] if needed else []
    said += [_BASH] if any(map(_SCRIPT.search, texts)) else []
    said += [_LISTS] if any("/etc/apk/" in text for text in texts) else []
    for stage in stages if said else ():
        if stage.reference in images:
            line = f"RUN {' && '.join(said)}"
            yield Replacement(stage.head.end, stage.head.end, f"{document.newline}{line}")


def _said(command: Command, virtual: dict[str, list[str]]) -> str | NotApplicable:
    """The command for Debian; empty for one that is the same there."""
    if command.program == "apk":
        return _apt(command.plain[1:], virtual)
    if command.program == "addgroup":
        return _users(command.words[1:], _GROUP, "groupadd")
    if command.program == "adduser":
        return _users(command.words[1:], _USER, "useradd")
    return ""


def _apt(words: Sequence[str], virtual: dict[str, list[str]]) -> str | NotApplicable:
    """`(apt-get update && apt-get install …)` for `apk add …`."""
    verbs = [word for word in words if not word.startswith("-")]
    verb = verbs[0] if verbs else ""
    if verb in ("update", "upgrade", "fix", "cache"):
        return "true"
    if verb not in ("add", "del"):
        return NotApplicable(f"runs apk {verb}, of which Debian's counterpart is not known")
    name, packages = "", list[str]()
    rest = iter(words)
    for word in rest:
        option, _, value = word.partition("=")
        if option in ("-t", "--virtual"):
            name = value or next(rest, "")
        elif option == "--cache-dir" and not value:
            next(rest, "")
        elif option in ("-X", "--repository"):
            return NotApplicable("installs with apk from another repository")
        elif not word.startswith("-") and word != verb:
            packages.append(word)
    if verb == "del":
        return _purged(packages, virtual)
    wanted = [_VERSION.sub("", package) for package in packages]
    if unknown := [package for package in wanted if apt_of(package) is None]:
        return NotApplicable(
            f"installs {unknown[0]} with apk, of which Debian's counterpart is not known"
        )
    if name:
        virtual[name] = wanted
    apt = _apt_names(wanted)
    if not apt:
        return "true"
    linked = "".join(f" && {line}" for package, line in _LINKED.items() if package in apt)
    return f"({_install(apt)}{linked})"


def _apt_names(packages: Sequence[str]) -> list[str]:
    """Each of the packages of Debian once."""
    return list(dict.fromkeys(name for one in packages for name in (apt_of(one) or "").split()))


def _install(packages: Sequence[str]) -> str:
    install = f"apt-get install --yes --no-install-recommends {' '.join(packages)}"
    return f"apt-get update && {install} && rm -rf /var/lib/apt/lists/*"


def _purged(packages: Sequence[str], virtual: Mapping[str, Sequence[str]]) -> str:
    """The removal of what `apk del` names, where that is known; as with apk, what another package
    needs stays (`zlib1g` was there before, and dpkg needs it)."""
    wanted = [name for package in packages for name in virtual.get(package, [package])]
    apt = _apt_names(wanted)
    if not apt:
        return "true"
    marked = f"apt-mark auto {' '.join(apt)} > /dev/null"
    return f"({marked} && apt-get autoremove --purge --yes)"


def _users(words: Sequence[str], known: Mapping[str, str], program: str) -> str | NotApplicable:
    """`useradd` for `adduser`, `groupadd` for `addgroup`; with two names, a user into a group."""
    options, names = list[str](), list[str]()
    rest = iter(apart(words))
    for word in rest:
        if not word.startswith("-"):
            names.append(word)
            continue
        if word not in known:
            return NotApplicable(f"gives users or groups the option {word}")
        if option := known[word]:
            options.append(option)
        if known[word] not in _ALONE:
            options.append(next(rest, ""))
    if len(names) == 2 and options and program == "useradd" and "--gid" not in options:
        options += ["--gid", names.pop()]
    if len(names) == 2 and not options:
        return f"usermod --append --groups {names[1]} {names[0]}"
    if len(names) != 1:
        return NotApplicable("makes users in a way of busybox alone")
    if program == "useradd" and "--system" in options and "--gid" not in options:
        options += ["--gid", "nogroup"]  # as busybox does; useradd would make one of that name
    if program == "useradd" and "--no-create-home" not in options:
        options.append("--create-home")  # busybox does so for users of the system, too
    return " ".join([program, *options, names[0]])
