"""The alternatives of a comparison as they are told to its reader, and what was measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from runner.compare.annotated import annotated
from runner.compare.kept import Loss
from runner.compare.past_packages import PastPackages
from runner.compare.patch import patch_text
from runner.compare.project_discovery import DetectedProject
from runner.model.paths import ResultPaths
from runner.model.project import PartKind
from runner.model.record import Record
from runner.sweep.prepare import ReadyVariant, file_name

DIFF = "Dockerfile.diff"


@dataclass(frozen=True)
class Offer:
    """One alternative: what it is, what it is built from."""

    name: str
    about: str
    variant_id: str
    changed: dict[str, str]
    """Factor → level, where it differs from the first alternative."""
    own: bool
    shippable: bool
    context: str
    files: dict[str, str]
    """Name → text of what a build of it needs beside the project."""
    folder: str
    """Where its Dockerfile lies, relative to the results directory."""
    replaces: str = ""
    """The project's own Dockerfile that it is an improvement of; empty for any other."""
    replaces_ignore: str = ""
    """The .dockerignore that it changes or brings; empty for none."""
    improvement: bool = False
    """Whether it is a Dockerfile with edits of ours: the project's own, or the plain one."""
    plain: bool = False
    """Whether it is the plain Dockerfile, for a project that has none."""
    original: str = ""
    """Text of the Dockerfile that it replaces."""
    original_ignore: str = ""
    """Text of the .dockerignore that it replaces."""
    beside: str = ""
    """The project's Dockerfile, own or plain, that it is held against; empty for that itself."""
    losses: tuple[Loss, ...] = ()
    """What of that one it does not have."""
    mends: tuple[str, ...] = ()
    """What the Dockerfile that it replaces lacks to work at all, a line each."""

    def adopted(self, comments: Sequence[str]) -> dict[str, str]:
        """Its files with comments at the head of the Dockerfile, and as a patch where it replaces a
        Dockerfile; one of the project's own as it is."""
        if (self.own and not self.mends) or self.plain:
            return self.files
        files = {**self.files, "Dockerfile": annotated(self.files["Dockerfile"], comments)}
        if not self.replaces:
            return files
        text = patch_text(self.replaces, self.original, files["Dockerfile"])
        if self.replaces_ignore:
            ignored = files[".dockerignore"]
            text += patch_text(self.replaces_ignore, self.original_ignore, ignored)
        return {**files, DIFF: text}


@dataclass(frozen=True)
class Compared:
    """A comparison that is over, or as far as it came."""

    understood: DetectedProject
    results: ResultPaths
    offers: list[Offer]
    records: list[Record] = field(default_factory=list)
    """One for each offer that was built, in no particular order."""
    unmeasured: tuple[str, ...] = ()
    """Names of what is not measured yet: the budget was over, or the comparison broke off."""
    left_out: tuple[str, ...] = ()
    """`db (mongo:7)`: services beside the check whose images cannot be had."""
    past: PastPackages | None = None
    """The packages of an earlier day that all of them were built with; None for those of today."""
    digests: Mapping[str, str] | None = None
    """Image → the same with its digest, for the recommended Dockerfile; None if none is asked
    for."""
    nearest: Sequence[Record] = ()
    """How the project's Dockerfiles failed on the nearest bases, where others were tried next."""
    broke_off: bool = False
    """Whether something ended it before it was over."""
    postponed: tuple[str, ...] = ()
    """Dockerfiles of the project that are not measured yet, as edits of another come first."""


def offer_of(
    item: ReadyVariant, own_text: str | None, as_it_is: bool, changed: Collection[str] = ()
) -> Offer:
    """An alternative; `changed` are files of the project that are others in the copy of it."""
    recipe, config = item.variant.recipe, item.planned.config
    files = {"Dockerfile": recipe.dockerfile if own_text is None else own_text}
    if recipe.dockerignore:
        files[".dockerignore"] = recipe.dockerignore
    files |= recipe.files
    if own_text is None:
        for part in config.project.parts:
            if part.kind is PartKind.text and part.path not in changed:
                files[PurePosixPath(part.path).name] = "".join(f"{line}\n" for line in part.lines)
    return Offer(
        name=item.variant.name,
        about=item.variant.about,
        variant_id=item.variant_id,
        changed=item.planned.changed,
        own=as_it_is,
        shippable=item.variant.levels.prune.ships,
        context=recipe.context,
        files=files,
        folder=f"dockerfiles/{file_name(item)}",
    )
