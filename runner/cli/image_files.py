"""What the files of the measured images say of one beside another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from runner.analysis.missing_files import Missing, missing, programs_in
from runner.compare.past_packages import FilesOf
from runner.ecosystems.source_programs import programs_of_sources
from runner.image.live_files import LiveFiles
from runner.model.record import Record, Sizes

Trials = Mapping[str, Sequence[Record]]
"""Id of a variant → its records."""


class ImageFiles:
    """The live files of each variant's image."""

    def __init__(self, trials: Trials, files_of: FilesOf, texts: Mapping[str, str]) -> None:
        self._trials = trials
        self._files_of = files_of
        self._started = programs_of_sources(texts)
        self._programs: dict[str, set[str] | None] = {}

    def missing(
        self, before: str, after: str, environment: Mapping[str, str], named: Collection[str]
    ) -> Missing:
        """What of one variant's image another's does not hold; nothing where that is not known.
        `environment` is that of the first, `named` the programs that are spoken of."""
        sizes = self._sizes(before)
        old, new = self._live(before), self._live(after)
        if sizes is None or old is None or new is None:
            return Missing()
        own_from = sum(layer.is_base for layer in sizes.layers)
        return missing(old, own_from, new, environment, named)

    def lost_programs(self, before: str, after: str) -> Iterator[str]:
        """The programs that the project's sources start, of which only the first image has one."""
        if not self._started or before == after:
            return
        old, new = self._programs_of(before), self._programs_of(after)
        if old is None or new is None:
            return
        lost = old - new
        for name, path in self._started.items():
            if name in lost:
                yield f"{name}, which {path} starts"

    def _programs_of(self, variant_id: str) -> set[str] | None:
        """The programs of an image, which is held against many others and read once."""
        if variant_id not in self._programs:
            files = self._live(variant_id)
            self._programs[variant_id] = None if files is None else programs_in(files)
        return self._programs[variant_id]

    def _sizes(self, variant_id: str) -> Sizes | None:
        return next((x.sizes for x in self._trials.get(variant_id, ()) if x.sizes), None)

    def _live(self, variant_id: str) -> LiveFiles | None:
        sizes = self._sizes(variant_id)
        return self._files_of([x.diff_id for x in sizes.layers]) if sizes is not None else None
