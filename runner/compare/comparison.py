"""Measures the alternatives for a project: its Dockerfiles, every known improvement of them, and,
where enough is known of it, a ladder of ours.

The steps of the ladder are those of `configs/experiment/alternatives.yaml`, composed by Hydra like
any experiment, on the project that was found in the directory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import yaml

from runner.compare.alternatives import Alternatives
from runner.compare.beyond import reduced, smallest
from runner.compare.budget import Budget
from runner.compare.candidates import Candidate, candidates, with_ignore
from runner.compare.explorer import Explorer, Origin
from runner.compare.kept import Loss, losses
from runner.compare.ladder import alternatives, named_bases, on_named, on_project
from runner.compare.offers import Compared, Offer, offer_of
from runner.compare.own_dockerfiles import OwnDockerfile, own_dockerfiles
from runner.compare.project_discovery import Understood, understand
from runner.compare.search import require_optuna
from runner.compare.selection import selected
from runner.compare.services import with_services, without_variables
from runner.compare.user_dockerfile import own_variant
from runner.detect.dockerfile import Dockerfile
from runner.detect.listing import Listing
from runner.detect.project import DESCRIPTION
from runner.dockerfile.document import DockerfileError, Document
from runner.dockerfile.facts import Facts
from runner.dockerfile.spans import NotApplicable
from runner.ecosystems.all import facts_of
from runner.model.errors import ConfigError, ConstraintError, ProjectError
from runner.model.levels import Base
from runner.model.paths import CachePaths, ResultPaths
from runner.model.project import Project
from runner.model.record import Record, Status
from runner.model.redact import redacted
from runner.recipe.context import list_context
from runner.recipe.unneeded import texts_in, unneeded, with_lines
from runner.store.atomic import require_writable, write_text
from runner.store.latest import latest_run
from runner.store.records import RecordStore
from runner.sweep.app import composer
from runner.sweep.choices import split_override
from runner.sweep.config import Config
from runner.sweep.measure import distinct, prepared
from runner.sweep.plan import PlannedVariant
from runner.sweep.prepare import ReadyVariant
from runner.sweep.process import Process
from runner.sweep.progress import SweepProgress
from runner.sweep.rejections import first_refusal, no_base, no_source
from runner.sweep.trust import refuse_untrusted
from runner.sweep.workshop import Workshop, check_project

EXPERIMENT = "experiment=alternatives"
USUAL = (EXPERIMENT, "scenarios=[cold,source_edit]", "network=direct")
"""What holds unless --set says otherwise: also the build after an edited line is timed, and all
builds reach the network in the one way that the project's own Dockerfiles can."""
GRID, SEARCH = "grid", "search"
LEAST_IGNORED_BYTES = 100_000
"""Less is not worth a build of its own."""
MOST_GENERATED_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Asked:
    """What a comparison is asked for."""

    folder: Path
    dockerfiles: Sequence[str] = ()
    results: str = ""
    """Result folder; empty for the usual one."""
    overrides: Sequence[str] = ()
    """Keys of the configuration, as in `dockbench bench`."""
    bases: Sequence[str] = ()
    """`IMAGE=OTHER`: what to use in the place of an image that cannot be had."""
    budget_s: float = 1200.0
    """After how many seconds no further alternative is begun."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables for the container of the check, of which nothing is kept."""
    explore: str = ""
    """`grid` or `search`: how combinations of edits are tried behind the usual alternatives."""
    only: Sequence[str] = ()
    """Names of alternatives; none for all."""
    yes: bool = False
    """Generate whatever the project's description asks for, however much it is."""


