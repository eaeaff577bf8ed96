"""What a trial is told: the variant, and everything that is made ready before any clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from runner.model import labels
from runner.model.engine import BaseImage, BuilderName, BuildRequest
from runner.model.network import Network
from runner.model.paths import data_root
from runner.model.project import Project
from runner.model.variant import Variant
from runner.recipe.packing import PackedContext, pack_context

ASIDE_S = 60.0
"""What a check may take beside its time limit: its container is made and removed."""

MEASURE_LIMIT_S = 1800.0
"""How long measuring the layers may take: they are read from the engine, and compressed."""


@dataclass(frozen=True)
class Reference:
    """What the size and the start of a trial's image are compared with while it runs."""

    name: str
    unpacked_bytes: int
    healthy_s: float = 0.0
    """From the start of its container to the first healthy answer; 0 where that is not known."""


@dataclass(frozen=True)
class TrialPlan:
    """One trial of one variant."""

    variant: Variant
    variant_id: str
    experiment: str
    project: Project
    repository: Path
    """Root of the materialised repository; it is only read."""
    base: BaseImage
    """The base image, present on the engine."""
    trial: int = 0
    seed: int = 0
    tags: tuple[str, ...] = ()
    """Words of the user's own."""
    network: Network = field(default_factory=Network)
    build_timeout_s: float = 1800.0
    keep_image: bool = False
    """Whether the variant's image stays on the engine when the trial is over."""
    floor: bool = True
    """Whether to find the floor: the check is run a second time for it."""
    expected_s: float | None = None
    """How long the trial is expected to take, in seconds, for the progress display."""
    reference: Reference | None = None
    """Another variant, to tell the difference in size; None for the size alone."""
    tells_early: bool = False
    """Whether its size is said as soon as it is measured, before the rest of the trial."""

    def limit_s(self, builds: int = 1, checks: int = 2) -> float:
        """How long a trial with so many builds and checks may take in all, in seconds."""
        check_s = self.project.check.timeout_s
        return builds * self.build_timeout_s + checks * (check_s + ASIDE_S) + MEASURE_LIMIT_S

    @property
    def tag(self) -> str:
        """What the variant's image is called."""
        return f"{labels.REPOSITORY}/variant:{self.variant_id}"

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the variant's image."""
        return {labels.OWNER: "variant", labels.VARIANT: self.variant_id}

    @property
    def build_args(self) -> dict[str, str]:
        """Which base it is built on; a Dockerfile that somebody wrote by hand says so itself."""
        recipe = self.variant.recipe
        reference = self.network.base_reference or self.base.reference
        base = {"BASE_IMAGE": reference} if recipe.default_base else {}
        return recipe.build_args | base | self.network.build_args

    def packed(self, builder: BuilderName) -> PackedContext:
        """The variant's build context as this builder gets it; raises `ProjectError`."""
        recipe = self.variant.recipe
        return pack_context(
            self.context_root,
            recipe.dockerignore,
            recipe.dockerfile,
            recipe.files,
            dockerfile_path=recipe.dockerfile_path,
            builder=builder,
        )

    def request(
        self,
        context: PackedContext,
        *,
        tag: str = "",
        no_cache: bool = False,
        timeout_s: float | None = None,
    ) -> BuildRequest:
        """A build of the variant from such a context; without a name if none is given."""
        return BuildRequest(
            context=context,
            dockerfile=context.dockerfile,
            tag=tag,
            target=self.variant.recipe.target,
            build_args=self.build_args,
            labels=self.labels,
            no_cache=no_cache,
            timeout_s=self.build_timeout_s if timeout_s is None else timeout_s,
        )

    @property
    def context_root(self) -> Path:
        """The directory that is sent to the engine."""
        return self.repository / self.variant.recipe.context

    @property
    def experiment_folder(self) -> Path:
        """The directory that the check's request and answer files are relative to."""
        return data_root() / "experiments" / self.project.folder
