"""cache=mount: caches live in BuildKit cache mounts, which stay between builds and in no layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from runner.dockerfile.document import Document
from runner.dockerfile.edits.around import with_flags, without_words
from runner.dockerfile.edits.installs import Install, InstallRun, install_runs, nothing_to_do
from runner.dockerfile.edits.places import user_at
from runner.dockerfile.edits.purging import empties, touches
from runner.dockerfile.facts import CacheDirectory, Facts
from runner.dockerfile.shell import Command
from runner.dockerfile.spans import NotApplicable, Replacement

KEEP_PACKAGES = "rm -f /etc/apt/apt.conf.d/docker-clean"


def edit(document: Document, facts: Facts) -> list[Replacement] | NotApplicable:
    """A mount for each cache of each RUN that installs; options and removals that would defeat it
    go, and Debian images are told to keep the packages that they fetch."""
    found: list[Replacement] = []
    reasons: list[str] = []
    for item in install_runs(document, facts):
        if item.mounts_cache:
            continue
        line = f"line {document.line_of(item.run.start)}"
        if item.script.heredoc and _empties(item):
            reasons.append(f"{line} removes caches in a here-document, which would empty the mount")
        elif user := user_at(document, item.run):
            reasons.append(f"{line} installs as the user {user}, whose home is not known")
        elif caches := [cache for installer in item.installers for cache in installer.caches]:
            found += _replacements(document, item, caches, facts)
    if found or reasons:
        return found or NotApplicable(reasons[0])
    done = "every RUN that installs has its cache mounts"
    return NotApplicable(nothing_to_do(document, facts, done))


def _replacements(
    document: Document, item: InstallRun, caches: list[CacheDirectory], facts: Facts
) -> Iterator[Replacement]:
    heredoc = item.script.heredoc
    mounts = [_mount(cache, facts) for cache in dict.fromkeys(caches)]
    yield with_flags(document, item.run, mounts)
    if any(installer.name == "apt" for installer in item.installers):
        first = _first_line(document, item) if heredoc else item.script.chain[0][0]
        joint = document.newline if heredoc else document.and_then
        yield Replacement(first, first, f"{KEEP_PACKAGES}{joint}")
    for install in item.installs:
        yield from _options(document, install)
    yield from _without_removals(document, item)


def _empties(item: InstallRun) -> bool:
    """Whether a command of it removes what a mount would keep."""
    return any(
        empties(command, installer)
        for command in item.script.commands
        for installer in item.installers
    )


def _first_line(document: Document, item: InstallRun) -> int:
    """Where the commands of a here-document begin: behind a `#!` line."""
    start = item.run.heredocs[0].start
    if document.text.startswith("#!", start):
        return document.text.index("\n", start) + 1
    return start


def _options(document: Document, install: Install) -> Iterator[Replacement]:
    """What defeats the mount removed or replaced, and what fills it said behind the verb."""
    installer, command = install.installer, install.command
    for word, (start, end) in zip(command.words, command.spans, strict=True):
        if word in installer.defeats_mounts and installer.instead:
            yield Replacement(start, end, installer.instead)
        elif word in installer.defeats_mounts:
            yield without_words(document, start, end)
    verb = installer.verb_at(command)
    option = installer.fills_mount
    if option and verb is not None and option not in command.plain:
        at = command.spans[verb][1]
        yield Replacement(at, at, f" {option}")


def _without_removals(document: Document, item: InstallRun) -> Iterator[Replacement]:
    """The links of a chain that only empty what is mounted now; of an `rm` of more, those words."""
    chain = item.script.chain
    for (_, stop), (start, end) in pairwise(chain):
        inside = [x for x in item.script.commands if start <= x.start and x.end <= end]
        if inside and all(
            any(empties(command, installer) for installer in item.installers) for command in inside
        ):
            words = _of_caches(item, inside[0])
            if inside[0].program == "find" and len(words) < _paths(inside[0]):
                continue
            only = len(inside) == 1 and inside[0].program == "rm"
            if only and 0 < len(words) < len(inside[0].operands):
                yield from (without_words(document, *x) for x in _joined(document, words))
            else:
                yield Replacement(stop, end, "")


def _paths(command: Command) -> int:
    """How many places a `find` looks through."""
    operands = command.plain[1:]
    first = next((i for i, x in enumerate(operands) if x.startswith(("-", "(", "!"))), None)
    return len(operands[:first])


def _joined(document: Document, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Words with nothing but blanks between them as one span."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and not document.text[found[-1][1] : start].strip(" \t"):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _of_caches(item: InstallRun, command: Command) -> list[tuple[int, int]]:
    """What an `rm`, or a `find`, is told of what is mounted now."""
    paths = [cache.path for installer in item.installers for cache in installer.caches]
    return [
        span
        for word, span in zip(command.plain, command.spans, strict=True)
        if command.program in ("rm", "find") and any(touches(word, path) for path in paths)
    ]


def _mount(cache: CacheDirectory, facts: Facts) -> str:
    target = cache.path.replace("~", "/root", 1)
    own = f",id=dockbench-{target.strip('/').replace('/', '-')}" if facts.mount_ids else ""
    sharing = ",sharing=locked" if cache.locked else ""
    return f"--mount=type=cache{own},target={target}{sharing}"
