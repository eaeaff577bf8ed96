"""One stage of a Dockerfile, with those that it is built on, looked at as something that can be
split: what installs, what builds, what prepares the image, and what starts the service."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from functools import cached_property

from runner.dockerfile.document import Document, Instruction, Stage
from runner.dockerfile.edits.owners import given_to
from runner.dockerfile.edits.places import comment_start, target_of, workdir_at, workdir_behind
from runner.dockerfile.facts import Facts, Installer
from runner.dockerfile.reads import words_of_copy
from runner.dockerfile.shell import Command, commands_of
from runner.dockerfile.spans import Replacement, replaced

NAME = "build"
PACKAGES = "packages"
"""The stage in front of it that only installs, where there is one."""
CONFIGURATION = ("ARG", "ENV", "WORKDIR", "EXPOSE", "LABEL", "VOLUME", "STOPSIGNAL", "HEALTHCHECK")
STARTS = ("ENTRYPOINT", "CMD")
LEFT = (*STARTS, "EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL")
"""What only the final stage says."""
_MAKES = ("RUN", "COPY", "ADD")
_SETS = ("ENV", "USER", "VOLUME")
"""What a build stage has no use for behind the last instruction that makes something."""
_PREPARES = frozenset(
    ("useradd", "groupadd", "adduser", "addgroup", "mkdir", "chown", "chmod", "install", "usermod")
)
NO_FILES = frozenset(
    (
        *("set", "echo", "rm", "true", "cd", "export", "ls", "test", *_PREPARES),
        *("apt-get", "apt", "aptitude", "apk", "dnf", "yum", "microdnf"),
    )
)
"""Commands that leave nothing where they are started."""
_SHARED = frozenset(
    (
        *("/", "/usr", "/usr/local", "/usr/src", "/opt", "/home", "/var", "/srv", "/root"),
        *("/etc", "/bin", "/sbin", "/lib", "/lib64", "/tmp", "/mnt", "/media", "/usr/share"),
        *("/usr/lib", "/usr/bin", "/var/lib", "/var/cache", "/var/log"),
    )
)
"""Directories that hold more than a service."""
_PATH = re.compile(r"(?<![\w.$}/-])(?:/[\w.*-]+)+")
USERS = frozenset(("useradd", "groupadd", "adduser", "addgroup", "usermod"))
_SCRIPTS = frozenset(
    ("sh", "bash", "curl", "wget", "tar", "unzip", "ln", "git", "source", ".", "eval")
)


@dataclass(frozen=True)
class SingleStage:
    """One stage with everything in it; those that it is built on count as part of it."""

    document: Document
    facts: Facts
    stage: Stage
    """The last one, its `reference` the image that the first one is built on."""
    ended_at: int = 0
    """Where the build stage ends, if the final stage says all that stands behind; else 0."""
    built_in: str = ""
    """The name of the build stage, where another one that only installs stands in front of it."""
    final_name: str = ""
    """What the final stage is called: the name that the stage had, if it is one to be built by."""

    @property
    def name(self) -> str:
        """What the build stage is called."""
        return self.built_in or self.stage.name or NAME

    @property
    def first_name(self) -> str:
        """What the first stage is called: the build stage, or the one in front of it."""
        return self.stage.name or (PACKAGES if self.built_in else NAME)

    @cached_property
    def body(self) -> list[Instruction]:
        """What stands behind FROM, of all of them."""
        stages = self.document.lineage_of(self.stage.index)
        return [
            item
            for item in self.document.instructions
            if item.keyword != "FROM" and item.stage in stages
        ]

    @property
    def _end(self) -> int:
        """Where the next stage begins, with the comment above it, or the Dockerfile ends."""
        behind = self.document.in_stage(self.stage.index + 1)[:1]
        return comment_start(self.document, behind[0]) if behind else len(self.document.text)

    @cached_property
    def moved(self) -> list[Instruction]:
        """What the final stage says in place of the build stage."""
        makes = [item for item in self.body if item.keyword in _MAKES]
        while makes and self.owner and self.says_owner(makes[-1]):
            makes.pop()
        last = makes[-1].start if makes else 0
        return [
            item
            for item in self.document.in_stage(self.stage.index)[1:]
            if item.keyword in LEFT
            or (item.keyword == "RUN" and item.start > last)
            or (item.keyword in _SETS and item.start > last)
            or 0 < self.ended_at <= item.start
        ]

    @property
    def workdir(self) -> str:
        """The working directory at its end; `/` if none is named."""
        return workdir_behind(self.document, self.body)

    @cached_property
    def kept(self) -> str:
        """The directory that the final stage gets: the working directory at the end, or the one
        above it that a RUN before worked in (`npm ci` one level above the sources), or that a COPY
        of all filled (`COPY . /app` with the service in /app/backend)."""
        found = self.workdir
        for item in self.body:
            place = self._filled(item)
            if place and found.startswith(f"{place}/") and place not in _SHARED:
                found = place
        return found

    def _filled(self, item: Instruction) -> str:
        """The directory that an instruction may put something into; empty for none."""
        if item.keyword == "RUN":
            return self.place(item)
        from_here = not any(x.startswith("--from=") for x in self.document.flags(item))
        sources = words_of_copy(self.document.value(item))[:-1]
        is_whole = item.keyword in ("COPY", "ADD") and sources in (["."], ["./"], ["/"])
        return target_of(self.document, item) if is_whole and from_here else ""

    def place(self, item: Instruction) -> str:
        """The working directory of an instruction, of a RUN behind the `cd` that it begins with."""
        found = workdir_at(self.document, item)
        first = self.commands(item)[:1] if item.keyword == "RUN" else ()
        if first and first[0].program == "cd" and len(first[0].operands) == 1:
            return posixpath.normpath(posixpath.join(found, first[0].operands[0]))
        return found

    def is_kept(self, path: str) -> bool:
        """Whether the final stage gets what lies at this path, an absolute one."""
        return path == self.kept or path.startswith(f"{self.kept}/")

    def commands(self, run: Instruction) -> tuple[Command, ...]:
        """The commands of a RUN; none where it is not understood."""
        return commands_of(self.document, run)

    def prepares(self, run: Instruction) -> bool:
        """Whether a RUN only makes users, directories and permissions."""
        found = self.commands(run)
        return bool(found) and all(command.program in _PREPARES for command in found)

    def elsewhere(self, run: Instruction) -> str:
        """Why a RUN may write what neither the working directory nor the installers hold; empty if
        it does not."""
        line = f"line {self.document.line_of(run.start)}"
        if not self.commands(run):
            return f"{line} is not understood"
        if self.prepares(run):
            return ""
        if not self.is_kept(self.place(run)) and not self._is_systems(run):
            return f"{line} works in {self.place(run)}, which the final stage does not get"
        rest = self.document.text[: run.end]
        for command in self.commands(run):
            if self.facts.installer_of(command) is not None:
                blank = " " * (command.end - command.start)
                rest = rest[: command.start] + blank + rest[command.end :]
            elif command.program in _SCRIPTS or "install" in command.operands[:1]:
                return f"{line} runs {command.program}, which may write anywhere"
        paths = _PATH.findall(rest[run.body :])
        foreign = [path for path in paths if self._is_foreign(path)]
        return f"{line} writes or reads {foreign[0]}" if foreign else ""

    def _is_systems(self, run: Instruction) -> bool:
        """Whether each command of a RUN is an installer whose result does not lie where it is
        started: a package manager of the distribution, pip, or a global install of npm."""
        found = [(self.facts.installer_of(command), command) for command in self.commands(run)]
        return all(
            installer is not None
            and (installer.ecosystem == "" or installer.name == "pip" or command.is_global)
            for installer, command in found
            if command.program not in NO_FILES
        )

    def _is_foreign(self, path: str) -> bool:
        known = (self.kept, "/tmp", "/dev", "/var/lib/apt", "/var/cache", "/root/.cache")
        return not any(path == place or path.startswith(f"{place}/") for place in known)

    @property
    def flags_of_copies(self) -> list[str]:
        """The options of all COPY instructions."""
        copies = (item for item in self.copies if item.keyword == "COPY")
        return [flag for item in copies for flag in self.document.flags(item)]

    def copied_elsewhere(self) -> list[str]:
        """The COPY and ADD instructions whose files do not lie in the directory that is kept."""
        away = [x for x in self.copies if not self.is_kept(target_of(self.document, x))]
        return [self.text(item) for item in away]

    def copied(self, inside: str = "") -> str:
        """The COPY of the directory that is kept from the build stage, or of one inside the working
        directory, to the owner that it had."""
        given = [flag for flag in self.flags_of_copies if flag.startswith("--chown=")]
        given += [f"--chown={self.owner}"] if self.owner else []
        flags = " ".join([f"--from={self.name}", *given[-1:]])
        path = posixpath.join(self.workdir, inside) if inside else self.kept
        return f"COPY {flags} {path} {path}"

    @cached_property
    def owner(self) -> str:
        """Whom a RUN behind all that is copied, and that does no more to files, gives the directory
        that is kept; empty for none."""
        copies = [x.start for x in self.copies if self.is_kept(target_of(self.document, x))]
        last = max(copies, default=len(self.document.text))
        runs = [x for x in self.body if x.start > last and self.says_owner(x)]
        found = [self._gives(run, x) for run in runs for x in self.commands(run)]
        return next((owner for owner in reversed(found) if owner), "")

    @property
    def copies(self) -> list[Instruction]:
        """What copies from the context, or from another stage."""
        return [item for item in self.body if item.keyword in ("COPY", "ADD")]

    def _gives(self, run: Instruction, command: Command) -> str:
        return given_to(command, self.place(run), self.kept)

    def says_owner(self, item: Instruction) -> bool:
        """Whether a RUN does nothing to files but what `owner` says of them: it makes users and
        directories, and gives these and the directory that is kept to them."""
        found = self.commands(item) if item.keyword == "RUN" else ()
        return bool(found) and all(
            command.program in USERS
            or command.program == "mkdir"
            or (self._gives(item, command) and len(command.operands) == 2)
            for command in found
        )

    def foreign(self, run: Instruction, ecosystem: str) -> str:
        """Why a RUN may leave what a final stage of this ecosystem does not get: it is not
        understood, or installs for another language; empty if it does neither."""
        line = f"line {self.document.line_of(run.start)}"
        if not self.commands(run):
            return f"{line} is not understood"
        if any(item.ecosystem not in ("", ecosystem) for item in self.installers(run)):
            return f"{line} installs for another language"
        return ""

    def installers(self, run: Instruction) -> set[Installer]:
        """What a RUN installs with."""
        found = (self.facts.installer_of(command) for command in self.commands(run))
        return {installer for installer in found if installer is not None}

    def text(self, item: Instruction) -> str:
        """An instruction as it is written; one that only the final stage says, with the comment
        directly above it."""
        start = comment_start(self.document, item) if item in self.moved else item.start
        gap = self.document.newline if item.heredocs else ""
        return f"{self.document.text[start : item.end]}{gap}"

    def with_final_stage(
        self, lines: list[str], inside: list[Replacement] | None = None
    ) -> list[Replacement]:
        """The stage named, and these lines as a stage behind it in place of what starts the
        service now."""
        new = self.document.newline
        replacements = [_without(self.document, item) for item in self.moved]
        if not self.stage.name:
            head = Replacement(self.stage.span[1], self.stage.head.end, f" AS {self.first_name}")
            replacements.append(head)
        if self.final_name:
            lines = [f"{lines[0]} AS {self.final_name}", *lines[1:]]
        text = self.document.text[: self._end]
        behind = max([len(text.rstrip(new)), *(x.end for x in replacements)])
        cut = Replacement(behind, len(text), "")
        left = replaced(text, sorted([*replacements, cut], key=lambda x: x.start))
        gap = "" if left.endswith(new * 2) else new if left.endswith(new) else new * 2
        rest = new if self._end < len(self.document.text) else ""
        replacements.append(replace(cut, text=f"{gap}{new.join(lines)}{new}{rest}"))
        return sorted([*replacements, *(inside or [])], key=lambda x: (x.start, x.end))


def _without(document: Document, item: Instruction) -> Replacement:
    """An instruction, its line end and its comment removed, and the empty lines above it."""
    end, start = item.end, comment_start(document, item)
    if document.text.startswith(document.newline, end):
        end += len(document.newline)
    while document.text.endswith(document.newline * 2, 0, start):
        start -= len(document.newline)
    return Replacement(start, end, "")
