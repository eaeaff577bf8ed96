"""What of a project's own Dockerfile another one in its place does not have: a line for each.

A pure function of two texts. What changes how an image is made (an option, a cache removed, a stage
more, packages mounted where they are installed) is no loss; a step, a user, a port, a variable or a
file that is gone is one.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from runner.detect.dockerfile import Dockerfile
from runner.detect.instructions import Instruction, expanded
from runner.dockerfile import document as spans
from runner.dockerfile.reads import Mount, mount_of, words_of_copy
from runner.dockerfile.shell import Command, script_of
from runner.model.foreign import ForeignError, shell_split
from runner.model.text import shortened

_ROOT = ("", "0", "root")
_SETTINGS = ("VOLUME", "STOPSIGNAL", "ONBUILD")
_LONGEST = 100


@dataclass(frozen=True)
class Loss:
    """One thing that is not as in the project's own Dockerfile."""

    text: str
    """One line: what it is, and where it stands in the project's own."""
    what: str = ""
    """What an image that is recommended must not give up (`HEALTHCHECK`); empty for others."""


def losses(before: Dockerfile, after: Dockerfile) -> list[Loss]:
    """What `before` has and `after` has not, in the order of this list: base, user, health check,
    start, ports, variables, labels, other settings, files, steps."""
    return [
        *_base(before, after),
        *_user(before, after),
        *_health(before, after),
        *_start(before, after),
        *_words("EXPOSE", before, after),
        *_variables(before, after),
        *_settings(before, after),
        *_files(before, after),
        *_steps(before, after),
    ]


