"""From what a comparison measured to what is said about it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from statistics import median, median_low

from runner.analysis.causes import hints_of, likely_cause
from runner.analysis.causes_of_reach import NEEDS_SERVICE
from runner.analysis.findings import find
from runner.analysis.missing_files import Missing
from runner.analysis.recommend import Alternative, recommend
from runner.cli.image_files import ImageFiles, Trials
from runner.compare.candidates import ABOUTS
from runner.compare.named_programs import named_programs
from runner.compare.offers import Compared, Offer
from runner.compare.past_packages import FilesOf
from runner.detect.dockerfile import Dockerfile
from runner.detect.instructions import instructions
from runner.dockerfile.steps_as_written import as_written
from runner.model.errors import ProjectError
from runner.model.record import Record, Status
from runner.report.footnotes import failures
from runner.report.missing import owner_lines
from runner.report.recommendation import Verdict
from runner.trial.healthcheck import PASSED

_STEP = re.compile(r"\[(?:([\w.-]+) )?(\d+)/\d+\]")
"""A step of a build, with its stage: `[build 4/5] RUN make`."""

ENOUGH = 2
"""Alternatives that passed, from which on one is recommended while others are not measured."""


def enough(compared: Compared) -> bool:
    """Whether a choice can be made: all is measured, or there is something to choose from."""
    passed = {record.variant_id for record in compared.records if record.status is Status.ok}
    return not compared.unmeasured or len(passed) >= ENOUGH


def verdict(compared: Compared, files_of: FilesOf = lambda _: None) -> Verdict:
    """The recommendation among what passed, with all that its reader needs."""
    trials: dict[str, list[Record]] = {}
    for record in compared.records:
        trials.setdefault(record.variant_id, []).append(record)
    files = ImageFiles(trials, files_of, compared.understood.listing.texts)
    offered = [
        alternative
        for offer in compared.offers
        if (alternative := _alternative(offer, trials, compared, files))
    ]
    found = recommend(offered)
    chosen = next(offer for offer in compared.offers if offer.name == found.chosen.name)
    lacking = _missing(compared, chosen, files)
    return Verdict(
        project=compared.understood.project.name,
        recommendation=found,
        abouts={offer.name: offer.about for offer in compared.offers},
        failures=failures(find(compared.records).steps),
        evidence=compared.understood.evidence,
        own=tuple(offer.name for offer in compared.offers if offer.own and not offer.mends),
        mended=tuple(offer.name for offer in compared.offers if offer.own and offer.mends),
        context=chosen.context,
        files=tuple(chosen.adopted(())),
        replaces=chosen.replaces,
        replaces_ignore=chosen.replaces_ignore,
        plain=next((offer.name for offer in compared.offers if offer.plain), ""),
        taken=tuple(
            name
            for name in chosen.files
            if posixpath.normpath(posixpath.join(chosen.context, name))
            in compared.understood.listing.paths
        ),
        places={offer.name: offer.folder for offer in compared.offers},
        before=next((x for x in offered if x.name == chosen.beside), None),
        changes=_changes(chosen, trials[chosen.variant_id][0]),
        losses=(*(loss.text for loss in chosen.losses), *owner_lines(lacking)),
        missing=lacking,
        unmeasured=compared.unmeasured,
        postponed=compared.postponed,
        packages=(compared.past.line,) if compared.past is not None else (),
        secrets=_secrets(trials[chosen.variant_id][0]),
    )


def _missing(compared: Compared, chosen: Offer, files: ImageFiles) -> Missing:
    """What of the image of the Dockerfile that it is held against the chosen one does not hold."""
    beside = _beside(compared, chosen)
    if beside is None or beside.plain:
        return Missing()
    environment = Dockerfile(beside.files["Dockerfile"]).environment
    named = named_programs(compared.understood.listing.texts)
    return files.missing(beside.variant_id, chosen.variant_id, environment, named)


def _beside(compared: Compared, offer: Offer) -> Offer | None:
    """The Dockerfile that an offer is held against."""
    return next((x for x in compared.offers if x.name == offer.beside), None)


def _changes(offer: Offer, record: Record) -> tuple[str, ...]:
    """What an alternative changes, a line for each level."""
    if offer.own or offer.plain:
        return offer.mends
    if not offer.improvement:
        given = ", ".join(f"{factor}={level}" for factor, level in record.levels.items())
        return (f"a Dockerfile made by dockbench ({offer.about}): {given}",)
    levels = [f"{factor}={level}" for factor, level in offer.changed.items()]
    changes = (f"{level}: {ABOUTS.get(level, offer.about)}" for level in levels)
    return (*offer.mends, *changes)


def _secrets(record: Record) -> tuple[str, ...]:
    return record.sizes.secrets if record.sizes is not None else ()


def _gives_up(offer: Offer, trials: Trials, compared: Compared, files: ImageFiles) -> Iterator[str]:
    """What the Dockerfile that an offer is held against has, and the offer lacks."""
    yield from (loss.what for loss in offer.losses if loss.what)
    beside = _beside(compared, offer)
    own = _healthcheck(trials.get(beside.variant_id, ())) if beside else ""
    failure = _healthcheck(trials.get(offer.variant_id, ()))
    if own == PASSED and failure not in ("", PASSED):
        yield f"HEALTHCHECK, which fails in it ({failure})"
    if beside is not None:
        yield from files.lost_programs(beside.variant_id, offer.variant_id)


def _healthcheck(records: Sequence[Record]) -> str:
    """What the first check found of it."""
    return next((x.check.healthcheck for x in records if x.check is not None), "")


def _alternative(
    offer: Offer, trials: Trials, compared: Compared, files: ImageFiles
) -> Alternative | None:
    """An offer of which every trial passed, as numbers; None for any other. Times are medians."""
    records = trials.get(offer.variant_id, ())
    if not records or any(x.status is not Status.ok or x.sizes is None for x in records):
        return None
    keywords = [x.keyword for x in instructions(offer.files["Dockerfile"])]
    sizes = [x.sizes for x in records if x.sizes is not None]
    edits = [x for record in records for x in record.scenarios if x.name == "source_edit"]
    sent = [x.repush_bytes for x in edits if x.repush_bytes is not None]
    return Alternative(
        name=offer.name,
        unpacked_bytes=median_low(x.unpacked_bytes for x in sizes),
        compressed_bytes=median_low(x.compressed_bytes for x in sizes),
        cold_s=_median(x.duration_s for r in records for x in r.scenarios if x.name == "cold"),
        effort=0 if offer.own or offer.plain else 1 + len(offer.changed),
        shippable=offer.shippable,
        stages=max(1, keywords.count("FROM")),
        instructions=len(keywords),
        changed=frozenset(offer.changed.items()),
        healthy_s=_median(x.check.healthy_s for x in records if x.check is not None),
        edit_s=median(x.duration_s for x in edits) if edits else None,
        repush_bytes=median_low(sent) if sent else None,
        gives_up=tuple(_gives_up(offer, trials, compared, files)),
        rewritten=not (offer.own or offer.plain or offer.improvement)
        and any(other.own for other in compared.offers),
    )


def _next_step(records: Sequence[Record]) -> str:
    """What to do where no cause is known."""
    if _not_healthy(records):
        return (
            "give it what it needs to start (--env KEY=VALUE, --env-file FILE; in dockbench.yaml"
            " check.services, or its arguments in check.command: docs/compare.md)"
        )
    return "correct the project or its dockbench.yaml (docs/compare.md)"


def _not_healthy(records: Sequence[Record]) -> bool:
    """Whether one was built and failed its check."""
    return any(x.status in (Status.check_failed, Status.check_timeout) for x in records)


def _without_services(left_out: Sequence[str], causes: Sequence[str]) -> str:
    """The next step where what the project says runs beside it cannot be had: that is why it does
    not start, unless its log names another cause."""
    others = [cause for cause in causes if not cause.startswith(NEEDS_SERVICE)]
    if others:
        return others[0]
    images = " ".join(text.partition("(")[2].rstrip(")") for text in left_out)
    return (
        f"it runs with {', '.join(left_out)} beside it, which cannot be had here: run where a"
        f" registry answers, or load it on the engine (docker load, {images})"
    )


def _median(values: Iterable[float]) -> float:
    """The median; 0 of nothing."""
    known = list(values)
    return median(known) if known else 0.0


def _went_further(records: Sequence[Record], nearest: Sequence[Record]) -> bool:
    """Whether the first of them failed at a later step of the same stage than on the nearest bases:
    what failed there did not fail here."""
    here, there = (
        _STEP.match(x[0].failure.step if x and x[0].failure else "") for x in (records, nearest)
    )
    return bool(here and there and here[1] == there[1] and int(here[2]) > int(there[2]))


def nothing_passed(compared: Compared) -> ProjectError:
    """The error of a comparison in which no alternative passed its check; where nothing was built,
    as it failed on the nearest bases, or on others if more steps were done there."""
    listing = compared.understood.listing
    hints = hints_of(listing.paths, listing.texts)
    built = any(x.status is not Status.build_failed for x in compared.records)
    further = _went_further(compared.records, compared.nearest)
    records = compared.records if built or further else compared.nearest or compared.records
    told = [
        (record, cause)
        for record in records
        if record.failure is not None and (cause := likely_cause(record.failure, hints))
    ]
    causes = [cause for _, cause in told]
    step = causes[0] if causes else _next_step(records)
    telling = [record for record, _ in told[:1]] or records
    first = failures(find(telling).steps)[0]
    if compared.left_out and _not_healthy(compared.records):
        step = _without_services(compared.left_out, causes)
    return ProjectError(
        f"none of {len(compared.records)} alternatives for {compared.understood.project.name}"
        f" passed: {as_written(first)}; {step}"
    )
