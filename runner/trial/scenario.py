"""What a timed build starts from: each scenario makes its starting state and proves it.

A trial runs its scenarios one after the other as a chain, each on the cache that the one before it
left: a build without the cache writes it all the same, so that the chain needs no prune and leaves
the cache of others alone. A further scenario is one more function here and one more entry in the
chain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.dockerfile.document import DockerfileError, Document
from runner.model.engine import BuildStep
from runner.model.levels import Levels
from runner.model.project import Project
from runner.recipe.packing import PackedContext
from runner.trial import edits
from runner.trial.cache_mounts import has_cache_mounts, with_nonce
from runner.trial.edits import Edit, NoEdit
from runner.trial.expected import Expected, Fate, expected_steps, violation, violation_of_all


@dataclass(frozen=True)
class Start:
    """What a scenario begins with: what the build before it sent, and what the project is."""

    context: PackedContext
    dockerfile: str
    """Text of the Dockerfile, which is one of the context's own files."""
    project: Project
    levels: Levels
    root: str
    """The context's root, relative to the repository's."""
    nonce: str
    """A text that no build before has seen."""


@dataclass(frozen=True)
class Prepared:
    """One build of a chain: what is sent, and what must come of its steps."""

    context: PackedContext
    expected: Fate | tuple[Expected, ...]
    """The fate of every step that does work, or of each."""
    no_cache: bool = False
    edited: str = ""
    """What was done to which file."""

    def violation(self, steps: Sequence[BuildStep], *, classic: bool) -> str | None:
        """What shows that the build did not start from the state it should; None if it did."""
        if isinstance(self.expected, Fate):
            return violation_of_all(self.expected, steps)
        return violation(self.expected, steps, classic=classic)


@dataclass(frozen=True)
class LeftOut:
    """The scenario does not apply to this variant; the text says why."""

    reason: str
    is_told: bool = True
    """Whether a reader has to know it; not so of what is not expected of such a variant."""


@dataclass(frozen=True)
class Scenario:
    """One timed build of a chain."""

    name: str
    """Its name in records and tables."""
    prepare: Callable[[Start], Prepared | LeftOut]
    """The build of this scenario, which says which of its steps it expects to be cached."""
    stays: bool = False
    """Whether the builds that follow send what this one sent."""
    is_deployed: bool = False
    """Whether its image is the next version of the one before, so that it is worth knowing what of
    it a registry does not have yet."""


def _cold(start: Start) -> Prepared:
    """No layer cache and no cache mounts; what the build writes into the cache serves the scenarios
    that follow."""
    return Prepared(start.context, Fate.runs, no_cache=True)


def _noop(start: Start) -> Prepared:
    """Nothing has changed: every step comes from the cache."""
    return Prepared(start.context, Fate.cached)


def _source_edit(start: Start) -> Prepared | LeftOut:
    """A line of a source file has changed: what reads it runs again, and what follows it."""
    files = start.context.files
    try:
        document = Document(start.dockerfile)
    except DockerfileError as error:
        return LeftOut(f"its Dockerfile cannot be read: {error}")

    def is_read(path: str) -> bool:
        return any(step.fate is not Fate.cached for step in expected_steps(document, (path,)))

    return _edited(start, edits.source_edit(start.project, start.root, files, is_read))


def _deps_edit(start: Start) -> Prepared | LeftOut:
    """A dependency was added: what reads the list of them runs again, and what follows it."""
    context = start.context
    found = edits.deps_edit(start.project, start.levels, start.root, context.files, context.content)
    return _edited(start, found)


def _mounts_warm(start: Start) -> Prepared | LeftOut:
    """No layer cache, but cache mounts as the build before left them.

    A fresh file at the beginning of each stage makes every step miss the cache: a build without the
    cache would empty the mounts as well.
    """
    document = Document(start.dockerfile)
    try:
        if not has_cache_mounts(document):
            return LeftOut("no RUN of its Dockerfile has a cache mount", is_told=False)
        dockerfile, own = with_nonce(document, start.nonce)
    except DockerfileError as error:
        return LeftOut(f"its Dockerfile cannot be read: {error}")
    context = start.context.edited({}, {start.context.dockerfile: dockerfile, **own})
    return Prepared(context, Fate.runs)


CHAIN = (
    Scenario("cold", _cold),
    Scenario("noop", _noop, is_deployed=True),
    Scenario("source_edit", _source_edit, stays=True, is_deployed=True),
    Scenario("deps_edit", _deps_edit, stays=True, is_deployed=True),
    Scenario("mounts_warm", _mounts_warm),
)
"""The scenarios that there are, in the order in which a trial runs them."""

COLD_ONLY = CHAIN[:1]


def from_cold(chain: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """The chain with a cold build at its beginning: all others stand on what that leaves."""
    first = COLD_ONLY[0]
    return (first, *(scenario for scenario in chain if scenario.name != first.name))


def _edited(start: Start, edit: Edit | NoEdit) -> Prepared | LeftOut:
    if isinstance(edit, NoEdit):
        return LeftOut(edit.reason)
    content = start.context.content(edit.path)
    if len(content) > edits.LARGEST_BYTES:
        return LeftOut(f"{edit.path} is larger than {edits.LARGEST_BYTES} bytes: name another file")
    changed = edit.change(content, start.nonce)
    try:
        expected = expected_steps(Document(start.dockerfile), (edit.path,))
    except DockerfileError as error:
        return LeftOut(f"its Dockerfile cannot be read: {error}")
    if not any(step.fate is not Fate.cached for step in expected):
        return LeftOut(f"no step of its Dockerfile reads {edit.path}")
    context = start.context.edited({edit.path: changed}, {})
    return Prepared(context, tuple(expected), edited=f"{edit.path}: {edit.what}")