def _base(before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    if before.base != after.base:
        yield Loss(
            f"it is built on {after.base or 'nothing'} and not on {before.base or 'nothing'}"
        )


def _user(before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    own, other = _last(before, "USER"), _last(after, "USER")
    if own is None or own.value == (other.value if other else ""):
        return
    name = _user_name(before, own)
    if other is not None and _user_name(after, other) not in _ROOT:
        yield Loss(f"{_told(own)}: the user is {_user_name(after, other)}")
    elif name not in _ROOT:
        yield Loss(f"{_told(own)} is missing: it runs as root", f"USER {name}")


def _user_name(file: Dockerfile, item: Instruction) -> str:
    return expanded(item.value, file.environment).partition(":")[0].strip()


def _health(before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    own, other = _last(before, "HEALTHCHECK"), _last(after, "HEALTHCHECK")
    if own is None or own.value.upper() == "NONE":
        return
    if other is None:
        yield Loss(f"{_told(own)} is missing", "HEALTHCHECK")
    elif own.value.split() != other.value.split():
        yield Loss(f"{_told(own)} is another one: {_short(other.value)}")


def _start(before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    if before.process != after.process:
        now = shlex.join(after.process) or "nothing"
        yield Loss(f"it starts {_short(now)} and not {_short(shlex.join(before.process))}")
    if before.workdir != after.workdir:
        yield Loss(f"it starts in {after.workdir} and not in {before.workdir}")


def _words(keyword: str, before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    """Words of an instruction that is a list, such as ports."""
    kept = {word for _, word in _each(after, keyword)}
    for item, word in _each(before, keyword):
        if word not in kept:
            yield Loss(f"{keyword} {word} (line {item.first + 1}) is missing")


def _each(file: Dockerfile, keyword: str) -> Iterator[tuple[Instruction, str]]:
    for item in file.final:
        if item.keyword == keyword:
            for word in item.value.split():
                yield item, expanded(word, file.environment).removesuffix("/tcp")


def _variables(before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    for keyword, own, others in (
        ("ENV", before.final, after.final),
        ("LABEL", before.final, after.final),
        ("ARG", before.instructions, after.instructions),
    ):
        kept = _named(keyword, others)
        for name, (value, item) in _named(keyword, own).items():
            if name not in kept:
                yield Loss(f"{keyword} {name} (line {item.first + 1}) is missing")
            elif kept[name][0] != value:
                yield Loss(f"{keyword} {name} (line {item.first + 1}) has another value")


def _named(keyword: str, items: tuple[Instruction, ...]) -> dict[str, tuple[str, Instruction]]:
    """Name → value as it is written last, and where."""
    found: dict[str, tuple[str, Instruction]] = {}
    for item in items:
        if item.keyword != keyword:
            continue
        try:
            words = shell_split(item.value)
        except ForeignError:
            words = item.value.split()
        if keyword == "ENV" and words and "=" not in words[0]:
            name, value = (*item.value.split(maxsplit=1), "")[:2]
            found[name] = (value, item)
            continue
        for word in words:
            name, _, value = word.partition("=")
            found[name] = (value, item)
    return found


def _settings(before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    kept = {(item.keyword, *item.value.split()) for item in after.final}
    for item in before.final:
        if item.keyword in _SETTINGS and (item.keyword, *item.value.split()) not in kept:
            yield Loss(f"{_told(item)} is missing")


def _files(before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    """What is copied from the context or another image, and neither is nor is mounted any more."""
    kept = {word for item in _needed(after) for word in _copied(after, item)}
    kept |= {_mounted(mount) for mount in _new_mounts(before, after)}
    for item in _needed(before):
        for word in _copied(before, item):
            if word not in kept and not _within(word, kept):
                yield Loss(f"{word} is not copied ({item.keyword}, line {item.first + 1})")


def _copied(file: Dockerfile, item: Instruction) -> Iterator[str]:
    """The sources of a COPY or an ADD, those of another stage left out."""
    if item.keyword not in ("COPY", "ADD") or "<<" in item.value:
        return
    origin = re.search(r"--from=(\S+)", item.value)
    if origin and (origin[1].isdigit() or origin[1].lower() in {x.name for x in file.stages}):
        return
    for word in words_of_copy(item.value)[:-1]:
        name = posixpath.normpath(expanded(word, file.environment).lstrip("/") or ".")
        yield f"{origin[1]}:{word}" if origin else name


def _new_mounts(before: Dockerfile, after: Dockerfile) -> list[Mount]:
    """Bind mounts of single paths that only the second has: what it mounts in place of a copy."""
    found = [
        {word for item in _needed(file) if item.keyword == "RUN" for word in item.value.split()}
        for file in (before, after)
    ]
    mounts = [mount for word in found[1] - found[0] if (mount := mount_of(word)) is not None]
    return [x for x in mounts if x.reads is not None and x.reads.sources != (".",)]


def _mounted(mount: Mount) -> str:
    """What a mount shows, as `_copied` names it."""
    source = mount.reads.sources[0] if mount.reads else ""
    return f"{mount.origin}:{source}" if mount.origin else posixpath.normpath(source.lstrip("/"))


def _within(word: str, kept: set[str]) -> bool:
    """Whether a directory that is copied holds it."""
    return "." in kept or any(word.startswith(f"{name}/") for name in kept)


def _steps(before: Dockerfile, after: Dockerfile) -> Iterator[Loss]:
    """Commands of RUN that are not run any more; one with further options or operands is there, and
    nothing has to remove what is mounted now."""
    left = [words for _, _, words in _commands(after)]
    mounted = {mount.target for mount in _new_mounts(before, after)}
    changed = []
    for line, text, words in _commands(before):
        if words in left:
            left.remove(words)
        else:
            changed.append((line, text, words))
    for line, text, words in changed:
        same = next((item for item in left if not words - item), None)
        if same is not None:
            left.remove(same)
        elif not words["rm"] or not all(_is_mounted(x, mounted) for x in words if x != "rm"):
            yield Loss(f"{_short(text)} (RUN, line {line}) is not run")


def _is_mounted(word: str, mounted: set[str]) -> bool:
    """Whether a path, or one relative to any directory, is that of a mount."""
    path = posixpath.normpath(word.rstrip("/*") or "/")
    return any(path == place or place.endswith(f"/{path}") for place in mounted)


def _commands(file: Dockerfile) -> Iterator[tuple[int, str, Counter[str]]]:
    """Line, text, and program with operands of each command in the stages that are needed; a RUN
    that is not understood is one command."""
    document = spans.Document(file.text, file.target)
    needed = file.needed
    for run in document.runs():
        if run.stage not in needed:
            continue
        script, line = script_of(document, run), document.line_of(run.start)
        if script is None or script.broken:
            words = document.value(run).split()
            yield line, " ".join(words), Counter(words)
            continue
        for command in script.commands:
            yield line, " ".join(command.words), Counter(_program_and_operands(command))


def _program_and_operands(command: Command) -> list[str]:
    """pip by one name, however it is started: `python3 -m pip`, `pip3`; `npm ci` is an install."""
    if re.fullmatch(r"python[\d.]*", command.program) and command.plain[1:3] == ("-m", "pip"):
        return list(command.operands)
    program = "pip" if re.fullmatch(r"pip[\d.]*", command.program) else command.program
    operands = list(command.operands)
    if program == "npm":
        operands = ["install" if word in ("ci", "i") else word for word in operands]
        operands = ["install of a manifest"] if operands == ["install"] else operands
    return [program, *operands]


def _needed(file: Dockerfile) -> Iterator[Instruction]:
    needed, stage = file.needed, -1
    for item in file.instructions:
        stage += item.keyword == "FROM"
        if stage in needed:
            yield item


def _last(file: Dockerfile, keyword: str) -> Instruction | None:
    return next((item for item in reversed(file.final) if item.keyword == keyword), None)


def _told(item: Instruction) -> str:
    return f"{item.keyword} {_short(item.value)} (line {item.first + 1})"


def _short(text: str) -> str:
    return shortened(" ".join(text.split()), _LONGEST)
