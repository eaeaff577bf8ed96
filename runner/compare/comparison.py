"""Measures the alternatives for a project: its Dockerfiles, every known improvement of them, and,
where enough is known of it, a ladder of ours.

The steps of the ladder are those of `configs/experiment/alternatives.yaml`, composed by Hydra like
any experiment, on the project that was found in the directory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from runner.compare.alternatives import Alternatives
from runner.compare.base_digests import digests_of
from runner.compare.beyond import reduced, smallest
from runner.compare.budget import Budget
from runner.compare.candidates import Candidate, candidates, refused, with_ignore
from runner.compare.culprits import Culprits
from runner.compare.explorer import Explorer, Origin
from runner.compare.ignored import better_ignore
from runner.compare.ladder import on_named
from runner.compare.lessons import Setup
from runner.compare.lineup import Lineup
from runner.compare.offers import Compared
from runner.compare.own_dockerfiles import OwnDockerfile, own_dockerfiles
from runner.compare.past_packages import PastPackages
from runner.compare.project_discovery import DetectedProject, understand
from runner.compare.request import (
    SEARCH,
    Request,
    config_of,
    planned_of,
    refuse_much,
    results_of,
    write_config,
)
from runner.compare.search import require_optuna
from runner.compare.selection import selected
from runner.compare.tries import Tries
from runner.compare.user_dockerfile import own_variant
from runner.detect.listing import Listing
from runner.dockerfile.facts import COMPOSE
from runner.dockerfile.spans import NotApplicable
from runner.ecosystems.all import facts_of
from runner.model.engine import BuilderName
from runner.model.paths import CachePaths, real
from runner.model.record import Status
from runner.store.latest import latest_run
from runner.store.records import RecordStore
from runner.sweep.measure import distinct, prepared
from runner.sweep.prepare import ReadyVariant
from runner.sweep.process import Process
from runner.sweep.progress import SweepProgress
from runner.sweep.rejections import no_base, no_source
from runner.sweep.session import Session

_MOST_WORDS = 200


class Comparison:
    """One run of `dockbench compare`."""

    def __init__(
        self, request: Request, progress: SweepProgress, cache: CachePaths | None = None
    ) -> None:
        self.request = replace(request, folder=real(request.folder))
        self.progress = progress
        self.process = Process(progress, cache or CachePaths.default())
        self.own: list[OwnDockerfile] = []
        self.lineup = Lineup()
        self.aside: dict[str, str] = {}
        """Alternative that this project does not have → why."""
        self.listing = Listing(())
        self.understood: DetectedProject | None = None
        self.engine_id = ""
        self.origins: list[Origin] = []
        self.left_out: tuple[str, ...] = ()
        """Services beside the check whose images cannot be had."""
        self.past: PastPackages | None = None
        """The packages of an earlier day, where all is built with them."""

    def run(self) -> Compared:
        """Measure what is not measured yet.

        Raises `DockbenchError` for what makes measuring anything pointless.
        """
        if self.request.explore == SEARCH:
            require_optuna()
        self.own = own_dockerfiles(self.request.folder, self.request.dockerfiles)
        understood = understand(self.request.folder, self.own, self.request.environment)
        self.listing = understood.listing
        if not self.request.yes:
            refuse_much(understood.project)
        results = results_of(self.request, understood)
        planned = planned_of(self.request, understood, results)
        for line in [*understood.evidence, *map(_seen, self.own)]:
            self.progress.note(line)
        config = planned[0].config if planned else config_of(self.request, understood, results)
        session = self.process.session(config.engine.prefer.value)
        self.engine_id = session.info.id
        usual = Setup(config, planned, session, [item.config.base for item in planned])
        budget = Budget(self.request.budget_s)
        tries = Tries(self.request, self.own, self.listing, self.process, usual)
        while True:
            setup = tries.setup()
            self.own, self.left_out, self.past = tries.own, tries.left_out, tries.past_packages
            evidence = (*understood.evidence, *tries.learnt)
            self.understood = replace(understood, evidence=evidence)
            write_config(setup.config, results)
            alternatives = self.measured(setup, budget)
            if not tries.goes_on(alternatives):
                break
        self.explore(alternatives, setup)
        self.go_beyond(alternatives, setup)
        compared = replace(self.compared(self.understood), nearest=tries.nearest)
        if not self.request.pin:
            return compared
        return replace(compared, digests=digests_of(compared.offers, session.engine))

    def measured(self, setup: Setup, budget: Budget) -> Alternatives:
        """The usual alternatives of this setup, with a trial of each as far as the budget goes."""
        config, planned, session, bases = setup.config, setup.planned, setup.session, setup.bases
        self.lineup, self.origins = Lineup(), []
        sources = [own_variant(item, config, session, bases) for item in self.own]
        if error := no_source(sources):
            raise error
        of_ladder = bool(planned) and not self.own
        first = [prepared(session, on_named(planned[0], bases))] if of_ladder else sources
        self.lineup.variants = list(first)
        roots, trials = [item.name for item in self.own], config.run.trials
        further = [item.name for item in self.own if item.further]
        alternatives = Alternatives(
            first, {}, session, self.process, budget, roots, trials, further
        )
        if not of_ladder or not self.request.only:
            alternatives.begin()
        if not of_ladder and alternatives.none_passed():
            alternatives.tell_end()
            return alternatives
        ours = [prepared(session, on_named(variant, bases)) for variant in planned]
        own = self.improved(sources, setup)
        every = distinct([*own, *self.with_base(own, ours)], self.process)
        found = self.lineup.in_turn(self.own, every)
        names = [item.variant.name for item in found]
        wanted = selected(names, {item.name for item in self.own}, self.request.only, self.aside)
        self.lineup.variants = [item for item in found if item.variant.name in wanted]
        if error := no_base(self.lineup.variants):
            raise error
        alternatives.extend(self.lineup.variants, self.lineup.sources, roots)

        def ready(own: OwnDockerfile, candidate: Candidate) -> ReadyVariant:
            return own_variant(own, config, session, bases, candidate)

        culprits = Culprits(self.origins, self.lineup, alternatives, ready)
        while (failed := alternatives.measure(culprits.doubts)) is not None:
            culprits.look_into(failed)
            alternatives.extend(self.lineup.variants, self.lineup.sources, roots)
        self.origins = list(culprits.origins)
        return alternatives

    def explore(self, alternatives: Alternatives, setup: Setup) -> None:
        """Combinations of the edits of each source that passed, if they are asked for."""

        def attempt(origin: Origin, candidate: Candidate) -> bool:
            variant = own_variant(origin.own, setup.config, setup.session, setup.bases, candidate)
            same = any(item.key == variant.key for item in self.lineup.variants)
            if same or variant.end is not None:
                return True
            self.lineup.note(candidate, origin.own)
            self.lineup.variants.append(variant)
            return alternatives.also(variant)

        if not self.request.explore:
            return
        if alternatives.late:
            self.progress.note(
                f"--{self.request.explore}: combinations come once each edit is measured alone"
            )
            return
        for origin in self.origins:
            record = alternatives.records.get(origin.own.name)
            if record is None or record.status is not Status.ok:
                continue
            explorer = Explorer(origin, alternatives, attempt)
            if self.request.explore == SEARCH:
                explorer.search(setup.config.run.seed)
            else:
                explorer.grid()

    def go_beyond(self, alternatives: Alternatives, setup: Setup) -> None:
        """The smallest of the project's own Dockerfiles and their edits with what its check opens,
        or why there is none; nothing where nobody is to watch (run.floor=false)."""
        texts = self.lineup.texts_with(self.own)
        edited = [item for item in self.lineup.variants if item.variant.name in texts]
        best = smallest(edited, alternatives.records)
        asked = best is not None and best.planned.config.run.floor and not self.request.only
        if best is None or not asked or alternatives.budget.left_s <= 0:
            return
        name = best.variant.name
        own = next(x for x in self.own if x.name == self.lineup.sources.get(name, name))
        found = reduced(own, best, texts[name], setup.session, setup.bases)
        if isinstance(found, NotApplicable):
            self.progress.note(f"{own.name}+traced is left out: {found.reason}")
            return
        candidate, variant = found
        self.lineup.note(candidate, own)
        self.lineup.variants.append(variant)
        alternatives.also(variant)

    def so_far(self) -> Compared | None:
        """What a comparison that broke off has measured; None where it did not get to that."""
        if self.understood is None or not self.engine_id or not self.lineup.variants:
            return None
        found = self.compared(self.understood)
        return replace(found, broke_off=True) if found.records else None

    def improved(self, sources: Sequence[ReadyVariant], setup: Setup) -> list[ReadyVariant]:
        """Each source Dockerfile, then its improvements; one whose base cannot be had is said
        before anything is built, and an improvement to such a base is left out."""
        config, session, bases = setup.config, setup.session, setup.bases
        found = list(sources)
        for item, source in zip(self.own, sources, strict=True):
            if source.end is not None:
                self.progress.note(f"{item.name}: {source.end.failure.message}")
                continue
            tree, inherited = self.listing.below(item.context), session.inherited(source.base)
            facts = facts_of(tree, inherited, mount_ids=not self.ours(session))
            facts = replace(
                facts,
                started={**facts.started, **_started_elsewhere(item)},
                mounts=config.builder is BuilderName.buildkit,
            )
            changes = candidates(item.name, item.dockerfile.text, facts, "", item.target)
            self.aside |= dict(refused(item.dockerfile.text, facts)) if self.request.only else {}
            root = session.project(config.project).root / item.context
            better = better_ignore(item, facts, root, config.builder, self.progress)
            changes = with_ignore(changes, better) if better else changes
            self.origins.append(Origin(item, facts, tuple(changes), better))
            for candidate in changes:
                variant = own_variant(item, config, session, bases, candidate)
                if not candidate.levels:
                    continue
                if variant.end is not None:
                    self.aside[candidate.name] = said = variant.end.failure.message
                    self.progress.note(f"{candidate.name} is left out: {said}")
                    continue
                self.lineup.note(candidate, item)
                found.append(variant)
        return found

    def with_base(
        self, own: Sequence[ReadyVariant], ladder: Sequence[ReadyVariant]
    ) -> list[ReadyVariant]:
        """The ladder, less what has no base where something else can be built; each such base is
        said once."""
        if not any(item.end is None for item in [*own, *ladder]):
            return list(ladder)
        said: dict[str, str] = {}
        for item in ladder:
            if item.end is not None and item.end.status is Status.base_failed:
                said.setdefault(item.end.failure.step, item.end.failure.message)
                self.aside[item.variant.name] = item.end.failure.message
        for step, message in said.items():
            self.progress.note(f"alternatives {step} are left out: {message}")
        return [x for x in ladder if x.end is None or x.end.status is not Status.base_failed]

    def ours(self, session: Session) -> bool:
        """Whether the engine is the embedded one, whose cache nobody else uses."""
        return session.info.kind == "embedded"

    def compared(self, understood: DetectedProject) -> Compared:
        """The newest record of every alternative on this engine."""
        offers = self.lineup.offers(self.own, self.past)
        known = {offer.variant_id for offer in offers}
        results = results_of(self.request, understood)
        records = latest_run(
            record
            for record in RecordStore(results).read_all()
            if record.provenance.engine.id == self.engine_id and record.variant_id in known
        )
        unmeasured = self.lineup.unmeasured(records)
        late = tuple(x.name for x in self.own if x.further and x.name in unmeasured)
        return Compared(
            understood,
            results,
            offers,
            records,
            unmeasured,
            self.left_out,
            self.past,
            postponed=late,
        )

    def close(self) -> None:
        """Let go of the engine."""
        self.process.close()


def _started_elsewhere(own: OwnDockerfile) -> dict[str, str]:
    """The programs that a compose file starts in an image, a shell and what it runs among them."""
    words = re.findall(r"[\w.-]+", " ".join(own.command))
    return dict.fromkeys(words[:_MOST_WORDS], COMPOSE)


def _seen(own: OwnDockerfile) -> str:
    where = "" if own.context == "." else f", built in {own.context}"
    why = f": {own.seen}" if own.seen and own.seen != f"found at {own.name}" else ""
    return f"source {own.name}{where}{why}"
