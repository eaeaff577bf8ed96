"""Which edit makes a combination of edits fail: each is tried alone then, the likely one first, and
what fails alone is in no combination, before all of them fail alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from runner.compare.alternatives import Alternatives
from runner.compare.candidates import ABOUTS, Candidate, without
from runner.compare.explorer import Origin
from runner.compare.lineup import Lineup
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.model.record import Record, Status
from runner.sweep.prepare import ReadyVariant

_RISKS: Sequence[tuple[str, str]] = (
    ("installer", "npm_ci"),
    ("deps", "production"),
    ("stages", "multi"),
    ("recommends", "none"),
    ("prune", "stripped"),
    ("copies", "mounted"),
    ("order", "deps_first"),
)
"""Edits that may give up what a project needs, the likeliest first."""
_COMMAND = re.compile(r"\bRUN (?:--\S+ )*([^\s&|;]+ [^\s&|;]+)")
"""What a failed step of a build began with: `npm ci`."""
Ready = Callable[[OwnDockerfile, Candidate], ReadyVariant]
"""Makes a candidate ready to be built."""


class Culprits:
    """Looks into combinations that fail while the Dockerfile that they are edits of passes."""

    def __init__(
        self,
        origins: Sequence[Origin],
        lineup: Lineup,
        alternatives: Alternatives,
        ready: Ready,
    ) -> None:
        self.origins = origins
        self.lineup = lineup
        self.alternatives = alternatives
        self.ready = ready
        self.looked_into: set[str] = set()
        """Variant ids of combinations."""

    def doubts(self, item: ReadyVariant) -> bool:
        """Whether it is such a combination, and was not looked into."""
        records = self.alternatives.records
        name = item.variant.name
        record, source = records.get(name), records.get(self.lineup.sources.get(name, ""))
        return (
            item.variant_id not in self.looked_into
            and record is not None
            and record.status in (Status.build_failed, Status.check_failed)
            and source is not None
            and source.status is Status.ok
            and self._found(name) is not None
        )

    def look_into(self, item: ReadyVariant) -> None:
        """Measure its edits alone until one fails, as far as the budget goes, and take that out of
        all combinations that are lined up."""
        self.looked_into.add(item.variant_id)
        found = self._found(item.variant.name)
        if found is None:
            return
        origin, combination = found
        record = self.alternatives.records[item.variant.name]
        for alone in in_doubt(combination, origin.candidates, record):
            fails = self._fails(alone)
            if fails:
                self._take_out(origin, next(iter(alone.levels.items())))
            if fails is not False:
                return

    def _found(self, name: str) -> tuple[Origin, Candidate] | None:
        """The combination of this name; None for what is none."""
        for origin in self.origins:
            for item in origin.candidates:
                if item.name == name and len(item.levels) > 1:
                    return origin, item
        return None

    def _fails(self, alone: Candidate) -> bool | None:
        """None where there is no time to know."""
        records = self.alternatives.records
        if alone.name not in records:
            variant = next((x for x in self.lineup.variants if x.variant.name == alone.name), None)
            if variant is None:
                return False
            if not self.alternatives.also(variant):
                return None
        record = records.get(alone.name)
        return record is not None and record.status is not Status.ok

    def _take_out(self, origin: Origin, level: tuple[str, str]) -> None:
        """Every combination of this origin that has not passed without an edit; one that comes to
        the text of another is left out."""
        factor, name = level
        self.alternatives.process.progress.note(
            f"{origin.own.name}: {factor}={name} ({ABOUTS.get(f'{factor}={name}', name)}) fails"
            " alone: what is combined goes on without it"
        )
        source = origin.candidates[0]
        changed = {
            item.name: without(item, level, source, origin.facts, origin.own.target)
            for item in origin.candidates
            if not self._has_passed(item.name)
        }
        kept = tuple(changed.get(item.name, item) for item in origin.candidates)
        self.origins = [x if x is not origin else x.with_candidates(kept) for x in self.origins]
        self.lineup.variants = list(self._lined_up(origin, changed))

    def _has_passed(self, name: str) -> bool:
        record = self.alternatives.records.get(name)
        return record is not None and record.status is Status.ok

    def _lined_up(self, origin: Origin, changed: Mapping[str, Candidate]) -> Iterator[ReadyVariant]:
        before = {item.name: item for item in origin.candidates}
        known = {_made(x) for x in before.values() if changed.get(x.name, x) == x}
        for item in self.lineup.variants:
            name = item.variant.name
            is_of_it = self.lineup.sources.get(name) == origin.own.name
            candidate = changed.get(name) if is_of_it else None
            if candidate is None or candidate == before[name]:
                yield item
            elif _made(candidate) not in known:
                known.add(_made(candidate))
                self.lineup.note(candidate, origin.own)
                self.alternatives.records.pop(name, None)
                yield self.ready(origin.own, candidate)


def _made(candidate: Candidate) -> tuple[str, str | None]:
    return candidate.text, candidate.dockerignore


def in_doubt(combination: Candidate, known: Sequence[Candidate], failed: Record) -> list[Candidate]:
    """The edits of a combination, each alone, the likeliest cause of its failure first: one that
    alone writes the command which failed and the source does not have, then those that give up
    most; without those that are not made alone."""
    source = known[0]
    alone = {next(iter(x.levels.items())): x for x in known if len(x.levels) == 1}
    step = failed.failure.step if failed.failure is not None else ""
    command = match[1] if (match := _COMMAND.search(step)) else ""

    def order(level: tuple[str, str]) -> tuple[bool, int]:
        writes = bool(command) and command in alone[level].text and command not in source.text
        return not writes, _RISKS.index(level) if level in _RISKS else len(_RISKS)

    found = [level for level in combination.levels.items() if level in alone]
    return [alone[level] for level in sorted(found, key=order)]
