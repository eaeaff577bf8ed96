"""What a comparison is asked for, and the configuration that Hydra composes for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import msgspec
import yaml

from runner.compare.ladder import alternatives, on_project
from runner.compare.project_discovery import DetectedProject
from runner.compare.services import without_variables
from runner.detect.project import DESCRIPTION
from runner.model.errors import ConfigError, ConstraintError, ProjectError
from runner.model.paths import ResultPaths, real
from runner.model.project import Project
from runner.model.redact import redacted
from runner.recipe.values import OR_AN_OVERRIDE
from runner.store.atomic import require_writable, write_text
from runner.sweep.app import composer
from runner.sweep.choices import split_override
from runner.sweep.config import Config
from runner.sweep.plan import PlannedVariant
from runner.sweep.rejections import first_refusal
from runner.sweep.session import check_project
from runner.sweep.trust import refuse_untrusted

EXPERIMENT = "experiment=alternatives"
USUAL = (EXPERIMENT, "scenarios=[cold,source_edit]", "network=direct")
"""What holds unless --set says otherwise: also the build after an edited line is timed, and all
builds reach the network in the one way that the project's own Dockerfiles can."""
SEARCH = "search"
MOST_GENERATED_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Request:
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
    packages_as_of: date | None = None
    """The day whose packages of Python are installed; None for those of today, and for those of its
    last commit where the project does not work with them."""
    pin: bool = False
    """Write the images of the recommended Dockerfile with their digests."""
    yes: bool = False
    """Generate whatever the project's description asks for, however much it is."""


def results_of(request: Request, understood: DetectedProject) -> ResultPaths:
    """The results directory; raises `ProjectError` for one inside of the project."""
    usual = f"results/compare-{understood.project.name}"
    folder = Path(request.results or usual)
    if real(folder).is_relative_to(request.folder):
        raise ProjectError(
            f"results would go to {folder}, which lies in {request.folder}: nothing is ever"
            " written there; name another directory:"
            f" --out ../compare-{understood.project.name}"
        )
    require_writable(folder)
    return ResultPaths(folder)


def config_of(request: Request, understood: DetectedProject, results: ResultPaths) -> Config:
    """The configuration of alternatives that are the project's own."""
    with composer() as compose:
        config = on_project(compose(overrides_of(request)), understood, results)
    check_project(understood.project)
    return config


def write_config(config: Config, results: ResultPaths) -> None:
    """Leave the configuration in the results directory, without values of variables."""
    told = msgspec.to_builtins(replace(config, project=without_variables(config.project)))
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
    write_text(results.experiment, redacted(text), results.root)


def overrides_of(request: Request) -> list[str]:
    """Those that were asked for, on the experiment of this command."""
    overrides = list(request.overrides)
    given = {split_override(text)[0] for text in overrides}
    usual = [text for text in USUAL if split_override(text)[0] not in given]
    return [*usual, *overrides]


def planned_of(
    request: Request, understood: DetectedProject, results: ResultPaths
) -> list[PlannedVariant]:
    """The ladder, checked, where enough is known of the project for one; raises `ConfigError`
    for what cannot be asked."""
    if not understood.ladder:
        return []
    overrides = overrides_of(request)
    refuse_untrusted(overrides)
    with composer() as compose:
        planned = alternatives(understood, results, overrides, compose)
    try:
        refusal = first_refusal(planned)
    except ConfigError as error:
        file = f"project/{understood.project.name}.yaml{OR_AN_OVERRIDE}"
        raise ConfigError(str(error).replace(file, "dockbench.yaml")) from error
    if refusal is not None:
        raise ConstraintError(f"{refusal.name}: {refusal.reason}")
    check_project(understood.project)
    return planned


def refuse_much(project: Project) -> None:
    """Raise `ProjectError` for a description that asks for a lot to be generated."""
    size_bytes = sum(part.size_bytes for part in project.parts)
    if size_bytes > MOST_GENERATED_BYTES:
        raise ProjectError(
            f"{DESCRIPTION}: parts: {size_bytes / 1e9:,.1f} GB would be generated on this machine:"
            " give --yes if that is meant, else take them out"
        )
