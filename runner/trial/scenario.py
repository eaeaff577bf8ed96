"""What a timed build starts from: each scenario makes its starting state and proves it.

A trial runs its scenarios one after the other as a chain, each on the cache that the one before it
left. A further scenario is one more class here and one more entry in the chain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from runner.model.engine import BuildRequest, BuildStep

_INSTRUCTION = re.compile(r"^\[(?:\S+ )? *\d+/\d+\] (?!FROM\b|WORKDIR\b)", re.IGNORECASE)
"""How both builders call an instruction: `[2/5] RUN …`, `[build 3/9] COPY …`. What a builder does
besides (reading the context, `copy /context /`, exporting) has no such number. WORKDIR is left out:
it makes an empty folder, and BuildKit takes that from its cache even when told to use none."""


class Scenario(Protocol):
    """One timed build of a chain."""

    @property
    def name(self) -> str:
        """Its name in records and tables."""

    def request(self, request: BuildRequest) -> BuildRequest:
        """The build of this scenario, from the one that all scenarios of the chain share."""

    def violation(self, steps: Sequence[BuildStep]) -> str | None:
        """What shows that the build did not start from the state it should; None if it did."""


@dataclass(frozen=True)
class Cold:
    """No layer cache and no cache mounts."""

    name: str = "cold"

    def request(self, request: BuildRequest) -> BuildRequest:
        """Without the cache; what the build writes into it serves the scenarios that follow."""
        return replace(request, no_cache=True)

    def violation(self, steps: Sequence[BuildStep]) -> str | None:
        """Every instruction that does work must have run; FROM's flag says nothing about it."""
        cached = [step.name for step in steps if step.cached and is_instruction(step)]
        if not cached:
            return None
        return f"{len(cached)} of the steps came from the cache, first: {cached[0]}"


def is_instruction(step: BuildStep) -> bool:
    """Whether the step executes an instruction other than FROM and WORKDIR."""
    return _INSTRUCTION.match(step.name) is not None


CHAIN: tuple[Scenario, ...] = (Cold(),)
"""The scenarios of a trial, in their order."""