class Comparison:
    """One run of `dockbench compare`."""

    def __init__(
        self, asked: Asked, progress: SweepProgress, cache: CachePaths | None = None
    ) -> None:
        self.asked = replace(asked, folder=asked.folder.resolve())
        self.progress = progress
        self.process = Process(progress, cache or CachePaths.default())
        self.own: list[OwnDockerfile] = []
        self.texts: dict[str, str] = {}
        """Improvement → its Dockerfile, with the project's own images in it."""
        self.sources: dict[str, str] = {}
        """Improvement → the Dockerfile that it is one of."""
        self.listing = Listing(())
        self.variants: list[ReadyVariant] = []
        self.understood: Understood | None = None
        self.engine_id = ""
        self.origins: list[Origin] = []
        self.left_out: tuple[str, ...] = ()
        """Services beside the check whose images cannot be had."""

    def run(self) -> Compared:
        """Measure what is not measured yet.

        Raises `DockbenchError` for what makes measuring anything pointless.
        """
        if self.asked.explore == SEARCH:
            require_optuna()
        self.own = own_dockerfiles(self.asked.folder, self.asked.dockerfiles)
        understood = self.understood = understand(
            self.asked.folder, self.own, self.asked.environment
        )
        self.listing = understood.listing
        if not self.asked.yes:
            refuse_much(understood.project)
        results = self.results(understood)
        if understood.ladder:
            self.own = [item for item in self.own if not item.plain]
        planned = self.planned(understood, results)
        for line in [*understood.evidence, *map(_seen, self.own)]:
            self.progress.note(line)
        config = planned[0].config if planned else self.config(understood, results)
        workshop = self.process.workshop(config.engine.prefer.value)
        self.engine_id = workshop.info.id
        bases = [*named_bases(self.asked.bases), *(item.config.base for item in planned)]
        project = with_services(config.project, workshop, bases, self.progress)
        self.left_out = tuple(
            f"{host} ({service.image})"
            for host, service in config.project.check.services.items()
            if host not in project.check.services
        )
        config = replace(config, project=project)
        planned = [replace(x, config=replace(x.config, project=project)) for x in planned]
        own = self.improved(config, workshop, bases)
        ours = [prepared(workshop, on_named(variant, bases)) for variant in planned]
        found = distinct([*own, *self.with_base(own, ours)], self.process)
        names = [item.variant.name for item in found]
        wanted = selected(names, {item.name for item in self.own}, self.asked.only)
        self.variants = [item for item in found if item.variant.name in wanted]
        if error := no_base(self.variants):
            raise error
        told = msgspec.to_builtins(replace(config, project=without_variables(config.project)))
        text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
        write_text(results.experiment, redacted(text), results.root)
        alternatives = Alternatives(
            self.variants,
            self.sources,
            workshop,
            self.process,
            Budget(self.asked.budget_s),
            [item.name for item in self.own],
            config.run.trials,
        )
        alternatives.measure()
        self.explore(alternatives, config, workshop, bases)
        self.go_beyond(alternatives, workshop, bases)
        return self.compared(understood)

    def explore(
        self, alternatives: Alternatives, config: Config, workshop: Workshop, bases: Sequence[Base]
    ) -> None:
        """Combinations of the edits of each source that passed, if they are asked for."""

        def attempt(origin: Origin, candidate: Candidate) -> bool:
            variant = own_variant(origin.own, config, workshop, bases, candidate)
            same = any(item.key == variant.key for item in self.variants)
            if same or variant.end is not None:
                return True
            self.texts[candidate.name] = candidate.text
            self.sources[candidate.name] = origin.own.name
            self.variants.append(variant)
            return alternatives.also(variant)

        if not self.asked.explore:
            return
        if alternatives.late:
            self.progress.note(
                f"--{self.asked.explore}: combinations come once each edit is measured alone"
            )
            return
        for origin in self.origins:
            record = alternatives.records.get(origin.own.name)
            if record is None or record.status is not Status.ok:
                continue
            explorer = Explorer(origin, alternatives, attempt)
            if self.asked.explore == SEARCH:
                explorer.search(config.run.seed)
            else:
                explorer.grid()

    def go_beyond(
        self, alternatives: Alternatives, workshop: Workshop, bases: Sequence[Base]
    ) -> None:
        """The smallest of the project's own Dockerfiles and their edits with what its check opens,
        or why there is none; nothing where nobody is to watch (run.floor=false)."""
        texts = self.texts | {own.name: own.dockerfile.text for own in self.own}
        edited = [item for item in self.variants if item.variant.name in texts]
        best = smallest(edited, alternatives.records)
        asked = best is not None and best.planned.config.run.floor and not self.asked.only
        if best is None or not asked or alternatives.budget.left_s <= 0:
            return
        name = best.variant.name
        own = next(x for x in self.own if x.name == self.sources.get(name, name))
        found = reduced(own, best, texts[name], workshop, bases)
        if isinstance(found, NotApplicable):
            self.progress.note(f"{own.name}+traced is left out: {found.reason}")
            return
        candidate, variant = found
        self.texts[candidate.name], self.sources[candidate.name] = candidate.text, own.name
        self.variants.append(variant)
        alternatives.also(variant)

    def so_far(self) -> Compared | None:
        """What a comparison that broke off has measured; None where it did not get to that."""
        if self.understood is None or not self.engine_id or not self.variants:
            return None
        found = self.compared(self.understood)
        return found if found.records else None

    def improved(
        self, config: Config, workshop: Workshop, bases: Sequence[Base]
    ) -> list[ReadyVariant]:
        """Each source Dockerfile, then its improvements; one whose base cannot be had is said
        before anything is built, and an improvement to such a base is left out."""
        sources = [own_variant(item, config, workshop, bases) for item in self.own]
        found = list(sources)
        if error := no_source(sources):
            raise error
        for item, source in zip(self.own, sources, strict=True):
            if source.end is not None:
                self.progress.note(f"{item.name}: {source.end.failure.message}")
                continue
            facts = facts_of(self.listing.below(item.context), mount_ids=not self.ours(workshop))
            changes = candidates(item.name, item.dockerfile.text, facts, "", item.target)
            better = self.better_ignore(item, facts, config, workshop)
            changes = with_ignore(changes, better) if better else changes
            self.origins.append(Origin(item, facts, tuple(changes), better))
            for candidate in changes:
                variant = own_variant(item, config, workshop, bases, candidate)
                if not candidate.levels:
                    continue
                if variant.end is not None:
                    self.progress.note(
                        f"{candidate.name} is left out: {variant.end.failure.message}"
                    )
                    continue
                self.texts[candidate.name] = candidate.text
                self.sources[candidate.name] = item.name
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
        for step, message in said.items():
            self.progress.note(f"alternatives {step} are left out: {message}")
        return [x for x in ladder if x.end is None or x.end.status is not Status.base_failed]

    def better_ignore(
        self, item: OwnDockerfile, facts: Facts, config: Config, workshop: Workshop
    ) -> str:
        """The .dockerignore that leaves out what no build of a Dockerfile needs; empty where there
        is nothing to gain. What is left out is said."""
        root = workshop.project(config.project).root / item.context
        try:
            entries = list_context(root, item.dockerignore, config.builder)
            texts = texts_in(root, [entry.path for entry in entries if not entry.folder])
            document = Document(item.dockerfile.text, item.target)
            lines = unneeded(document, facts, entries, item.dockerignore, texts)
        except (ProjectError, DockerfileError):
            return ""  # the build of the source itself will say what is wrong
        if isinstance(lines, NotApplicable) or sum(x.bytes for x in lines) < LEAST_IGNORED_BYTES:
            return ""
        for line in lines:
            self.progress.note(
                f"{item.name}: {line.pattern} in .dockerignore leaves out"
                f" {line.bytes / 1e6:.1f} MB ({line.why})"
            )
        return with_lines(item.dockerignore, lines)

    def ours(self, workshop: Workshop) -> bool:
        """Whether the engine is the embedded one, whose cache nobody else uses."""
        return workshop.info.kind == "embedded"

    def results(self, understood: Understood) -> ResultPaths:
        """The results directory; raises `ProjectError` for one inside of the project."""
        usual = f"results/compare-{understood.project.name}"
        folder = Path(self.asked.results or usual)
        if folder.resolve().is_relative_to(self.asked.folder):
            raise ProjectError(
                f"results would go to {folder}, which lies in {self.asked.folder}: nothing is ever"
                " written there; name another directory:"
                f" --out ../compare-{understood.project.name}"
            )
        require_writable(folder)
        return ResultPaths(folder)

    def config(self, understood: Understood, results: ResultPaths) -> Config:
        """The configuration of alternatives that are the project's own."""
        with composer() as compose:
            config = on_project(compose(self.overrides()), understood, results)
        check_project(understood.project)
        return config

    def overrides(self) -> list[str]:
        """Those that were asked for, on the experiment of this command."""
        overrides = list(self.asked.overrides)
        given = {split_override(text)[0] for text in overrides}
        usual = [text for text in USUAL if split_override(text)[0] not in given]
        return [*usual, *overrides]

    def planned(self, understood: Understood, results: ResultPaths) -> list[PlannedVariant]:
        """The ladder, checked, where enough is known of the project for one; raises `ConfigError`
        for what cannot be asked."""
        if not understood.ladder:
            return []
        overrides = self.overrides()
        refuse_untrusted(overrides)
        with composer() as compose:
            planned = alternatives(understood, results, overrides, compose)
        try:
            refusal = first_refusal(planned)
        except ConfigError as error:
            file = f"project/{understood.project.name}.yaml"
            raise ConfigError(str(error).replace(file, "dockbench.yaml")) from error
        if refusal is not None:
            raise ConstraintError(f"{refusal.name}: {refusal.reason}")
        check_project(understood.project)
        return planned

    def compared(self, understood: Understood) -> Compared:
        """The newest record of every alternative on this engine."""
        texts = self.texts | {own.name: own.dockerfile.text for own in self.own}
        own = {item.name for item in self.own}
        offers = [
            self.held(offer_of(item, texts.get(item.variant.name), item.variant.name in own))
            for item in self.variants
        ]
        known = {offer.variant_id for offer in offers}
        results = self.results(understood)
        records = latest_run(
            record
            for record in RecordStore(results).read_all()
            if record.provenance.engine.id == self.engine_id and record.variant_id in known
        )
        unmeasured = self.unmeasured(records)
        return Compared(understood, results, offers, records, unmeasured, self.left_out)

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

    def held(self, offer: Offer) -> Offer:
        """An alternative held against the project's Dockerfile that it would replace: its own
        source, else the first; and what of that it does not have."""
        own = {item.name: item for item in self.own}
        inside = [item for item in self.own if not item.outside]
        itself, source = own.get(offer.name), own.get(self.sources.get(offer.name, ""))
        if itself is not None and itself.plain:
            return replace(offer, own=False, plain=True)
        if itself is not None and itself.outside:
            offer = replace(offer, own=False)
        beside = next(iter(inside), source) if source is None or source.outside else source
        if offer.own or beside is None:
            return offer
        offer = replace(
            offer,
            beside=beside.name,
            improvement=source is not None,
            losses=() if beside.plain else lost(beside.dockerfile, offer.files["Dockerfile"]),
        )
        if source is None or source.plain or source.outside:
            return offer
        ignored = offer.files.get(".dockerignore", "")
        return replace(
            offer,
            replaces=source.name,
            original=source.dockerfile.text,
            original_ignore=source.dockerignore,
            replaces_ignore=source.ignore_path if ignored != source.dockerignore else "",
        )

    def close(self) -> None:
        """Let go of the engine."""
        self.process.close()


def lost(own: Dockerfile, text: str) -> tuple[Loss, ...]:
    """What of a Dockerfile another text does not have; nothing where either cannot be read."""
    try:
        found = losses(own, Dockerfile(text, own.target, own.args))
    except DockerfileError:
        return ()
    return tuple(replace(loss, text=redacted(loss.text)) for loss in found)


def _seen(own: OwnDockerfile) -> str:
    where = "" if own.context == "." else f", built in {own.context}"
    why = f": {own.seen}" if own.seen and own.seen != f"found at {own.name}" else ""
    return f"source {own.name}{where}{why}"


def refuse_much(project: Project) -> None:
    """Raise `ProjectError` for a description that asks for a lot to be generated."""
    size_bytes = sum(part.size_bytes for part in project.parts)
    if size_bytes > MOST_GENERATED_BYTES:
        raise ProjectError(
            f"{DESCRIPTION}: parts: {size_bytes / 1e9:,.1f} GB would be generated on this machine:"
            " give --yes if that is meant, else take them out"
        )
