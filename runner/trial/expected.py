"""Which steps of a build must come from the cache, and which must run, when files have changed.

What is asserted is what caching means: a step runs again if it reads a changed file of the context,
or if the step before it in its stage did. What copies from another stage that ran may go either
way: builders compare the content.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from runner.detect.dockerfile import Dockerfile
from runner.dockerfile.document import Document, Instruction
from runner.dockerfile.edits.places import workdir_at
from runner.dockerfile.reads import Reads, reads_of
from runner.model import labels
from runner.model.engine import BuildStep
from runner.trial.step_reads import covers, stage_named

_WORK = ("RUN", "COPY", "ADD")
"""What is judged. FROM's flag means nothing, and WORKDIR makes an empty directory, which BuildKit
takes from its cache even when told to use none."""

_COUNTED = (*_WORK, "WORKDIR")
"""What BuildKit gives a number within its stage, next to a FROM that names an image."""

_STEP = re.compile(r"^\[(?:[a-z0-9]+/[a-z0-9/]+ )?(?:(\S+) )? *(\d+)/(\d+)\] ")
_OUR_LABELS = re.compile(rf"^\[\d+/\d+\] LABEL .*{re.escape(labels.OWNER)}")
"""What the classic builder puts at the end of the file for the labels of a request."""


class Fate(Enum):
    """What becomes of a step."""

    cached = "cached"
    runs = "runs"
    either = "either"


@dataclass(frozen=True)
class Expected:
    """One instruction that does work, how the builders number it, and its fate."""

    text: str
    """Its first line, for a message."""
    stage: str
    """As BuildKit calls it; empty in a Dockerfile of one stage, which it calls now so, now so."""
    index: int
    """Within its stage, from 1."""
    steps: int
    """How many its stage has."""
    position: int
    """Among all instructions of the file, from 1: how the classic builder counts."""
    instructions: int
    """How many the file has."""
    fate: Fate

    def key(self, *, classic: bool) -> tuple[str, int, int]:
        """How a builder numbers it: stage, index and number of steps."""
        if classic:
            return ("", self.position, self.instructions)
        return (self.stage, self.index, self.steps)


def expected_steps(document: Document, touched: Collection[str]) -> list[Expected]:
    """Every RUN, COPY and ADD of the stages that the last one needs, with its fate after the files
    `touched` (paths in the context) have changed. Raises `DockerfileError`."""
    fates: dict[int, Fate] = {}
    ends: list[Fate] = []
    names = [stage.name for stage in document.stages]
    for stage in document.stages:
        below = stage_named(stage.reference, names[: stage.index])
        fate = ends[below] if below is not None else Fate.cached
        for item in document.in_stage(stage.index):
            if item.keyword in _WORK:
                fate = max((fate, _own_fate(document, item, touched, ends)), key=_RANK.index)
                fates[item.start] = fate
        ends.append(fate)
    needed = Dockerfile(document.text, document.target).needed
    return [
        _numbered(document, item, fates[item.start])
        for item in document.instructions
        if item.start in fates and item.stage in needed
    ]


_RANK = (Fate.cached, Fate.either, Fate.runs)


def violation(
    expected: Sequence[Expected], steps: Sequence[BuildStep], *, classic: bool
) -> str | None:
    """What shows that the build did not start from the state it should; None if it did.

    `classic`: steps are numbered over the whole file. A stage whose steps the builder numbers
    otherwise than its Dockerfile says (its base brings instructions of its own) is not judged.
    """
    found = {key: step for step in steps if (key := _key(step))}
    if classic:
        ours = sum(bool(_OUR_LABELS.search(step.name)) for step in steps)
        found = {(stage, index, of - ours): step for (stage, index, of), step in found.items()}
    if not classic and not any(item.stage for item in expected):
        found = {("", index, of): step for (_, index, of), step in found.items()}
    stages = {stage for stage, _, _ in found}
    counts = {(stage, number) for stage, _, number in found}
    for item in expected:
        stage, index, number = item.key(classic=classic)
        step = found.get((stage, index, number))
        if step is None:
            known_otherwise = stage in stages and (stage, number) not in counts
            spared = not classic and _spared(item, expected, found)
            if item.fate is Fate.runs and not known_otherwise and not spared:
                return f"{item.text} should have run, and the builder did not report it"
        elif item.fate is Fate.cached and not step.cached:
            return f"{step.name} ran, and should have come from the cache"
        elif item.fate is Fate.runs and step.cached:
            return f"{step.name} came from the cache, and should have run"
    return None


def _spared(
    item: Expected, expected: Sequence[Expected], found: Mapping[tuple[str, int, int], BuildStep]
) -> bool:
    """Whether BuildKit had no need of the end of a build stage: it compares the content of what is
    copied, and takes all of the last stage from its cache where that is the same as before."""
    last = expected[-1].stage
    if item.stage in ("", last):
        return False
    goes_on = any(stage == item.stage and index >= item.index for stage, index, _ in found)
    ends = [found.get(one.key(classic=False)) for one in expected if one.stage == last]
    return not goes_on and all(step is not None and step.cached for step in ends)


def violation_of_all(fate: Fate, steps: Sequence[BuildStep]) -> str | None:
    """The same where every instruction that does work has this one fate.

    What copies from another stage may come from the cache of this very build: BuildKit compares the
    content, and has it where a step that ran has copied the same files.
    """
    ran = [_copied(step) for step in steps if not step.cached]
    wrong = [
        step.name
        for step in steps
        if is_instruction(step)
        and step.cached is not (fate is Fate.cached)
        and not (step.cached and "--from=" in step.name and _copied(step) in filter(None, ran))
    ]
    if not wrong:
        return None
    how = "ran, and should have come" if fate is Fate.cached else "came"
    return f"{len(wrong)} of the steps {how} from the cache, first: {wrong[0]}"


def _copied(step: BuildStep) -> tuple[str, ...]:
    """The names of what a COPY copies; none for any other step."""
    match = _STEP.match(step.name)
    keyword, *words = step.name[match.end() :].split() if match else [""]
    if keyword.upper() != "COPY":
        return ()
    return tuple(PurePosixPath(word).name for word in words[:-1] if not word.startswith("--"))


def is_instruction(step: BuildStep) -> bool:
    """Whether the step executes a RUN, COPY or ADD (of a file: what lies on a network may change
    at any time). What a builder does besides (reading the context, exporting) has no number."""
    match = _STEP.match(step.name)
    words = step.name[match.end() :].split() if match else []
    return bool(words) and words[0].upper() in _WORK and "://" not in step.name


def _key(step: BuildStep) -> tuple[str, int, int] | None:
    """Stage, index and number of steps."""
    match = _STEP.match(step.name)
    return (match[1] or "", int(match[2]), int(match[3])) if match else None


def _numbered(document: Document, item: Instruction, fate: Fate) -> Expected:
    stage = document.stages[item.stage]
    names = [other.name for other in document.stages]
    on_image = stage.reference.lower() != "scratch"
    on_stage = stage_named(stage.reference, names[: stage.index]) is not None
    first = 1 if on_image and not on_stage else 0
    counted = [one for one in document.in_stage(stage.index) if one.keyword in _COUNTED]
    numbered = [one.start for one in counted if not _makes_nothing(document, one)]
    starts = [one.start for one in document.instructions]
    return Expected(
        text=document.text[item.start : item.end].splitlines()[0][:80],
        stage="" if len(names) == 1 else stage.name or f"stage-{stage.index}",
        index=first + 1 + numbered.index(item.start),
        steps=first + len(counted),
        position=1 + starts.index(item.start),
        instructions=len(starts),
        fate=fate,
    )


def _makes_nothing(document: Document, item: Instruction) -> bool:
    """Whether BuildKit gives an instruction no number of its own, though it counts it: the root
    directory is there already."""
    if item.keyword != "WORKDIR":
        return False
    path = posixpath.join(workdir_at(document, item), document.value(item).strip("\"'"))
    return posixpath.normpath(path) == "/"


def _own_fate(
    document: Document, item: Instruction, touched: Collection[str], ends: Sequence[Fate]
) -> Fate:
    """The fate that what it reads would give it alone."""
    fates = [_fate_of(reads, document, touched, ends) for reads in reads_of(document, item)]
    return max(fates, key=_RANK.index, default=Fate.cached)


def _fate_of(
    reads: Reads, document: Document, touched: Collection[str], ends: Sequence[Fate]
) -> Fate:
    if reads.origin:
        names = [stage.name for stage in document.stages]
        index = stage_named(reads.origin, names)
        is_certain = index is None or (index < len(ends) and ends[index] is Fate.cached)
        return Fate.cached if is_certain else Fate.either
    if any(covers(source, path) for source in reads.sources for path in touched):
        return Fate.runs
    uncertain = any("$" in source or "://" in source for source in reads.sources)
    return Fate.either if uncertain else Fate.cached
