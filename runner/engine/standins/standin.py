"""Stand-ins: base images built here from Debian packages, for machines that reach no registry.

One is built once per recipe, kept outside the engine, and loaded from there by the next engine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from runner.engine.bases.images import (
    BASE,
    describe_base,
    engine_errors,
    find_image,
    labels_of,
    load_image,
)
from runner.engine.builders.buildkit import BuildKit
from runner.engine.builders.context_file import ContextFile
from runner.engine.disk import Room
from runner.engine.fault import is_engines_own, next_step
from runner.engine.files import remove_unfinished
from runner.engine.ledger import Ledger
from runner.engine.lock_holder import HeldError, held
from runner.engine.port import BaseProvider, Builder, Engine
from runner.engine.standins.build_context import make_context, remove_work
from runner.engine.standins.durations import Durations, key_of
from runner.engine.standins.layout_store import LayoutStore
from runner.engine.standins.machine import this_machine
from runner.engine.standins.on_others import plain_name, recipe_of
from runner.engine.standins.recipe import SUITE, TARGETS, Recipe, recipe_for
from runner.engine.standins.references import PLAIN_NAMES, no_standin
from runner.model import labels
from runner.model.engine import BaseImage, BuildRequest, BuildResult, BuildStep
from runner.model.errors import BaseError
from runner.model.levels import Base, Provider
from runner.model.paths import CachePaths
from runner.model.progress import Progress

_BUILD_TIMEOUT_S = 3600.0
_PATIENCE_S = 3600.0
"""How long another process may make them; that takes minutes."""
_DOING = "makes stand-ins there"
_AGAIN = "then run it again (finished steps are kept)"


class StandIn:
    """Provides stand-ins; what they are made of and made into lies in the cache directory."""

    def __init__(self, cache: CachePaths | None = None, reason: str = "") -> None:
        self._cache = cache or CachePaths.default()
        self._folder = self._cache.bases
        self._durations = Durations(self._folder / "durations.json")
        self._reason = reason or "base.provider=standin"

    def provide(self, base: Base, engine: Engine, progress: Progress) -> BaseImage:
        """The stand-in of this level, present on the engine; raises `BaseError`."""
        if missing := no_standin(base.level, base.standin, base.image):
            raise BaseError(f"{missing}: use base.provider=registry, archive or engine")
        machine = this_machine(SUITE)
        recipe = recipe_of(base.standin, machine, SUITE) or recipe_for(base.standin)
        reference = labels.standin_tag(recipe.target)
        if not self._is_present(engine, recipe):
            _check_architecture(engine, recipe)
            for other in recipe.requires:
                self.provide(_level_of(other), engine, progress)
            with self._locked(progress):
                self._make_present(engine, recipe, progress)
        return describe_base(engine, reference, Provider.standin, self._reason)

    def _make_present(self, engine: Engine, recipe: Recipe, progress: Progress) -> None:
        """Load it, else build and keep it; another process may have done so in the meantime.

        It gets its name last: one that was built and not kept, because that was cut short, is
        built again (from the engine's build cache) and kept then.
        """
        if self._is_present(engine, recipe):
            return
        store = LayoutStore(self._folder_of(recipe) / "images")
        kept = store.find(recipe.target)
        if kept is not None:
            with _piece(progress, f"stand-in {recipe.target}: loading it from the cache", 15.0):
                load_image(engine, kept, labels.standin_tag(recipe.target))
            return
        ledger = replace(Ledger.of(engine, self._cache), holding=True)
        builder = BuildKit(engine, ledger)
        image_id = self._build(engine, builder, recipe, self._context(recipe, progress), progress)
        self._keep(engine, image_id, recipe, store, progress)
        with engine_errors(f"naming the stand-in {recipe.target}"):
            engine.images.tag(image_id, *labels.standin_tag(recipe.target).split(":"))
        ledger.settle()

    def _context(self, recipe: Recipe, progress: Progress) -> Path:
        path = self._folder_of(recipe) / "context.tar"
        if not path.exists():
            what = f"context {recipe.rootfs}"
            estimate_s = self._durations.estimate_s(what)
            with _piece(progress, "stand-ins: fetching Debian packages", estimate_s):
                begun = time.monotonic()
                make_context(recipe, path, progress)
                self._durations.remember(what, time.monotonic() - begun)
        return path

    def _build(
        self,
        engine: Engine,
        builder: Builder,
        recipe: Recipe,
        context: Path,
        progress: Progress,
    ) -> str:
        """The id of the image, which has no name yet."""
        present = [other for other in TARGETS if self._is_present(engine, recipe_for(other))]
        what = key_of(recipe.target, present)
        request = BuildRequest(
            context=ContextFile(context),
            dockerfile=recipe.dockerfile,
            target=recipe.stage,
            build_args=recipe.build_args,
            labels={
                labels.OWNER: BASE,
                labels.STANDIN: recipe.target,
                labels.RECIPE: recipe.digest,
            },
            timeout_s=_BUILD_TIMEOUT_S,
        )

        def tell(step: BuildStep) -> None:
            if step.started_s is not None and step.completed_s is None:
                progress.detail(step.name)

        title = f"stand-in {recipe.target}: {recipe.made_by}"
        room = Room(engine)
        with _piece(progress, title, self._durations.estimate_s(what)), room:
            result = builder.build(request, tell)
        if result.failure is not None:
            said = "\n".join((result.failure.message, *result.log))
            room.require(f"stand-in {recipe.target} could not be built", said)
            raise BaseError(
                f"stand-in {recipe.target} could not be built: {result.failure.step or 'build'}: "
                f"{result.failure.message}; {_remedy(result)}"
            )
        self._durations.remember(what, result.duration_s)
        return result.image_id

    def _keep(
        self,
        engine: Engine,
        image_id: str,
        recipe: Recipe,
        store: LayoutStore,
        progress: Progress,
    ) -> None:
        """Export it; a cache that cannot be written is not a reason to stop."""
        title = f"stand-in {recipe.target}: keeping it in the cache"
        try:
            with _piece(progress, title, self._durations.estimate_s("export")):
                store.keep(recipe.target, _exported(engine, image_id))
        except OSError as error:
            progress.note(
                f"stand-in {recipe.target} is not kept in the cache ({error.strerror or error}): "
                "another engine will have to build it again"
            )

    def _is_present(self, engine: Engine, recipe: Recipe) -> bool:
        image = find_image(engine, labels.standin_tag(recipe.target))
        return image is not None and labels_of(image).get(labels.RECIPE) == recipe.digest

    def _folder_of(self, recipe: Recipe) -> Path:
        return self._folder / recipe.digest.partition(":")[2][:16]

    @contextmanager
    def _locked(self, progress: Progress) -> Iterator[None]:
        """One process at a time makes stand-ins; what a killed one left is removed first."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with held(self._folder / "lock", _DOING, progress.note, _PATIENCE_S):
                remove_unfinished(self._folder)
                remove_work(self._folder)
                yield
        except HeldError as error:
            raise BaseError(str(error)) from error
        except OSError as error:
            raise BaseError(
                f"cannot use the cache directory {self._folder}: {error.strerror or error}; "
                "make room there, or make it yours"
            ) from error


def _level_of(target: str) -> Base:
    """A stand-in as a base of its own."""
    return Base(
        level=target, about="", image=PLAIN_NAMES.get(target) or plain_name(target), standin=target
    )


def _remedy(result: BuildResult) -> str:
    assert result.failure is not None
    if is_engines_own(result.failure.message):
        return next_step(result.failure.message)
    return f"check the network, {_AGAIN}"


def _exported(engine: Engine, image_id: str) -> Iterator[bytes]:
    """What `docker save` gives; its errors are the engine's, those of writing it are not."""
    with engine_errors(f"exporting {image_id}"):
        yield from engine.images.export(image_id)


@contextmanager
def _piece(progress: Progress, what: str, estimate_s: float | None) -> Iterator[None]:
    progress.begin(what, estimate_s)
    try:
        yield
    finally:
        progress.end()


def _check_architecture(engine: Engine, recipe: Recipe) -> None:
    """Stand-ins are made of this machine's packages, so the engine has to be of its kind."""
    with engine_errors("asking the engine for its architecture"):
        other = str(engine.system().get("Architecture") or recipe.machine.architecture)
    if other != recipe.machine.architecture:
        raise BaseError(
            f"stand-ins are built for {recipe.machine.architecture}, and the engine runs on "
            f"{other}: use base.provider=registry or archive"
        )


def _proof(provider: StandIn) -> BaseProvider:
    return provider
