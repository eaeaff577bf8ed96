"""The alternatives that a comparison lines up: what is built, and what each is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.compare.candidates import Candidate
from runner.compare.offers import Offer, offer_of
from runner.compare.own_dockerfiles import OwnDockerfile
from runner.compare.past_packages import PastPackages
from runner.compare.replaced import held
from runner.compare.turns import turns
from runner.model.record import Record, Status
from runner.sweep.prepare import ReadyVariant


@dataclass
class Lineup:
    """Those of one setup."""

    variants: list[ReadyVariant] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """Improvement → its Dockerfile, with the project's own images in it."""
    sources: dict[str, str] = field(default_factory=dict)
    """Improvement → the Dockerfile that it is one of."""

    def note(self, candidate: Candidate, own: OwnDockerfile) -> None:
        """Remember what an improvement is made of."""
        self.texts[candidate.name] = candidate.text
        self.sources[candidate.name] = own.name

    def in_turn(
        self, own: Sequence[OwnDockerfile], found: Sequence[ReadyVariant]
    ) -> list[ReadyVariant]:
        """Those that were made ready, in the order of their measurement."""
        order = list(turns([item.variant.name for item in found], own, self.sources))
        return [found[index] for index in sorted(range(len(found)), key=order.__getitem__)]

    def texts_with(self, own: Sequence[OwnDockerfile]) -> dict[str, str]:
        """The Dockerfile of each improvement and of each of the project's own."""
        return self.texts | {x.name: x.dockerfile.text for x in own}

    def offers(self, own: Sequence[OwnDockerfile], past: PastPackages | None) -> list[Offer]:
        """Each held against the Dockerfile of the project that it would replace."""
        texts, names = self.texts_with(own), {x.name for x in own}
        changed = past.changed if past is not None else {}
        offers = (
            offer_of(item, texts.get(item.variant.name), item.variant.name in names, changed)
            for item in self.variants
        )
        return [held(offer, own, self.sources) for offer in offers]

    def unmeasured(self, records: Sequence[Record]) -> tuple[str, ...]:
        """What has no record yet, less the edits of a Dockerfile that fails."""
        found = {record.variant_id for record in records}
        failed = {record.name for record in records if record.status is not Status.ok}
        return tuple(
            item.variant.name
            for item in self.variants
            if item.variant_id not in found
            and self.sources.get(item.variant.name, "") not in failed
        )
