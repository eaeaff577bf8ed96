"""Makes a project's work directory: the committed part of its repository plus the generated
parts."""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import msgspec

from runner.engine.lock_holder import HeldError, held
from runner.model.amounts import size
from runner.model.errors import ProjectError
from runner.model.project import GeneratedPart, PartKind, Project
from runner.project.generators.parts import generate
from runner.project.tree import copy_tree, digest_source, digest_tree, normalise, skipped, walk

_REPOSITORY = "repository"
_RECEIPT = "materialised.json"
_KEY_LENGTH = 16
_PATIENCE_S = 600.0
"""How long another process may copy the same project; it takes seconds."""
MOST_FILES = 1_000_000
"""How many files a generated part may have."""


@dataclass(frozen=True)
class Materialised:
    """A complete work directory; `digest` names its content and is the same on every machine."""

    root: Path
    digest: str
    files: int
    bytes: int


def materialise(
    project: Project,
    source: Path,
    work: Path,
    keep_modes: bool = False,
    top: Path | None = None,
) -> Materialised:
    """The project's repository as it would be found, in a directory of its own below `work`, which
    nobody but its owner can enter.

    `source` holds the committed part and is only read, and no link is followed on the way to it
    from `top`, a directory above it. The directory is named after its inputs: it
    is made once, appears under its name when it is complete, and is reused as long as its content
    is what was made; anything else under its name is removed and made again. Modes are 0755 and
    0644, or with `keep_modes` those of the source.

    Raises ProjectError if the source is missing or leads outside, if the parts cannot be placed,
    or if `work` cannot be written.
    """
    if not source.is_dir():
        raise ProjectError(
            f"project {project.name}: there is no directory {source}: correct folder or repository"
        )
    check_parts(project)
    place = work
    try:
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_room(project, source, work, top)
        key = inputs_digest(project, source, keep_modes, top)[:_KEY_LENGTH]
        place = work / f"{PurePosixPath(project.name).name}-{key}"
        with held(work / f"{place.name}.lock", "copies the project there", wait_s=_PATIENCE_S):
            return _reusable(place, keep_modes) or _make(project, source, place, keep_modes, top)
    except HeldError as error:
        raise ProjectError(f"project {project.name}: {error}") from error
    except OSError as error:
        raise ProjectError(
            f"project {project.name}: its work directory {place} could not be made ({error}): "
            "make room there, or set XDG_CACHE_HOME to a directory that can be written"
        ) from error


def inputs_digest(
    project: Project, source: Path, keep_modes: bool = False, top: Path | None = None
) -> str:
    """Sha256 of all that a work directory is made from: the source, the parts, and this code."""
    plain = msgspec.json.encode(project.parts)
    tree = digest_source(source, _places(project), keep_modes, top)
    inputs = (tree.encode(), plain, _code_digest().encode())
    return hashlib.sha256(b"\0".join(inputs)).hexdigest()


def check_parts(project: Project) -> None:
    """Raise ProjectError if a part has no proper place of its own in the repository."""
    taken: list[PurePosixPath] = []
    for part in project.parts:
        path = PurePosixPath(part.path)
        if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in part.path:
            raise ProjectError(
                f"project {project.name}: the path {part.path!r} of part {part.kind.value} must be "
                "relative and stay inside the repository"
            )
        if any(path.is_relative_to(other) or other.is_relative_to(path) for other in taken):
            raise ProjectError(
                f"project {project.name}: two parts are generated at {part.path}: "
                "give each a path of its own"
            )
        if part.size_bytes < 0 or part.files < 1:
            raise ProjectError(
                f"project {project.name}: part {part.path} needs size_bytes of at least 0 and "
                "files of at least 1"
            )
        if part.files > MOST_FILES:
            raise ProjectError(
                f"project {project.name}: part {part.path} has {part.files} files: give it at most"
                f" {MOST_FILES}"
            )
        taken.append(path)


def require_room(project: Project, source: Path, work: Path, top: Path | None = None) -> None:
    """Raise ProjectError if a work copy would not fit where it goes, before any of it is made."""
    entries = walk(source, skipped(source, _places(project)), top)
    files = (path.stat(follow_symlinks=False) for path in entries)
    copied = sum(found.st_size for found in files if stat.S_ISREG(found.st_mode))
    generated = sum(part.size_bytes for part in project.parts)
    free = shutil.disk_usage(work).free
    if copied + generated > free:
        made = f", {size(generated)} of them generated (parts)" if generated else ""
        raise ProjectError(
            f"project {project.name}: a copy of it takes {size(copied + generated)}{made},"
            f" and {size(free)} are free in {work}: make room there, take out of the project"
            " what no image needs, or set XDG_CACHE_HOME to a larger disk"
        )


def _make(
    project: Project, source: Path, place: Path, keep_modes: bool, top: Path | None
) -> Materialised:
    with _replacing(place) as partial:
        root = partial / _REPOSITORY
        copy_tree(source, root, _places(project), keep_modes, top)
        # The history ends in the tree as it was committed, so it comes before the other parts.
        for part in sorted(project.parts, key=_history_first):
            generate(part, root)
        normalise(root, keep_modes)
        tree = digest_tree(root, keep_modes)
        (partial / _RECEIPT).write_bytes(msgspec.json.encode(tree))
    return Materialised(place / _REPOSITORY, tree.digest, tree.files, tree.bytes)


def _reusable(place: Path, keep_modes: bool) -> Materialised | None:
    """The work directory that is there, if it still holds exactly what its receipt says."""
    root = place / _REPOSITORY
    try:
        receipt = msgspec.json.decode((place / _RECEIPT).read_bytes(), type=dict[str, object])
        tree = digest_tree(root, keep_modes)
    except (OSError, msgspec.DecodeError, ProjectError):
        return None
    if receipt != msgspec.to_builtins(tree):
        return None
    return Materialised(root, tree.digest, tree.files, tree.bytes)


@contextmanager
def _replacing(place: Path) -> Iterator[Path]:
    """A directory to fill that takes the name `place` once it is complete, and only then.

    The caller holds the lock of `place`: whatever lies there half-written belongs to nobody.
    """
    partial = place.with_name(f".{place.name}.partial")
    _remove(partial)
    try:
        partial.mkdir(mode=0o700)
        yield partial
        _remove(place)
        partial.rename(place)
    except BaseException:
        _remove(partial)
        raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _places(project: Project) -> list[str]:
    return [part.path for part in project.parts]


def _history_first(part: GeneratedPart) -> bool:
    return part.kind is not PartKind.git_history


@cache
def _code_digest() -> str:
    """Sha256 of this package's modules: a work directory made by other code is not reused."""
    code = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        code.update(module.read_bytes())
    return code.hexdigest()
