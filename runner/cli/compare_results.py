"""What a comparison leaves and prints: tables, figures, the recommendation, and its exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path

from runner.analysis.findings import Findings, find
from runner.cli import output
from runner.cli.console import tables
from runner.cli.verdict import enough, nothing_passed, verdict
from runner.compare.base_digests import pinned, without_digest
from runner.compare.offers import Compared, Offer
from runner.compare.past_packages import DIFF as PACKAGES
from runner.image.cache import LayerCache
from runner.model.errors import ConfigError, DockbenchError
from runner.model.paths import CachePaths
from runner.model.record import Status
from runner.report.adoption import comments
from runner.report.document import comparison_json, summary_json
from runner.report.figure_cache import DrawnFigures
from runner.report.recommendation import Verdict
from runner.report.terminal import print_recommendation, print_rows, print_summary
from runner.report.write import write_recommendation, write_report
from runner.store.atomic import write_text


def tell_all(compared: Compared, json_to: str | None) -> int:
    """Write everything, print what is wanted; the exit code.

    Where too little is measured yet for a choice there are tables and figures alone, and the exit
    code is 1. Raises `ProjectError` if nothing passed.
    """
    if not compared.records:
        raise nothing_measured(compared)
    found = find(compared.records)
    cache = CachePaths.default()
    write_report(compared.results, found, DrawnFigures(cache))
    failed = {x.variant_id for x in compared.records if x.status is not Status.ok}
    if failed >= {x.variant_id for x in compared.records}:
        raise nothing_passed(compared)
    judged = verdict(compared, LayerCache(cache).live_files) if enough(compared) else None
    if judged is not None:
        name = judged.recommendation.chosen.name
        chosen = next(offer for offer in compared.offers if offer.name == name)
        chosen = _by_digest(chosen, compared.digests)
        files = chosen.adopted(comments(judged, found.setting))
        if compared.past is not None and compared.past.changed:
            files = {**files, PACKAGES: compared.past.patch}
        write_recommendation(compared.results, judged, found, files)
    document = comparison_json(found.frame, judged) if judged else summary_json(found.frame)
    print_all(compared, found, judged, document, json_to)
    if judged is None:
        output.say(undecided(compared))
    return 1 if judged is None else exit_code(compared.offers, failed)


def _by_digest(chosen: Offer, digests: Mapping[str, str] | None) -> Offer:
    """The choice with its images by digest, where that is asked for."""
    if digests is None:
        return chosen
    text = chosen.files["Dockerfile"]
    for image in without_digest(text, digests):
        output.say(f"dockbench: --pin: no registry gave a digest for {image}: it stays by its tag")
    return replace(chosen, files={**chosen.files, "Dockerfile": pinned(text, digests)})


def undecided(compared: Compared) -> str:
    """Why there is no recommendation yet, and what to do."""
    why = "it broke off" if compared.broke_off else "--budget is over"
    return (
        f"dockbench: no recommendation yet: {len(compared.unmeasured)} of {len(compared.offers)}"
        f" alternatives are not measured ({why}); the same command goes on with them"
    )


def nothing_measured(compared: Compared) -> DockbenchError:
    """The error of a comparison whose budget was too short for any trial."""
    return ConfigError(
        f"--budget: none of {len(compared.unmeasured)} alternatives fits into it (the first is"
        f" {compared.unmeasured[0]}): give more time, such as --budget 30m"
    )


def print_all(
    compared: Compared,
    found: Findings,
    judged: Verdict | None,
    document: str,
    json_to: str | None,
) -> None:
    """The JSON document where it is wanted; the table and the choice on stdout, unless that is for
    JSON alone."""
    if json_to == "-":
        output.document(document)
        return
    if json_to:
        write_text(Path(json_to), document)
    print_verdict(compared, found, judged)


def exit_code(offers: Sequence[Offer], failed: Set[str]) -> int:
    """1 if a Dockerfile of the project's own failed, or the plain one in its place; an edit of ours
    or a step of the ladder that does not work here is a result like any other."""
    counted = (offer for offer in offers if offer.own or offer.plain)
    return int(any(offer.variant_id in failed for offer in counted))


def print_verdict(compared: Compared, found: Findings, judged: Verdict | None) -> None:
    """The table, the choice and its reasons on stdout; where everything is on stderr."""
    console = tables()
    print_summary(found, console)
    abouts = {offer.variant_id: (offer.name, offer.about) for offer in compared.offers}
    print_rows(
        [abouts[step.variant_id] for step in found.steps if step.variant_id in abouts], console
    )
    if judged is not None:
        print_recommendation(judged, console)
        output.say(f"Dockerfile and reasons: {compared.results.recommended}")
    output.say(f"tables and figures: {compared.results.root}")
