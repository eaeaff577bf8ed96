"""Tries combinations of the edits of one source, once the usual alternatives are measured: every
one in turn (`--grid`), or those that a sampler asks for (`--search`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from runner.compare.alternatives import Alternatives
from runner.compare.candidates import Candidate, combined
from runner.compare.exploring import Space, combinations, grid, saved_alone, space_of
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.search import Objectives, Search, objectives
from runner.dockerfile.document import Document
from runner.dockerfile.facts import Facts
from runner.model.record import Status

IDLE = 40
"""After so many combinations in a row that come to a text that is known, a search has ended."""


@dataclass(frozen=True)
class Origin:
    """A source Dockerfile, and the alternatives that were made of it."""

    own: OwnDockerfile
    facts: Facts
    candidates: tuple[Candidate, ...]
    """The source first."""
    dockerignore: str = ""
    """A better .dockerignore, which every combination brings; empty for none."""

    def with_candidates(self, candidates: tuple[Candidate, ...]) -> Origin:
        """The same with other alternatives."""
        return replace(self, candidates=candidates)


class Explorer:
    """Combinations of one source."""

    def __init__(
        self,
        origin: Origin,
        alternatives: Alternatives,
        attempt: Callable[[Origin, Candidate], bool],
    ) -> None:
        """`attempt` measures a candidate; whether the budget goes on."""
        self.origin = origin
        self.alternatives = alternatives
        self.attempt = attempt
        self.document = Document(origin.own.dockerfile.text, origin.own.target)
        self.known = {item.text for item in origin.candidates}
        self.tried = 0

    @property
    def space(self) -> Space:
        """The edits that are combined."""
        records = self.alternatives.records
        failed = [name for name, record in records.items() if record.status is not Status.ok]
        return space_of(self.origin.candidates, failed)

    def grid(self) -> None:
        """Every combination, as far as the budget goes."""
        sizes = {
            name: record.sizes.unpacked_bytes
            for name, record in self.alternatives.records.items()
            if record.status is Status.ok and record.sizes is not None
        }
        space = self.space
        for levels in grid(space, saved_alone(self.origin.candidates, sizes)):
            if self.alternatives.budget.left_s <= 0:
                break
            candidate = self.candidate(levels)
            if candidate.text in self.known:
                continue
            self.known.add(candidate.text)
            if not self.attempt(self.origin, candidate):
                break
            self.tried += 1
        else:
            self.tell(f"all {combinations(space)} combinations are measured or come to one that is")
            return
        self.tell(
            f"{self.tried} further combinations of at most {combinations(space)} were tried, the"
            " most promising first; the same command goes on with them"
        )

    def search(self, seed: int) -> None:
        """What the sampler asks for, as far as the budget goes."""
        study = Search(self.space, seed)
        results = {item.text: self.result(item) for item in self.origin.candidates}
        for item in self.origin.candidates:
            if (values := results[item.text]) is not None:
                study.know(item.levels, values)
        idle = 0
        while idle < IDLE and self.alternatives.budget.left_s > 0:
            trial, levels = study.ask()
            candidate = self.candidate(levels)
            if candidate.text in results:
                idle += 1
            elif self.attempt(self.origin, candidate):
                idle, self.tried = 0, self.tried + 1
                results[candidate.text] = self.result(candidate)
            else:
                break
            study.tell(trial, results[candidate.text])
        self.tell(f"the search tried {self.tried} further combinations (seed {seed})")

    def candidate(self, levels: dict[str, str]) -> Candidate:
        """The source with these edits, and with the better .dockerignore where there is one."""
        origin = self.origin
        found = combined(origin.candidates[0], self.document, levels, origin.facts)
        return found.with_ignored(origin.dockerignore) if origin.dockerignore else found

    def result(self, candidate: Candidate) -> Objectives | None:
        """What its record says; None where it failed or has none."""
        record = self.alternatives.records.get(candidate.name)
        if record is None or record.status is not Status.ok or record.sizes is None:
            return None
        return objectives(record)

    def tell(self, text: str) -> None:
        """A line for the user."""
        self.alternatives.process.progress.note(f"{self.origin.own.name}: {text}")
