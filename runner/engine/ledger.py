"""Which images were built from here: the proof that one is ours, and what a killed run left.

A label proves nothing of an image: a build takes over those of its base, and a stranger may write
any. So each image that is built is noted by its id, in the cache and by engine. A build is noted
before it begins; the note is taken away when its image is either gone or meant to stay, and one
whose process is gone leads the next run to what was built and never measured.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from runner.engine.files import write_atomically
from runner.engine.port import Engine
from runner.model import labels
from runner.model.ownership import Owner
from runner.model.paths import CachePaths

_OPEN = ".building"


class Note(msgspec.Struct, frozen=True):
    """One build, as it is noted."""

    owner: str
    marks: dict[str, str]
    """The labels that its image was to have."""
    tag: str = ""
    images: tuple[str, ...] = ()
    """Ids of the images that it has made so far, in their order."""


@dataclass
class OpenBuild:
    """A build of an image with our label, and its note.

    A note that cannot be written costs the tidying up after a kill, and nothing else.
    """

    path: Path
    note: Note

    @property
    def is_ours(self) -> bool:
        """Whether its image gets our label; nothing is noted of any other."""
        return labels.OWNER in self.note.marks

    @property
    def owner(self) -> Owner | None:
        """Which process began it."""
        return Owner.parse(self.note.owner)

    @property
    def is_abandoned(self) -> bool:
        """Whether its process is gone."""
        return self.owner is None or self.owner.is_gone(local=True)

    def made(self, image_id: str) -> None:
        """An image is there; said again, that changes nothing."""
        if image_id and image_id not in self.note.images:
            self.note = msgspec.structs.replace(self.note, images=(*self.note.images, image_id))
            self.write()

    def write(self) -> None:
        """Note it, with what it has made so far."""
        if self.is_ours:
            with suppress(OSError):
                write_atomically(self.path, msgspec.json.encode(self.note))
                for image_id in self.note.images:
                    self.path.with_name(name_of(image_id)).touch()

    def end(self) -> None:
        """What it made is gone, or stays."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


@dataclass
class Ledger:
    """The notes for one engine, in a directory of the cache."""

    folder: Path
    holding: bool = False
    """Whether a build stays open when it is over, until `settle`: its image is still to be measured
    or named."""
    marking: bool = False
    """Whether images get a label by which one that was never noted can be found."""
    builds: list[OpenBuild] = field(default_factory=list)

    @classmethod
    def of(cls, engine: Engine, cache: CachePaths | None = None) -> Ledger:
        """That of an engine; raises `EngineError` when it does not answer."""
        return cls((cache or CachePaths.default()).built(engine.info().id))

    def marks(self) -> dict[str, str]:
        """The label of an image that is built now."""
        return {labels.BUILD: str(Owner.current())} if self.marking else {}

    @contextmanager
    def building(self, marks: Mapping[str, str], tag: str) -> Iterator[OpenBuild]:
        """Note a build while it goes on; one that is broken off stays noted."""
        path = self.folder / f"{uuid.uuid4().hex}{_OPEN}"
        build = OpenBuild(path, Note(str(Owner.current()), dict(marks), tag))
        self.builds.append(build)
        build.write()
        yield build
        if not self.holding:
            self.settle()

    def settle(self) -> None:
        """What was built until now is gone, or stays."""
        while self.builds:
            self.builds.pop().end()

    def knows(self, image_id: str) -> bool:
        """Whether this image, and not another one on top of it, was built here."""
        return (self.folder / name_of(image_id)).exists()

    def forget(self, image_id: str) -> None:
        """It is gone."""
        with suppress(OSError):
            (self.folder / name_of(image_id)).unlink(missing_ok=True)

    def keep_only(self, image_ids: Iterable[str]) -> None:
        """Forget all others: the engine has them no more."""
        there = {name_of(image_id) for image_id in image_ids}
        for path in self._files():
            if path.suffix != _OPEN and path.name not in there:
                self.forget(path.name)

    def open_builds(self) -> list[OpenBuild]:
        """Builds of whatever process that are noted."""
        notes = ((path, _read(path)) for path in self._files() if path.suffix == _OPEN)
        return [OpenBuild(path, note) for path, note in notes if note is not None]

    def _files(self) -> list[Path]:
        try:
            return sorted(self.folder.iterdir())
        except OSError:
            return []


def name_of(image_id: str) -> str:
    """What an image's note is called; a name that is not a file's for what is no id."""
    digits = image_id.rpartition(":")[2]
    return digits if digits.isalnum() else "unknown"


def _read(path: Path) -> Note | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError):
        return None
