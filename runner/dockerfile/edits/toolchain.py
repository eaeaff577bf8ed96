"""toolchain=purged: compilers and headers leave in the RUN that installed them."""

from __future__ import annotations

from collections.abc import Iterator

from runner.dockerfile.document import Document
from runner.dockerfile.edits.appending import appended
from runner.dockerfile.edits.installs import Install, InstallRun, install_runs
from runner.dockerfile.edits.purging import empties
from runner.dockerfile.facts import Facts
from runner.dockerfile.shell import script_of
from runner.dockerfile.spans import NotApplicable, Replacement

COMPILERS = frozenset(
    (
        *("build-essential", "gcc", "g++", "make", "cmake", "cargo", "rustc", "golang", "gfortran"),
        *("python3-dev", "build-base", "musl-dev", "linux-headers", "clang", "llvm", "autoconf"),
        *("automake", "libtool", "pkg-config", "pkgconf", "bison", "flex", "patch", "meson"),
        "libc6-dev",
    )
)

_MANUAL, _VIRTUAL = "/tmp/manual", ".build-deps"
_ALL = {
    "apt": (
        f"apt-mark auto '.*' > /dev/null\nxargs apt-mark manual < {_MANUAL} > /dev/null"
        f"\napt-get purge -y --auto-remove\nrm {_MANUAL}"
    ),
    "apk": f"apk del --no-network {_VIRTUAL}",
}
"""Package manager → what removes all that one command has brought, and nothing that was there."""
HARMLESS = frozenset(
    (
        *("rm", "mkdir", "chown", "chmod", "cp", "mv", "ln", "echo", "true", "cd", "set", "touch"),
        *("useradd", "groupadd", "adduser", "addgroup", "sed", "cat", "find", "ls", "test", "["),
        *("apt-get", "apt", "apk", "curl", "wget", "tar", "unzip", "git", "locale-gen", "export"),
    )
)
"""Programs that compile nothing."""


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """The removal at the end of the RUN that installs compilers, where that RUN uses them, too.

    Where another RUN uses them, `layers=merged` makes one of both first. Libraries that came along
    stay, as what was compiled may need them, unless the project says what is for the build alone.
    """
    runs = [item for item in install_runs(document, facts) if document.in_image(item.run)]
    found = [item for item in runs if packages_of(item, facts)]
    if not found:
        return NotApplicable("no compiler is installed in the stages of the image")
    replacements = [x for item in found for x in _removal(document, item, facts)]
    if replacements:
        return replacements
    item = found[0]
    line = document.line_of(item.run.start)
    if _removed(item):
        return NotApplicable(f"line {line} removes its compiler already")
    return NotApplicable(
        f"line {line} installs a compiler that a later RUN uses: layers=merged makes one of both"
    )


def packages_of(item: InstallRun, facts: Facts) -> list[str]:
    """The compilers among the packages that a RUN installs, and what the project says is for the
    build alone."""
    return list(dict.fromkeys(_packages(item, COMPILERS | facts.build_packages)))


def _packages(item: InstallRun, known: frozenset[str]) -> Iterator[str]:
    for install in item.installs:
        if install.installer.name in ("apt", "apk"):
            for word in install.command.operands:
                if word.partition("=")[0] in known:
                    yield word.partition("=")[0]


def _removal(document: Document, item: InstallRun, facts: Facts) -> Iterator[Replacement]:
    if _removed(item) or not _compiles(item) or _used_later(document, item):
        return
    whole = next((x for x in item.installs if _is_for_build(x, facts)), None)
    command = _named(item, facts) if whole is None else _ALL[whole.installer.name]
    added = appended(document, item.run, item.script, command.replace("\n", document.and_then))
    if added is None:
        return
    if whole is not None:
        yield _marked(document, whole)
    yield added


def _is_for_build(install: Install, facts: Facts) -> bool:
    """Whether a command installs nothing but what only the build needs: then all goes that it
    brings along, too."""
    names = {word.partition("=")[0] for word in install.command.operands[1:]}
    return bool(names) and names <= facts.build_packages and install.installer.name in _ALL


def _marked(document: Document, install: Install) -> Replacement:
    """What tells later which packages that command has brought."""
    command = install.command
    if install.installer.name == "apt":
        before = f"apt-mark showmanual > {_MANUAL}{document.and_then}"
        return Replacement(command.start, command.start, before)
    at = command.spans[command.plain.index("add")][1]
    return Replacement(at, at, f" --virtual {_VIRTUAL}")


def _named(item: InstallRun, facts: Facts) -> str:
    names = " ".join(packages_of(item, facts))
    apk = any(install.installer.name == "apk" for install in item.installs)
    return f"apk del {names}" if apk else f"apt-get purge -y --auto-remove {names}"


def _removed(item: InstallRun) -> bool:
    words = [set(command.plain) for command in item.script.commands]
    return any(word & {"purge", "remove", "autoremove", "del"} for word in words)


def _compiles(item: InstallRun) -> bool:
    """Whether what comes behind the install of the compiler in the same RUN may use it."""
    system = [x for x in item.installs if x.installer.name in ("apt", "apk")]
    last = max(install.command.end for install in system)
    after = [command for command in item.script.commands if command.start > last]
    return any(
        command.program not in HARMLESS
        and not any(empties(command, installer) for installer in item.installers)
        for command in after
    )


def _used_later(document: Document, item: InstallRun) -> bool:
    """Whether a later RUN of the image may use it."""
    for run in document.runs():
        if run.start <= item.run.start or not document.in_image(run):
            continue
        script = script_of(document, run)
        if script is None or any(x.program not in HARMLESS for x in script.commands):
            return True
    return False
